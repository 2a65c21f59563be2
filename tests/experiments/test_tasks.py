"""Data sets of all kinds."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import load_wine, make_regression
from sklearn.linear_model import Ridge

from skal import ActiveLearner
from skal.strategies import GreedySampling, Random
from tests.experiments.small import IRIS, MODEL, small


def test_regression_texts_missing_labels_and_given_test_rows():
    X, y = make_regression(120, 4, random_state=0)
    results = small([Random(), GreedySampling()], Ridge(), (X[:90], y[:90], X[90:], y[90:]))
    assert results[["mistakes", "imbalance", "base_error"]].isna().all(axis=None)
    assert results["r2"].iloc[-1] > 0.5
    X, y = IRIS
    partly = np.where(np.arange(150) % 3 > 0, y, np.nan)
    results = small(data=(sparse.csc_array(X), partly))
    assert all(y % 3 for rows in results["rows"] for y in rows)
    words = np.array(["iris setosa", "iris versicolor", "iris virginica"])[y]
    results = small(data=(pd.DataFrame(X), words))
    assert results["accuracy"].between(0, 1).all()


def test_learners_must_agree_on_what_is_missing():
    learners = {"a": ActiveLearner(MODEL), "b": ActiveLearner(MODEL, missing_label=-1)}
    with pytest.raises(ValueError, match="differ in their missing_label"):
        small(estimators=learners)


def test_a_bunch_is_no_pair_and_the_error_says_how_to_load_one():
    with pytest.raises(TypeError, match=r"got Bunch\. Pass return_X_y=True to"):
        small(data={"wine": load_wine()})
