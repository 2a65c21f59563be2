"""Every bad input: what came, what was expected, what to do; and nothing is lost."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import KMeans
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils import get_tags

from skal import ActiveLearner
from skal.metrics import learning_curve_scorer
from skal.strategies import (
    Bait,
    Diversify,
    ErrorReduction,
    Margin,
    Random,
    Shortlist,
    Stages,
    Strategy,
    UtilityStrategy,
)
from tests.conftest import snapshot
from tests.strategies.table import TABLE

NAN_X = np.array([[0.0, np.nan]] * 5)


def teach_nothing(learner, X):
    learner.teach([], [])


# name: (a call on a fitted learner of 90 rows, 2 features, classes 0..2; what it says)
FAULTS = {
    "unknown row": (lambda a, X: a.teach([90], [0]), "unknown row 90: X has the rows 0 to 89"),
    "negative row": (lambda a, X: a.teach([-1], [0]), "unknown row -1"),
    "row twice": (lambda a, X: a.teach([20, 20], [0, 1]), "holds the row 20 twice"),
    "rows are floats": (lambda a, X: a.teach([20.5], [0]), "row numbers, counted from 0"),
    "rows are a mask": (lambda a, X: a.teach(np.ones(90, bool), [0] * 90), "np.flatnonzero"),
    "no rows": (teach_nothing, "nothing to teach"),
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
    "query: unknown exclude": (lambda a, X: a.query(exclude=[90]), "exclude holds the unknown row"),
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


class Mute(UtilityStrategy):
    """Has no opinion."""

    def utilities(self, state):
        return np.full(len(state.candidates), np.nan)


class Wordy(UtilityStrategy):
    """Answers in words."""

    def utilities(self, state):
        return ["high"] * len(state.candidates)


class Stringy(Random):
    """Says what it needs in the wrong type."""

    needs = "proba"


class Needy(Random):
    """Wants something nobody has heard of."""

    needs = frozenset({"luck"})


LR = LogisticRegression()


@pytest.mark.parametrize(
    ("forest", "surrogate"),
    [
        (RandomForestClassifier(), r"LogisticRegression\(\) to look"),
        (RandomForestRegressor(), r"Ridge\(\) to look"),
        (
            make_pipeline(StandardScaler(), RandomForestRegressor()),
            r"make_pipeline\(..., Ridge\(\)\) \(the same steps before it\) to look",
        ),
    ],
)
def test_the_surrogate_to_set(forest, surrogate, blobs):
    X, _, y = blobs
    message = (
        f"that of {type(getattr(forest, 'steps', [(0, forest)])[-1][1]).__name__} is not known"
    )
    with pytest.raises(ValueError, match=f"{message}: set surrogate={surrogate}"):
        ActiveLearner(forest, Bait()).fit(X, y)


# a learner that cannot be fitted on blobs; what it says
REFUSED = {
    "no estimator": (ActiveLearner(None), "estimator=None is not an estimator"),
    "a class": (ActiveLearner(LogisticRegression), "give an instance"),
    "a clusterer": (ActiveLearner(KMeans()), "is a clusterer"),
    "precomputed": (ActiveLearner(SVC(kernel="precomputed")), "precomputed kernel"),
    "surrogate of another task": (ActiveLearner(LR, surrogate=Ridge()), "surrogate= must do what"),
    "surrogate is nothing": (ActiveLearner(LR, surrogate=3), "surrogate=3 is not an estimator"),
    "no probabilities": (ActiveLearner(NearestCentroid(), Margin()) , "needs class probabilities|"),
    "a strategy class": (ActiveLearner(LR, Margin), "give an instance of one of skal.strategies"),
    "not a strategy": (ActiveLearner(LR, "margin"), "strategy='margin' is not a strategy"),
    "initial needs a model": (ActiveLearner(LR, initial=Margin()), "asked before there is one"),
    "missing_label": (ActiveLearner(LR, missing_label=["?", ""]), "must be a single value"),
    "needs is a string": (ActiveLearner(LR, Stringy()), "must be a set of strings"),
    "unknown need": (ActiveLearner(LR, Needy()), r"needs \['luck'\], unknown here"),
    "batch_size": (ActiveLearner(LR, batch_size=0), "The 'batch_size' parameter of ActiveLearner must be an int"),
    "batch_size True": (ActiveLearner(LR, batch_size=True), "parameter of ActiveLearner must be .* Got True"),
    "initial_size": (ActiveLearner(LR, initial_size=-1), "Got -1 instead"),
    "replay_budget": (ActiveLearner(LR, replay_budget=2.5), "Got 2.5 instead"),
    "validation_fraction": (ActiveLearner(LR, validation_fraction=1), "'validation_fraction' parameter of ActiveLearner must be a float in the range"),
    "classes of a regressor": (ActiveLearner(Ridge(), classes=[0, 1]), "the estimator is a regressor"),
    "classes of another type": (ActiveLearner(LR, classes=["a", "b"]), "must be of the same type"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_by_fit(case, blobs):
    X, _, y = blobs
    learner, says = REFUSED[case]
    if case == "no probabilities" and hasattr(learner.estimator, "predict_proba"):
        pytest.skip("this scikit-learn gives NearestCentroid probabilities")
    with pytest.raises((ValueError, TypeError), match=says):
        learner.fit(X, y)


def test_a_holdout_is_wanted(blobs):
    class Careful(Random):
        needs = frozenset({"holdout"})

    X, truth, y = blobs
    learner = ActiveLearner(LR, Shortlist(Careful(), by=Random()), random_state=0)
    with pytest.raises(ValueError, match="needs a trusted holdout: pass X_val= and y_val= to fit"):
        learner.fit(X, y)
    learner.fit(X, y, X_val=X[:5], y_val=truth[:5]).query()
    learner.set_params(validation_fraction=0.2).fit(X, y).query()


DATA = {
    "no label": (lambda X, y: (X, np.full(90, np.nan)), "No label is known.*initial="),
    "one class": (lambda X, y: (X, np.where(y == 1, 1, np.nan)), r"Only one class is known \(1\)"),
    "y is None": (lambda X, y: (X, None), "the target y is None"),
    "a scalar y": (lambda X, y: (X, 3), "array of shape ()"),
    "short y": (lambda X, y: (X, y[:50]), "X has 90, y has 50"),
    "no rows": (lambda X, y: (X[:0], y[:0]), "0 sample"),
    "NaN in a labelled row": (lambda X, y: (np.where(np.arange(90)[:, None] == 3, np.nan, X), y), "contains NaN"),
    "NaN in an unlabelled row": (lambda X, y: (np.where(np.arange(90)[:, None] == 80, np.nan, X), y), "LogisticRegression does not take it, in unlabelled rows either"),
    "infinity": (lambda X, y: (np.where(np.arange(90)[:, None] == 80, np.inf, X), y), "contains infinity"),
    "list NaN": (lambda X, y: (np.where(np.arange(90)[:, None] == 80, np.nan, X).tolist(), y), "contains NaN"),
    "object NaN": (lambda X, y: (np.where(np.arange(90)[:, None] == 80, np.nan, X).astype(object), y), "contains NaN"),
    "sparse NaN": (lambda X, y: (sparse.csr_array(np.where(np.arange(90)[:, None] == 80, np.nan, X)), y), "contains NaN"),
    "continuous y": (lambda X, y: (X, y + 0.5), "Unknown label type"),
    "multi-label": (lambda X, y: (X, np.zeros((90, 3))), "multi-label and multi-output"),
    "mixed labels": (lambda X, y: (X, [0, "a"] + [None] * 88), r"mixes labels of different types \(int, str\)"),
    "words for nothing": (lambda X, y: (X, np.array(["a", "b"] + ["nan"] * 88)), "holds the word 'nan'"),
    "empty words": (lambda X, y: (X, pd.Series(["a", "b"] + [""] * 88)), "holds the word ''"),
    "words in a column": (lambda X, y: (X, pd.Series(["a", "b"] + ["nan"] * 88)), "holds the word 'nan'"),
    "images for a table": (lambda X, y: (X.reshape(90, 2, 1), y), "dim 3|3 dim"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
@pytest.mark.parametrize("case", DATA)
def test_data_refused_by_fit(case, blobs):
    X, _, y = blobs
    change, says = DATA[case]
    with pytest.raises(ValueError, match=says):
        ActiveLearner(LR, Margin()).fit(*change(X, y))


@pytest.mark.filterwarnings("ignore:The first batch of 1")
def test_regression_data(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="y of a regression must be numbers"):
        ActiveLearner(Ridge()).fit(X, ["a"] * 90)
    with pytest.raises(ValueError, match="contains infinity"):
        ActiveLearner(Ridge()).fit(X, np.full(90, np.inf))
    with pytest.raises(ValueError, match="n_samples=1"):
        ActiveLearner(Ridge(), replay_budget=1).fit(X, X[:, 0])
    learner = ActiveLearner(Ridge()).fit(X, X)
    with pytest.raises(ValueError, match=r"y has shape \(1, 1\); expected \(1, 2\)"):
        learner.teach([0], [[1.0]])


HOLDOUTS = {
    "half of it": (lambda X, y: {"X_val": X}, "X_val and y_val go together"),
    "other width": (lambda X, y: {"X_val": X[:, :1], "y_val": y}, "X has 1 features"),
    "missing labels": (
        lambda X, y: {"X_val": X[:20], "y_val": y[:20]},
        "8 labels of y_val are missing",
    ),
    "short": (lambda X, y: {"X_val": X, "y_val": y[:12]}, "X_val has 90, y_val has 12"),
    "other type": (lambda X, y: {"X_val": X[:2], "y_val": ["a", "b"]}, "must be of the same type"),
}


@pytest.mark.parametrize("case", HOLDOUTS)
def test_holdout_refused_by_fit(case, blobs):
    X, _, y = blobs
    make, says = HOLDOUTS[case]
    with pytest.raises(ValueError, match=says):
        ActiveLearner(LR).fit(X, y, **make(X, y))


def test_two_holdouts_are_one_too_many(blobs):
    X, truth, y = blobs
    with pytest.raises(ValueError, match="not both"):
        ActiveLearner(LR, validation_fraction=0.2).fit(X, y, X_val=X, y_val=truth)
    with pytest.raises(ValueError, match="leaves nothing to train on"):
        ActiveLearner(LR, validation_fraction=0.2).fit(X[:2], [0, 1])


@pytest.mark.parametrize(
    ("strategy", "says"),
    [
        (Greedy([1, 1]), "must select 2 different positions"),
        (Greedy([0, 500]), "must select 2 different positions"),
        (Greedy([0]), "must select 2 different positions"),
        (Greedy([0.0, 1.0]), "must select 2 different positions"),
        (Mute(), "78 of them NaN"),
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


@pytest.mark.parametrize(
    "stages", [[], "x", None, [(5, Random())], [(0, Random()), (0, Margin())], [(0.5, Random())]]
)
def test_stages_must_follow_one_another(stages, blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="Stages must start at 0 labels|parameter of Stages must be"):
        ActiveLearner(LR, Stages(stages)).fit(X, y)


def test_scores_of_a_strategy_without(blobs):
    X, _, y = blobs
    learner = ActiveLearner(LR, Diversify(Margin())).fit(X, y)
    with pytest.raises(
        TypeError, match="Diversify chooses rows together and gives them no utilities"
    ):
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


def test_array_api_inputs(blobs, monkeypatch):
    torch = pytest.importorskip("torch", reason="another array library than NumPy")
    X, _, y = blobs
    monkeypatch.setattr("skal._checks.get_config", lambda: {"array_api_dispatch": True})
    with pytest.raises(TypeError, match="does not support array-API inputs yet"):
        ActiveLearner(LR).fit(torch.as_tensor(X), y)


def test_methods_that_the_estimator_lacks():
    assert not hasattr(ActiveLearner(SVC()), "predict_proba")
    assert not hasattr(ActiveLearner(Ridge()), "decision_function")
    assert hasattr(ActiveLearner(RandomForestClassifier()), "predict_proba")


def test_tags_are_what_estimator_and_surrogate_take():
    boosting = HistGradientBoostingClassifier()
    assert get_tags(ActiveLearner(boosting)).input_tags.allow_nan
    assert not get_tags(ActiveLearner(boosting, surrogate=LR)).input_tags.allow_nan
    assert get_tags(ActiveLearner(SVC(), surrogate=LR)).input_tags.sparse
    assert not get_tags(ActiveLearner(SVC(), surrogate=GaussianNB())).input_tags.sparse


def test_weights_of_fit_are_wanted_of_a_pool_that_is_refitted(blobs):
    X, _, y = blobs
    with sklearn.config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=True)
        strategy = ErrorReduction(target=3, size=2)
        learner = ActiveLearner(model, strategy).fit(X, y, sample_weight=np.ones(90))
        assert learner.query().shape == (1,)
        with pytest.raises(ValueError, match="rows of a pool given to query have none"):
            learner.query(X[:9])


def test_a_surrogate_that_takes_no_nan(blobs):
    X, _, y = blobs
    X = np.where(np.arange(90)[:, None] == 80, np.nan, X)
    learner = ActiveLearner(HistGradientBoostingClassifier(max_iter=2), surrogate=LR)
    with pytest.raises(ValueError, match="LogisticRegression does not take it"):
        learner.fit(X, y)


def test_probabilities_that_only_a_fit_can_deny(blobs):
    X, _, y = blobs
    voting = VotingClassifier([("a", GaussianNB()), ("b", LR)], voting="hard")
    with pytest.raises(ValueError, match="VotingClassifier has neither predict_proba"):
        ActiveLearner(voting, Margin()).fit(X, y)
    ActiveLearner(StackingClassifier([("a", GaussianNB())], cv=2), Margin()).fit(X, y).query()


def test_a_model_that_says_nan_is_named(blobs):
    class Lost(GaussianNB):
        def predict_proba(self, X):
            return np.full((len(X), 3), np.nan)

    X, _, y = blobs
    with pytest.raises(ValueError, match="Lost gave 78 of 78 rows probabilities that are NaN"):
        ActiveLearner(Lost(), Margin()).fit(X, y).query()


def test_precomputed_further_inside(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="precomputed kernel"):
        ActiveLearner(make_pipeline(StandardScaler(), SVC(kernel="precomputed"))).fit(X, y)


def test_after_a_fit_that_failed_the_learner_goes_on(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LR).fit(X, y)
    learner.teach([40], truth[[40]])
    before, rows = snapshot(learner), learner.query()
    for bad in ((X, np.full(90, np.nan)), (X[:, :1], "abc")):
        with pytest.raises(ValueError):
            learner.fit(*bad)
        np.testing.assert_array_equal(learner.query(), rows)
        assert {**snapshot(learner), "asked": None} == {**before, "asked": None}


def test_a_first_fit_that_failed_leaves_nothing_to_ask(blobs):
    X, _, y = blobs
    learner = ActiveLearner(LR)
    with pytest.raises(ValueError):
        learner.fit(X, np.full(90, np.nan))
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
    with pytest.raises(ValueError, match="were not kept"):
        list(learner.staged_predict(X))
    with pytest.raises(ValueError, match="batch_size=0 must be"):
        learner.set_params(batch_size=0).query()


@pytest.mark.filterwarnings("ignore:The first batch of 1")
def test_a_replay_that_buys_one_class_says_to_buy_more(blobs):
    X, truth, _ = blobs
    with pytest.raises(ValueError, match="raise replay_budget=1"):
        ActiveLearner(LR, replay_budget=1).fit(X, truth)


def test_reserved_records(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="n_labelled, rows: the learner records that itself"):
        ActiveLearner(LR).fit(X, y).query_state().record(rows=1, n_labelled=2)


def test_rows_asked_from_a_pool_are_not_taken_for_rows_of_fit(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LR, batch_size=3).fit(X[:45], truth[:45])
    rows = learner.query(X[45:])
    with pytest.raises(ValueError, match="asked from the X given to query: pass it on"):
        learner.teach(rows, truth[45:][rows])
    learner.teach(rows, truth[45:][rows], X=X[45:]).teach([0], truth[:1])
    # these were told, so the numbers mean the rows of fit again: a label is corrected
    learner.teach(rows[:1], truth[rows[:1]])
    assert learner.history_[-1]["n_labelled"] == 48
    # the same rows in another array are ours
    learner = ActiveLearner(LR, batch_size=3).fit(X, y)
    rows = learner.query(X.copy(), exclude=range(12))
    assert learner.teach(rows, truth[rows]).history_[-1]["n_labelled"] == 15


def test_a_learner_that_never_asked_has_no_curve(blobs):
    X, truth, _ = blobs
    one = ActiveLearner(LR, store_rounds=True).fit(X, truth)
    with pytest.raises(ValueError, match="set replay_budget="):
        learning_curve_scorer()(one, X, truth)
