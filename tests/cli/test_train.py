"""`skal train`: a model in a file."""

import pandas as pd
import pytest

pytest.importorskip("click")
pytest.importorskip("skops")

from skal.tables import load_model
from skal.tables.saved import read_model
from tests.cli.people import people, run


def test_a_model_of_the_labels_so_far(folder):
    people(120, labelled=0.6).to_csv("people.csv", index=False)
    done = run("train", "people.csv", "--label", "mood", "--id", "code", "-o", "model.skops")
    assert done.exit_code == 0
    assert "Trained a LogisticRegression on " in done.stderr
    assert "Next: skal predict model.skops" in done.stderr
    held = read_model("model.skops")
    assert held["label"], held["id"] == ("mood", "code")
    assert held["columns"] == ["age", "city", "note", "constant", "happy"]
    new = people(30, seed=4)
    assert (load_model("model.skops").predict(new) == new["mood"]).mean() > 0.7


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%SZ"])
def test_a_model_of_a_table_with_dates(folder, form):
    frame = people(60, labelled=0.6)
    frame["seen"] = pd.date_range("2024-01-01", periods=60, freq="7h").strftime(form)
    frame.to_csv("people.csv", index=False)
    trained = run("train", "people.csv", "--label", "mood", "-o", "model.skops")
    assert trained.exit_code == 0, trained.output
    predicted = run("predict", "model.skops", "people.csv", "-o", "predicted.csv")
    assert predicted.exit_code == 0, predicted.output
    assert len(pd.read_csv("predicted.csv")) == 60


def test_what_cannot_be_trained_or_written(folder):
    people(40, labelled=0).to_csv("none.csv", index=False)
    people(40).to_csv("people.csv", index=False)
    (folder / "there.skops").write_text("mine")
    for arguments, message in [
        (("none.csv", "-o", "m.skops"), "Column 'mood' has no label yet"),
        (("people.csv", "-o", "m.pkl"), "must end in .skops"),
        (("people.csv", "-o", "there.skops"), "already exists"),
        (("people.csv", "-o", "no/m.skops"), "there is no folder no"),
        (("people.csv", "--task", "regression", "-o", "m.skops"), "holds 'low', not numbers"),
    ]:
        done = run("train", *arguments, "--label", "mood")
        assert done.exit_code == 2
        assert message in done.stderr.replace("'high'", "'low'").replace("'middle'", "'low'")
        assert "Traceback" not in done.stderr
    assert (folder / "there.skops").read_text() == "mine"
    assert not (folder / "m.skops").exists()
