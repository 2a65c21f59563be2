"""Every bad input: what came, what was expected, what to do; and nothing is lost."""

import numpy as np
import pytest
import sklearn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.utils import get_tags

from skal import ActiveLearner
from skal.strategies import Diversify, Margin, Strategy, UtilityStrategy
from tests.conftest import snapshot
from tests.strategies.table import TABLE

NAN_X = np.array([[0.0, np.nan]] * 5)


def teach_nothing(learner, X):
    learner.teach([], [])


# name: (a call on a fitted learner of 90 rows, 2 features, classes 0..2; what it says)
FAULTS = {
    "unknown row": (lambda a, X: a.teach([90], [0]), "unknown row 90: X has the rows 0 to 89"),
    "negative row": (lambda a, X: a.teach([-1], [0]), "unknown row -1"),
    "row twice": (lambda a, X: a.teach([20, 20], [0, 1]), "contains the row 20 twice"),
    "rows are floats": (lambda a, X: a.teach([20.5], [0]), "row numbers, counted from 0"),
    "rows are a mask": (lambda a, X: a.teach(np.ones(90, bool), [0] * 90), "np.flatnonzero"),
    "no rows": (teach_nothing, "rows is empty"),
    "too few labels": (lambda a, X: a.teach([20, 21], [0]), "rows has 2, y has 1"),
    "too many labels": (lambda a, X: a.teach([20], [0, 1]), "rows has 1, y has 2"),
    "a missing label": (lambda a, X: a.teach([20, 21], [0, None]), "label of row 21 is missing"),
    "a label of another type": (
        lambda a, X: a.teach([20], ["a"]),
        "like 0; new ones, such as 'a', must",
    ),
    "a label that is no class": (lambda a, X: a.teach([20], [0.5]), "Unknown label type"),
    "labels of two types": (
        lambda a, X: a.teach([20, 21], [0, "a"]),
        "must be of the same type|mixes labels",
    ),
    "several labels a row": (lambda a, X: a.teach([20], [[0, 1]]), "multi-label"),
    "row of a pool": (lambda a, X: a.teach([5], [0], X=X[:5]), "X has the rows 0 to 4"),
    "pool of other width": (lambda a, X: a.teach([0], [0], X=X[:, :1]), "X has 1 features, but"),
    "NaN in a pool taught": (lambda a, X: a.teach([0], [0], X=NAN_X), "Input X contains NaN"),
    "unknown fit parameter": (lambda a, X: a.teach([20], [0], sample_weight=[1]), "sample_weight"),
    "query: other width": (lambda a, X: a.query(np.c_[X, X]), "X has 4 features, but"),
    "query: one dimension": (lambda a, X: a.query(X[:, 0]), "Reshape your data"),
    "query: NaN": (lambda a, X: a.query(NAN_X), "Input X contains NaN"),
    "query: empty X": (lambda a, X: a.query(X[:0]), "0 sample"),
    "query: nothing left": (
        lambda a, X: a.query(exclude=range(90)),
        "every row of the pool is excluded",
    ),
    "query: batch of 0": (lambda a, X: a.query(batch_size=0), "batch_size=0 must be a whole"),
    "query: batch of 1.5": (lambda a, X: a.query(batch_size=1.5), "batch_size=1.5 must be"),
    "query: unknown exclude": (lambda a, X: a.query(exclude=[90]), "exclude contains unknown row"),
    "query: a number": (lambda a, X: a.query(10), "X=10 is not a container of rows.*batch_size="),
    "scores: other width": (lambda a, X: a.query_utilities(X[:, :1]), "X has 1 features, but"),
    "state: other width": (lambda a, X: a.query_state(X[:, :1]), "X has 1 features, but"),
    "predict: other width": (lambda a, X: a.predict(X[:, :1]), "X has 1 features, but"),
    "score: missing labels": (lambda a, X: a.score(X[:2], [0, np.nan]), "1 of the 2 labels"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_message(fault, blobs):
    X, _, y = blobs
    learner = ActiveLearner(LogisticRegression(), Margin()).fit(X, y)
    call, says = FAULTS[fault]
    with pytest.raises((ValueError, TypeError), match=says):
        call(learner, X)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(TABLE), st.sampled_from(sorted(FAULTS)), st.booleans(), st.booleans())
def test_nothing_is_lost(blobs, row, fault, asked, stores):
    """After any error the learner is as it was, and answers as it would have."""
    X, truth, y = blobs
    takes_nan = "NaN" in fault and get_tags(row.estimator).input_tags.allow_nan
    if takes_nan or not row.classify:  # the faults speak of classes
        return
    learner = ActiveLearner(
        clone(row.estimator), clone(row.strategy), batch_size=2, random_state=0, store_rounds=stores
    )
    if "holdout" in row.strategy.needs:
        learner.set_params(validation_fraction=0.4)
    learner.fit(X, y)
    rows = learner.query()
    learner.teach(rows, truth[rows])
    if asked:
        learner.query()
    before = snapshot(learner)
    with pytest.raises((ValueError, TypeError)):
        FAULTS[fault][0](learner, X)
    assert snapshot(learner) == before


def test_a_refit_that_fails_leaves_the_learner_as_it_was(blobs):
    class Moody(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            if len(y) == 14:
                raise RuntimeError("not today")
            self.model_ = GaussianNB().fit(X, y)
            self.classes_ = self.model_.classes_
            return self

        def predict(self, X):
            return self.model_.predict(X)

        def predict_proba(self, X):
            return self.model_.predict_proba(X)

    X, truth, y = blobs
    learner = ActiveLearner(Moody(), Margin(), batch_size=2).fit(X, y)
    rows = learner.query()
    before = snapshot(learner)
    for pool in (None, X):
        with pytest.raises(RuntimeError, match="not today"):
            learner.teach(rows, [7, 8], X=pool)
        assert snapshot(learner) == before
    learner.teach(rows[:1], truth[rows[:1]])
    assert learner.history_[-1]["n_labelled"] == 13


class Greedy(Strategy):
    """Returns what it was told to."""

    def __init__(self, answer=None):
        self.answer = answer

    def select(self, state, n):
        return self.answer


class Forgetful(Strategy):
    """Has no return."""

    def select(self, state, n):
        state.candidates[:n]


class Masked(Strategy):
    """Returns a mask of the pool."""

    def select(self, state, n):
        return np.isin(np.arange(len(state.pool)), state.candidates[:n])


class Mute(UtilityStrategy):
    """Has no opinion."""

    def utilities(self, state):
        return np.full(len(state.candidates), np.nan)


class Wordy(UtilityStrategy):
    """Answers in words."""

    def utilities(self, state):
        return ["high"] * len(state.candidates)


LR = LogisticRegression()


@pytest.mark.parametrize(
    ("strategy", "says"),
    [
        (Greedy([1, 1]), "must select 2 different positions"),
        (Greedy([0, 500]), "must select 2 different positions"),
        (Greedy([0]), "must select 2 different positions"),
        (Greedy([0.0, 1.0]), "must select 2 different positions"),
        (Forgetful(), r"it returned None: is a return missing\?$"),
        (
            Masked(),
            r"it returned a boolean mask\. For a mask of the pool, return np\.flatnonzero\(mask\)",
        ),
        (lambda state: None, r"with a number; it returned None: is a return missing\?$"),
        (lambda state: [1.0, 2.0], r"it returned an array of shape \(2,\), not \(78,\)\.$"),
        (lambda state: [1.0, np.nan], r"it returned an array of shape \(2,\), not \(78,\)\.$"),
        (Mute(), r"with a number; it returned NaN for 78 of them\.$"),
        (Diversify(Margin(), classes=lambda state: [1, 2]), r"returned an array of shape \(2,\)"),
        (Wordy(), "must rate candidates with numbers"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_strategy_that_answers_badly(strategy, says, blobs):
    X, _, y = blobs
    learner = ActiveLearner(LR, strategy, batch_size=2).fit(X, y)
    before = snapshot(learner)
    with pytest.raises(ValueError, match=says):
        learner.query()
    assert snapshot(learner) == before


def test_scores_of_a_strategy_without(blobs):
    X, _, y = blobs
    learner = ActiveLearner(LR, Diversify(Margin())).fit(X, y)
    with pytest.raises(TypeError, match="Diversify selects rows jointly and has no utilities"):
        learner.query_utilities()


@pytest.mark.parametrize(
    "method", ["query", "query_utilities", "query_state", "predict", "score", "teach"]
)
def test_before_fit(method):
    arguments = {"predict": [[[0.0]]], "score": [[[0.0]], [0]], "teach": [[0], [0]]}
    with pytest.raises(sklearn.exceptions.NotFittedError):
        getattr(ActiveLearner(LR), method)(*arguments.get(method, []))


def test_fit_parameters_without_routing(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="sample_weight"):
        ActiveLearner(LR).fit(X, y, sample_weight=np.ones(90))
    with pytest.raises(ValueError, match="sample_weight"):
        ActiveLearner(LR).fit(X, y).score(X[:12], y[:12], sample_weight=np.ones(12))


def test_a_model_that_says_nan_is_named(blobs):
    class Lost(GaussianNB):
        def predict_proba(self, X):
            return np.full((len(X), 3), np.nan)

    X, _, y = blobs
    with pytest.raises(ValueError, match="Lost gave 78 of 78 rows probabilities that are NaN"):
        ActiveLearner(Lost(), Margin()).fit(X, y).query()


def test_after_a_fit_that_failed_the_learner_goes_on(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LR).fit(X, y)
    learner.teach([40], truth[[40]])
    before, rows = snapshot(learner), learner.query()
    for bad in ((X, np.ones(90)), (X[:, :1], "abc")):
        with pytest.raises(ValueError):
            learner.fit(*bad)
        np.testing.assert_array_equal(learner.query(), rows)
        assert {**snapshot(learner), "asked": None} == {**before, "asked": None}


def test_a_first_fit_that_failed_leaves_nothing_to_ask(blobs):
    X, _, y = blobs
    learner = ActiveLearner(LR)
    with pytest.raises(ValueError):
        learner.fit(X, np.ones(90))
    for method in (learner.query, lambda: learner.predict(X)):
        with pytest.raises(sklearn.exceptions.NotFittedError):
            method()


def test_what_is_handed_out_cannot_be_used_to_change_the_learner(blobs):
    X, _, y = blobs
    learner = ActiveLearner(LR).fit(X, y)
    learner.history_[0]["rows"][:] = 3
    assert learner.query_state().labelled.rows.tolist() == list(range(12))
    state = learner.query_state()
    for array in (state.pool.rows, state.labelled.rows, state.labelled.y):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0


def test_parameters_set_after_fit(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LR).fit(X, y)
    learner.query()
    learner.set_params(store_rounds=True).teach([50], [1])
    with pytest.raises(ValueError, match="store_rounds=True"):
        list(learner.staged_predict(X))
    with pytest.raises(ValueError, match="batch_size=0 must be"):
        learner.set_params(batch_size=0).query()
