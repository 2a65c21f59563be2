"""Folds of rows of which some have no label."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score

from skal import ActiveLearner
from skal.model_selection import LabelledKFold
from tests.learner.iris import X, learner, partly

WAYS = {
    "float": lambda y: y,
    "strings": lambda y: np.array(
        [None if np.isnan(v) else "abc"[int(v)] for v in y], dtype=object
    ),
    "marked": lambda y: np.where(np.isnan(y), -1, y).astype(int),
    "nullable": lambda y: pd.Series(y).astype("Int64"),
    "categorical": lambda y: pd.Series(
        [None if np.isnan(v) else "abc"[int(v)] for v in y], dtype="category"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_labelled_k_fold(way):
    y = partly()
    labels = WAYS[way](y)
    cv = LabelledKFold(4, missing_label=-1)
    assert cv.get_n_splits() == 4
    unlabelled = np.flatnonzero(np.isnan(y))
    known = np.flatnonzero(~np.isnan(y))
    tests = []
    for (train, test), (_, expected) in zip(
        cv.split(X, labels), StratifiedKFold(4).split(known, y[known]), strict=True
    ):
        assert set(unlabelled) <= set(train)
        assert not set(train) & set(test)
        assert len(train) + len(test) == 150
        np.testing.assert_array_equal(test, known[expected])
        tests.append(test)
    assert sorted(np.concatenate(tests)) == sorted(known)
    missing = -1 if way == "marked" else np.nan
    scores = cross_val_score(
        learner(missing_label=missing), X, labels, cv=cv, scoring="accuracy", error_score="raise"
    )
    assert scores.mean() > 0.7


def test_labelled_k_fold_of_numbers():
    y = np.where(np.isnan(partly()), np.nan, X[:, 2] + 0.001)
    known = np.flatnonzero(~np.isnan(y))
    cv = LabelledKFold(3, shuffle=True, random_state=1)
    for (_, test), (_, expected) in zip(
        cv.split(X, y), KFold(3, shuffle=True, random_state=1).split(known), strict=True
    ):
        np.testing.assert_array_equal(test, known[expected])
    scores = cross_val_score(
        ActiveLearner(Ridge(), replay_budget=20, random_state=0), X, y, cv=cv, error_score="raise"
    )
    assert scores.mean() > 0.5


def test_which_numbers_are_classes():
    with pytest.raises(ValueError, match="n_splits=5"):  # as StratifiedKFold says
        next(LabelledKFold(5).split(X[:12], np.repeat([0.0, 1, 2], 4)))
    ages = np.arange(40.0)
    folds = [test.tolist() for _, test in LabelledKFold(4).split(X[:40], ages)]
    assert folds == [list(range(i, i + 10)) for i in range(0, 40, 10)]


def test_labelled_k_fold_refuses_what_scorers_cannot_digest():
    y = np.array([None if np.isnan(v) else int(v) for v in partly()], dtype=object)
    with pytest.raises(
        ValueError, match="contains int labels, which scikit-learn's scorers do not accept"
    ):
        next(LabelledKFold().split(X, y))
    with pytest.raises(
        ValueError, match="n_splits=5 folds require at least as many labels; y has 3"
    ):
        next(LabelledKFold().split(X[:6], [0, 1, np.nan, np.nan, np.nan, 1]))


def test_maps_are_dealt_whatever_is_in_them():
    y = np.zeros((6, 2, 2), int)
    y[[1, 4]] = -1
    y[0, 0] = -1
    for maps in (y, [None if i in (1, 4) else mask for i, mask in enumerate(y)]):
        folds = list(LabelledKFold(2).split(np.zeros((6, 1)), maps))
        assert [test.tolist() for _, test in folds] == [[0, 2], [3, 5]]
        assert [train.tolist() for train, _ in folds] == [[1, 3, 4, 5], [0, 1, 2, 4]]
    with pytest.raises(
        ValueError, match="n_splits=5 folds require at least as many labels; y has 4"
    ):
        list(LabelledKFold(5).split(np.zeros((6, 1)), y))
