"""Columns as numbers."""

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

pytest.importorskip("click")

from skal.cli.columns import as_numbers, kinds_of_columns
from tests.cli.people import people, run


def test_dates_with_a_time_zone():
    when = pd.Series(pd.date_range("2024-01-01", periods=9, tz="Europe/Rome"))
    when[4] = pd.NaT
    X, kinds = as_numbers(pd.DataFrame({"when": when, "naive": when.dt.tz_localize(None)}))
    assert kinds["numeric"] == ["when", "naive"]
    assert X[4, 0] == X[4, 1] == pytest.approx(0)  # the median
    assert (np.diff(X[:4, 0]) > 0).all()


def test_the_same_matrix_on_any_number_of_threads():
    rng = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(400)])
    frame = pd.DataFrame({"note": [" ".join(rng.choice(words, 12)) for _ in range(3000)]})
    made = []
    for n in (1, 2, 4):
        with threadpool_limits(n):
            made.append(as_numbers(frame)[0])
    assert made[0].tobytes() == made[1].tobytes() == made[2].tobytes()


def test_cells_that_cannot_be_learned_from(folder):
    table = people(40, labelled=0.5)
    table.assign(tags=[[1, 2]] * 40).to_parquet("lists.parquet")
    table.assign(weight=[np.inf, *range(39)]).to_csv("inf.csv", index=False)
    for name, message in (("lists.parquet", "Column 'tags' holds cells of type ndarray"), ("inf.csv", "Column 'weight' holds inf")):  # fmt: skip
        done = run("query", name, "--label", "mood")
        assert done.exit_code == 2
        assert message in done.stderr
    table.assign(mood=[[1, 2]] * 40).to_parquet("labels.parquet")
    assert (
        "Column 'mood' holds ndarrays" in run("query", "labels.parquet", "--label", "mood").stderr
    )
    table.assign(mood=pd.Timestamp("2024-01-01")).to_parquet("dates.parquet")
    assert "'mood' holds dates" in run("query", "dates.parquet", "--label", "mood").stderr
    table.assign(mood=[np.inf, 1.5] * 20).to_csv("inf.csv", index=False)
    assert "Column 'mood' holds inf" in run("query", "inf.csv", "--label", "mood").stderr


def test_what_columns_are():
    table = people().drop(columns="mood")
    table["joined"] = pd.date_range("2020-01-01", periods=len(table))
    table["number"] = range(len(table))
    table["sometimes"] = np.where(np.arange(len(table)) % 2, "yes", None)
    assert kinds_of_columns(table) == {
        "numeric": ["age", "joined"],
        "categorical": ["city", "happy", "sometimes"],
        "text": ["note"],
        "left out": ["code", "constant", "number"],
    }


def test_columns_become_numbers():
    table = people().drop(columns="mood")
    X, _ = as_numbers(table)
    assert X.dtype == np.float64
    assert np.isfinite(X).all()
    age = table["age"]
    filled = age.fillna(age.median())
    np.testing.assert_allclose(X[:, 0], (filled - filled.mean()) / filled.std(ddof=0))
    missing = age.isna().astype(float)
    np.testing.assert_allclose(X[:, 1], (missing - missing.mean()) / missing.std(ddof=0))
    assert np.isin(X[:, 2:6], [0, 1]).all()  # Rome, Oslo, Bern and missing
    assert (X[:, 2:6].sum(axis=1) == 1).all()
