"""An estimator whose probabilities are none is named in a sentence, whatever the strategy."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import RadiusNeighborsClassifier
from sklearn.svm import LinearSVC

from skal import ActiveLearner
from skal.models import class_decision, class_proba
from skal.models.probabilities import TOLERANCE
from skal.strategies import (
    Badge,
    Bait,
    Bald,
    Entropy,
    GoalInfluence,
    Margin,
    MarginShift,
    QueryByCommittee,
    Spread,
)

CLASSES = np.array([0, 1])


class Broken(LogisticRegression):
    """A logistic regression whose probabilities somebody has tampered with."""

    def __init__(self, tamper=None):
        super().__init__()
        self.tamper = tamper

    def predict_proba(self, X):
        return self.tamper(super().predict_proba(X))


class BrokenScores(ClassifierMixin, BaseEstimator):
    """A classifier without probabilities whose decision values somebody has tampered with."""

    def __init__(self, tamper=None):
        self.tamper = tamper

    def fit(self, X, y):
        self.model_ = LinearSVC().fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X):
        return self.model_.predict(X)

    def decision_function(self, X):
        return self.tamper(self.model_.decision_function(X))


def with_first(value):
    """The same with a value at the place of the first."""

    def tampered(P):
        P = P.copy()
        P[0] = value
        return P

    return tampered


WRONG = {
    "sums of 2": (lambda P: 2 * P, r"gave 70 of 70 rows probabilities that do not sum to 1, such"),
    "sums of 0": (lambda P: 0 * P, r"do not sum to 1, such as \[0, 0\]"),
    "one sum of 0": (with_first(0), r"gave 1 of 70 rows probabilities that do not sum to 1"),
    "NaN": (with_first(np.nan), r"that are NaN or infinite, such as \[nan, nan\]"),
    "inf": (with_first(np.inf), "that are NaN or infinite"),
    "negative": (with_first([1.5, -0.5]), r"that are negative, such as \[1.5, -0.5\]"),
    "a column": (lambda P: P[:, :1], r"gave 1 columns for its 2 classes \[0, 1\]"),
    "one dimension": (lambda P: P[:, 1], r"an array of shape \(70,\) for its 2 classes"),
    "three": (lambda P: P[..., None], r"an array of shape \(70, 2, 1\) for its 2 classes"),
    "a row less": (lambda P: P[1:], r"returned an array of shape \(69, 2\) for 70 rows"),
    "one number": (lambda P: 0.5, r"returned an array of shape \(\) for 70 rows"),
    "None": (lambda P: None, "predict_proba of Broken returned None: is a return missing"),
    "complex": (lambda P: P + 0j, "predict_proba of Broken must return numbers: these are complex"),
    "masked": (lambda P: np.ma.array(P, mask=P > 0.9), "that are NaN or infinite"),
    "words": (lambda P: P.astype(str), "predict_proba of Broken must return numbers"),
    "ragged": (lambda P: [[1, 0]] * 69 + [[1]], "predict_proba of Broken must return numbers"),
}
RIGHT = {
    "float16": lambda P: P.astype(np.float16),
    "a list": lambda P: P.tolist(),
    "objects": lambda P: P.astype(object),
    "a frame": pd.DataFrame,
    "sparse": sparse.csr_array,
    "integers": lambda P: P.round().astype(int),
}


@pytest.fixture
def data():
    X = np.random.default_rng(0).normal(size=(90, 3))
    truth = (X[:, 0] > 0).astype(int)
    return X, np.where(np.arange(90) < 20, truth, np.nan)


@pytest.mark.parametrize("case", WRONG)
def test_probabilities_that_are_none(case, data):
    tamper, says = WRONG[case]
    X, y = data
    learner = ActiveLearner(Broken(tamper), Margin()).fit(X, y)
    with pytest.raises(ValueError, match=says) as caught:
        learner.query()
    assert "Broken" in str(caught.value)
    assert learner.history_[-1]["n_labelled"] == 20


@pytest.mark.parametrize(
    "strategy",
    [
        None,
        Entropy(),
        MarginShift(),
        Spread(Margin()),
        Badge(),
        Bait(),
        GoalInfluence("entropy"),
        QueryByCommittee(committee=2),
    ],
    ids=repr,
)
def test_wherever_strategies_read_them(strategy, data):
    learner = ActiveLearner(Broken(lambda P: 2 * P), strategy, random_state=0).fit(*data)
    with pytest.raises(ValueError, match=r"Broken gave .* rows probabilities that do not sum to 1"):
        learner.query()


def test_a_member_of_an_ensemble_is_named(data):
    bag = BaggingClassifier(Broken(lambda P: 2 * P), n_estimators=3, random_state=0)
    learner = ActiveLearner(bag, Bald()).fit(*data)
    with pytest.raises(ValueError, match="Broken gave 70 of 70 rows"):
        learner.query()


@pytest.mark.parametrize("case", RIGHT)
def test_probabilities_in_other_forms(case, data):
    X, y = data
    known = ~np.isnan(y)
    model = Broken(RIGHT[case]).fit(X[known], y[known].astype(int))
    P = class_proba(model, X, CLASSES)
    assert P.dtype in (np.float32, np.float64)
    expected = LogisticRegression.predict_proba(model, X)
    np.testing.assert_allclose(P, expected, atol=0.5 if case == "integers" else 1e-3)


def test_rounding_is_no_fault(data):
    X, y = data
    for share, refused in ((TOLERANCE / 2, False), (TOLERANCE * 2, True)):
        learner = ActiveLearner(Broken(lambda P, s=share: P * (1 + s)), Margin()).fit(X, y)
        if refused:
            with pytest.raises(ValueError, match="do not sum to 1"):
                learner.query()
        else:
            learner.query()


def test_a_row_without_neighbours(data):
    X, y = data
    near = RadiusNeighborsClassifier(1.0, outlier_label="most_frequent")
    learner = ActiveLearner(near, Margin()).fit(X, y)
    learner.query()  # scikit-learn's own, with outliers, keeps to 1


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (with_first(np.nan), "BrokenScores gave 1 of 90 rows decision values that are NaN or inf"),
        (with_first(np.inf), "BrokenScores gave 1 of 90 rows decision values"),
        (lambda F: F[1:], r"decision_function of BrokenScores returned .* \(89,\) for 90 rows"),
        (
            lambda F: F[:, None, None],
            "decision_function of BrokenScores returned an array of shape",
        ),
        (lambda F: None, "decision_function of BrokenScores returned None"),
    ],
)
def test_decision_values_that_are_none(tamper, says, data):
    X, _ = data
    model = BrokenScores(tamper).fit(X, (X[:, 0] > 0).astype(int))
    for read in (class_proba, class_decision):
        with pytest.raises(ValueError, match=says):
            read(model, X, CLASSES)


def test_an_impossible_class_has_decision_value_minus_infinity(data):
    X, _ = data
    two = lambda F: np.column_stack([np.where(F > 0, -np.inf, 0), F])  # noqa: E731
    model = BrokenScores(two).fit(X, (X[:, 0] > 0).astype(int))
    P = class_proba(model, X, CLASSES)
    np.testing.assert_array_equal(P[model.model_.decision_function(X) > 0, 0], 0)


def test_spare_outputs_that_take_all(data):
    X, y = data
    spare = lambda P: np.column_stack([0 * P, P])  # noqa: E731
    learner = ActiveLearner(Broken(spare), Margin()).fit(X, y)
    with pytest.raises(ValueError, match="Broken gave 70 of 70 rows the probability 0 for every"):
        learner.query()
