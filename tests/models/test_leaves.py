"""The leaves of trees, against the trees themselves."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skal.models import has_leaves, leaves

X, Y = make_classification(80, 6, n_informative=4, n_classes=3, random_state=0)
FOREST = RandomForestClassifier(4, random_state=0)


def same_partition(one, other):
    """Whether two columns of leaf numbers say the same of every pair of rows."""
    return np.array_equal(one[:, None] == one[None, :], other[:, None] == other[None, :])


@pytest.mark.parametrize(
    ("model", "n_trees"),
    [
        (FOREST, 4),
        (DecisionTreeClassifier(max_depth=3), 1),
        (ExtraTreesRegressor(5, random_state=0), 5),
        (GradientBoostingClassifier(n_estimators=4, random_state=0), 12),
        (AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=3), 3),
        (BaggingClassifier(DecisionTreeClassifier(), 3, max_features=0.5, random_state=0), 3),
        (VotingClassifier([("a", FOREST), ("b", DecisionTreeClassifier())]), 5),
        (make_pipeline(StandardScaler(), "passthrough", FOREST), 4),
        (GridSearchCV(FOREST, {"max_depth": [2]}), 4),
        (CalibratedClassifierCV(FOREST), 4),
        (TransformedTargetRegressor(ExtraTreesRegressor(5, random_state=0)), 5),
    ],
    ids=lambda value: type(value).__name__,
)
def test_one_leaf_a_tree(model, n_trees):
    model.fit(X, Y)
    assert has_leaves(model)
    found = leaves(model, X)
    assert found.shape == (80, n_trees)
    assert found.dtype == np.uint8


def test_they_are_the_leaves_that_rows_fall_into():
    forest = FOREST.fit(X, Y)
    for column, tree in zip(leaves(forest, X).T, forest.estimators_, strict=True):
        assert same_partition(column, tree.apply(X.astype(np.float32)))
    bag = BaggingClassifier(DecisionTreeClassifier(), 3, max_features=0.5, random_state=0).fit(X, Y)
    members = zip(bag.estimators_, bag.estimators_features_, strict=True)
    for column, (tree, columns) in zip(leaves(bag, X).T, members, strict=True):
        assert same_partition(column, tree.apply(X[:, columns]))
    np.testing.assert_array_equal(leaves(forest, sparse.csr_matrix(X)), leaves(forest, X))


def test_frames_reach_members_as_their_ensemble_gave_them():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcdef"))
    bag = BaggingClassifier(DecisionTreeClassifier(), 3, random_state=0).fit(frame, Y)
    assert leaves(bag, frame).shape == (80, 3)


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        HistGradientBoostingClassifier(max_iter=2),
        VotingClassifier([("a", FOREST), ("b", LogisticRegression())]),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_leaves(model):
    assert not has_leaves(model.fit(X, Y))


def test_xgboost():
    xgboost = pytest.importorskip("xgboost")
    model = xgboost.XGBClassifier(n_estimators=3, max_depth=2).fit(X, Y)
    assert leaves(model, X).shape == (80, 9)
    assert not has_leaves(xgboost.XGBClassifier(n_estimators=3, booster="gblinear").fit(X, Y))


def test_lightgbm():
    lightgbm = pytest.importorskip("lightgbm")
    model = lightgbm.LGBMRegressor(n_estimators=3, verbose=-1, min_child_samples=5).fit(X, X[:, 0])
    found = leaves(model, X)
    assert found.shape == (80, 3)
    one_tree = lightgbm.LGBMRegressor(n_estimators=1, verbose=-1, min_child_samples=5)
    one_tree.fit(X, X[:, 0])
    assert same_partition(leaves(one_tree, X)[:, 0], one_tree.predict(X))


def test_catboost(tmp_path):
    catboost = pytest.importorskip("catboost")
    model = catboost.CatBoostClassifier(iterations=3, verbose=0, allow_writing_files=False)
    assert leaves(model.fit(X, Y), X).shape == (80, 3)
