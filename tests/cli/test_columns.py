"""Columns as numbers."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")

from skal.cli.columns import as_numbers
from tests.cli.people import people, run


def test_cells_that_cannot_be_learned_from(folder):
    table = people(40, labelled=0.5)
    table.assign(tags=[[1, 2]] * 40).to_parquet("lists.parquet")
    table.assign(weight=[np.inf, *range(39)]).to_csv("inf.csv", index=False)
    for name, message in (("lists.parquet", "Column 'tags' contains cells of type ndarray"), ("inf.csv", "Column 'weight' contains inf")):  # fmt: skip
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


def test_columns_become_numbers():
    table = people().drop(columns="mood")
    X, _ = as_numbers(table)
    assert X.dtype == np.float64
    assert np.isfinite(X).all()
    age = table["age"]
    filled = age.fillna(age.median())
    np.testing.assert_allclose(
        X[:, 0], (filled - filled.mean()) / filled.std(ddof=0), rtol=1e-4, atol=1e-5
    )
    missing = age.isna().astype(float)
    np.testing.assert_allclose(X[:, 1], (missing - missing.mean()) / missing.std(ddof=0), rtol=1e-5)
    assert np.isin(X[:, 2:6], [0, 1]).all()  # Rome, Oslo, Bern and missing
    assert (X[:, 2:6].sum(axis=1) == 1).all()
