"""`skal predict`: a file with what a model says of its rows."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")
pytest.importorskip("skops")

from skal.tables import load_model, save_model, tabular_learner
from tests.cli.people import people, run


@pytest.fixture
def model(folder):
    people(150).to_csv("people.csv", index=False)
    done = run("train", "people.csv", "--label", "mood", "-o", "model.skops")
    assert done.exit_code == 0, done.stderr
    return "model.skops"


def test_all_columns_stay_and_two_are_added(model):
    new = people(50, seed=3)
    new["city"] = new["city"].replace("Rome", "Nice")  # a category that is new
    new = new.drop(columns=["mood", "code", "constant"])[["note", "happy", "city", "age"]]
    new.assign(prediction="old").to_csv("new.csv", index=False)
    done = run("predict", model, "new.csv", "-o", "out.csv")
    assert done.exit_code == 0, done.stderr
    assert "which it does not know: prediction." in done.stderr
    out = pd.read_csv("out.csv", dtype=str)
    assert out.columns.tolist() == [*new.columns, "prediction", "skal_prediction", "probability"]
    pd.testing.assert_frame_equal(out[new.columns], pd.read_csv("new.csv", dtype=str)[new.columns])
    pipeline = load_model(model)
    expected = pipeline.predict(new.assign(constant=1, code="x"))
    assert out["skal_prediction"].tolist() == expected.tolist()
    best = pipeline.predict_proba(new.assign(constant=1, code="x")).max(axis=1)
    np.testing.assert_allclose(out["probability"].astype(float), best, atol=5e-5)


def test_columns_that_are_missing_and_files_that_are_no_models(model):
    new = people(20, seed=3)
    new.drop(columns="city").to_csv("less.csv", index=False)
    new.to_csv("new.csv", index=False)
    pipeline = tabular_learner().fit(new[["age"]], new["mood"]).pipeline()
    save_model(pipeline, "python.skops")
    for arguments, message in [
        ((model, "less.csv"), "less.csv has no column 'city', which the model uses: it has code"),
        (("new.csv", "less.csv"), "new.csv is not a model that skal can read"),
        (("python.skops", "new.csv"), "was not written by skal train"),
        ((model, "new.csv", "-o", "new.csv"), "is the file that this command reads"),
        ((model, "new.csv", "-o", model), "is the file that this command reads"),
        ((model, "new.csv", "-o", "out.txt"), "end its name in .csv"),
    ]:
        done = run("predict", *arguments)
        assert done.exit_code == 2
        assert message in done.stderr


def test_cells_of_another_kind(model):
    new = people(20, seed=3).assign(age="unknown", happy="perhaps")
    new.loc[0, "age"] = "41"
    new.to_csv("new.csv", index=False)
    done = run("predict", model, "new.csv")
    assert done.exit_code == 0, done.stderr
    assert "Column 'age' held numbers when the model was trained, and 19 cells of it cannot be read as such, for example 'unknown'" in done.stderr  # fmt: skip
    assert len(done.stdout.splitlines()) == 21


def test_categories_that_look_like_numbers_in_a_new_file(folder):
    frame = pd.DataFrame({"grade": ["1", "2", "x"] * 20, "size": np.arange(60) % 7 + 0.5})
    frame.assign(y=["low", "high", "high"] * 20).to_csv("old.csv", index=False)
    frame[frame["grade"] != "x"].to_csv("new.csv", index=False)
    assert run("train", "old.csv", "--label", "y", "-o", "model.skops").exit_code == 0
    assert run("predict", "model.skops", "new.csv", "-o", "out.csv").exit_code == 0
    assert pd.read_csv("out.csv")["prediction"].tolist() == ["low", "high"] * 20


def test_numbers_with_decimal_commas(folder):
    size = np.linspace(1, 9, 60)
    text = [f"{a:.2f};{3 * a + 1:.2f}".replace(".", ",") for a in size]
    (folder / "old.csv").write_text("\n".join(["size;price", *text]), encoding="utf-8")
    (folder / "new.csv").write_text("size;name\n2,5;a\n3,5;b\n", encoding="utf-8")
    assert run("train", "old.csv", "--label", "price", "-o", "model.skops").exit_code == 0
    done = run("predict", "model.skops", "new.csv", "-o", "out.csv")
    assert done.exit_code == 0, done.stderr
    lines = (folder / "out.csv").read_text().splitlines()
    assert lines[0] == "size;name;prediction"
    values = [float(line.split(";")[2].replace(",", ".")) for line in lines[1:]]
    np.testing.assert_allclose(values, [8.5, 11.5], atol=0.2)


def test_parquet(model):
    pytest.importorskip("pyarrow")
    people(20, seed=3).drop(columns="mood").to_parquet("new.parquet")
    assert run("predict", model, "new.parquet", "-o", "out.parquet").exit_code == 0
    out = pd.read_parquet("out.parquet")
    assert out["probability"].dtype == float
    assert out["prediction"].isin(["low", "middle", "high"]).all()
