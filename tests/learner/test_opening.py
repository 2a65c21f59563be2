"""What `fit` is given: checked, and what is missing is chosen."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from skal import ActiveLearner
from skal.strategies import Bait, Margin, Random, Shortlist, Spread, UncertaintyHerding


def test_strategy_none(blobs):
    X, _, y = blobs
    herding, rows = UncertaintyHerding("margin", factor=10), Spread(Random())
    for estimator, surrogate, strategy in (
        (LogisticRegression(), None, herding),
        (RandomForestClassifier(3, random_state=0), None, herding),
        (RandomForestClassifier(3), LogisticRegression(), herding),
        (LinearRegression(), None, rows),
        (RandomForestRegressor(3), None, Random()),
        (RandomForestRegressor(3), Ridge(), rows),
    ):
        params = {"surrogate": surrogate, "batch_size": 3, "random_state": 0}
        learner = ActiveLearner(estimator, **params).fit(X, y)
        assert repr(learner.strategy_) == repr(strategy)
        asked = ActiveLearner(estimator, strategy, **params).fit(X, y).query()
        np.testing.assert_array_equal(learner.query(), asked)


def test_classes_accumulate_over_fits(blobs):
    """fit starts afresh."""
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), store_rounds=True).fit(X, y)
    learner.teach(learner.query(), [9])
    learner.fit(X, y)
    assert learner.classes_.tolist() == [0, 1, 2]
    assert learner.previous_estimator_ is None
    assert len(learner.history_) == len(learner.rounds()) == 1


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
        (RandomForestClassifier(), r"LogisticRegression\(\)"),
        (RandomForestRegressor(), r"Ridge\(\)"),
        (
            make_pipeline(StandardScaler(), RandomForestRegressor()),
            r"make_pipeline\(..., Ridge\(\)\) \(the same steps before it\)",
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
    "a class": (ActiveLearner(LogisticRegression), "pass an instance"),
    "a clusterer": (ActiveLearner(KMeans()), "is a clusterer"),
    "precomputed": (ActiveLearner(SVC(kernel="precomputed")), "precomputed kernel"),
    "surrogate of another task": (ActiveLearner(LR, surrogate=Ridge()), "surrogate= must be of the same kind"),
    "surrogate is nothing": (ActiveLearner(LR, surrogate=3), "surrogate=3 is not an estimator"),
    "no probabilities": (ActiveLearner(NearestCentroid(), Margin()) , "needs class probabilities|"),
    "a strategy class": (ActiveLearner(LR, Margin), "pass an instance of a class in skal.strategies"),
    "not a strategy": (ActiveLearner(LR, 3), "strategy=3 is not a strategy"),
    "initial needs a model": (ActiveLearner(LR, initial=Margin()), "there is none before"),
    "missing_label": (ActiveLearner(LR, missing_label=["?", ""]), "must be a single value"),
    "needs is a string": (ActiveLearner(LR, Stringy()), "must be a set of strings"),
    "unknown need": (ActiveLearner(LR, Needy()), r"needs \['luck'\], which are unknown"),
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
    "one class": (lambda X, y: (X, np.ones(90, int)), r"Only one class is known \(1\)"),
    "y is None": (lambda X, y: (X, None), "the target y is None"),
    "a scalar y": (lambda X, y: (X, 3), "array of shape ()"),
    "short y": (lambda X, y: (X, y[:50]), "X has 90, y has 50"),
    "no rows": (lambda X, y: (X[:0], y[:0]), "0 sample"),
    "NaN in a labelled row": (lambda X, y: (np.where(np.arange(90)[:, None] == 3, np.nan, X), y), "contains NaN"),
    "NaN in an unlabelled row": (lambda X, y: (np.where(np.arange(90)[:, None] == 80, np.nan, X), y), "LogisticRegression does not accept it, in unlabelled rows either"),
    "infinity": (lambda X, y: (np.where(np.arange(90)[:, None] == 80, np.inf, X), y), "contains infinity"),
    "list NaN": (lambda X, y: (np.where(np.arange(90)[:, None] == 80, np.nan, X).tolist(), y), "contains NaN"),
    "object NaN": (lambda X, y: (np.where(np.arange(90)[:, None] == 80, np.nan, X).astype(object), y), "contains NaN"),
    "sparse NaN": (lambda X, y: (sparse.csr_array(np.where(np.arange(90)[:, None] == 80, np.nan, X)), y), "contains NaN"),
    "continuous y": (lambda X, y: (X, y + 0.5), "Unknown label type"),
    "multi-label": (lambda X, y: (X, np.zeros((90, 3))), "multi-label and multi-output"),
    "mixed labels": (lambda X, y: (X, [0, "a"] + [None] * 88), r"mixes labels of different types \(int, str\)"),
    "words for nothing": (lambda X, y: (X, np.array(["a", "b"] + ["nan"] * 88)), "contains the string 'nan'"),
    "empty words": (lambda X, y: (X, pd.Series(["a", "b"] + [""] * 88)), "contains the string ''"),
    "words in a column": (lambda X, y: (X, pd.Series(["a", "b"] + ["nan"] * 88)), "contains the string 'nan'"),
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
    "half of it": (lambda X, y: {"X_val": X}, "X_val and y_val"),
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
    with pytest.raises(ValueError, match="pass only one"):
        ActiveLearner(LR, validation_fraction=0.2).fit(X, y, X_val=X, y_val=truth)
    with pytest.raises(ValueError, match="leaves nothing to train on"):
        ActiveLearner(LR, validation_fraction=0.2).fit(X[:2], [0, 1])


def test_array_api_inputs(blobs, monkeypatch):
    torch = pytest.importorskip("torch", reason="another array library than NumPy")
    X, _, y = blobs
    monkeypatch.setattr("skal._checks.get_config", lambda: {"array_api_dispatch": True})
    with pytest.raises(TypeError, match="does not support array-API inputs yet"):
        ActiveLearner(LR).fit(torch.as_tensor(X), y)


def test_a_surrogate_that_takes_no_nan(blobs):
    X, _, y = blobs
    X = np.where(np.arange(90)[:, None] == 80, np.nan, X)
    learner = ActiveLearner(HistGradientBoostingClassifier(max_iter=2), surrogate=LR)
    with pytest.raises(ValueError, match="LogisticRegression does not accept it"):
        learner.fit(X, y)


def test_probabilities_that_only_a_fit_can_deny(blobs):
    X, _, y = blobs
    voting = VotingClassifier([("a", GaussianNB()), ("b", LR)], voting="hard")
    with pytest.raises(ValueError, match="VotingClassifier has neither predict_proba"):
        ActiveLearner(voting, Margin()).fit(X, y)
    ActiveLearner(StackingClassifier([("a", GaussianNB())], cv=2), Margin()).fit(X, y).query()


def test_precomputed_further_inside(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="precomputed kernel"):
        ActiveLearner(make_pipeline(StandardScaler(), SVC(kernel="precomputed"))).fit(X, y)


# ---------------------------------------------------------------------- nothing labelled yet
TEXTS = ["good film", "bad film", "a good one", "so so", "rain", "sun and rain", "film", "one"] * 3


@pytest.mark.parametrize("initial", ["typiclust", "core_set"])
def test_the_first_rows_among_texts(initial):
    numbers = TfidfVectorizer().fit_transform(TEXTS)
    by_hand = ActiveLearner(LR, initial=initial, initial_size=4, random_state=0)
    pipeline = make_pipeline(TfidfVectorizer(), LR)
    learner = ActiveLearner(pipeline, initial=initial, initial_size=4, random_state=0)
    rows = learner.fit(TEXTS, [None] * 24).query()
    np.testing.assert_array_equal(rows, by_hand.fit(numbers, [None] * 24).query())
    for one, X in ((learner, TEXTS), (by_hand, numbers)):
        one.teach(rows, [0] * 4)
        again = one.query(X)  # with labelled rows, on a pool of its own
        assert len(again) == 4
    np.testing.assert_array_equal(learner.query(), by_hand.query())


def test_the_first_rows_of_a_table_with_words():
    frame = pd.DataFrame({"size": np.arange(12.0), "kind": ["a", "b", "c"] * 4})
    columns = make_column_transformer(
        (StandardScaler(), ["size"]), (OneHotEncoder(handle_unknown="ignore"), ["kind"])
    )
    first = {"initial": "typiclust", "initial_size": 3, "random_state": 0}
    learner = ActiveLearner(make_pipeline(columns, LR), **first)
    by_hand = ActiveLearner(LR, **first).fit(columns.fit_transform(frame), [None] * 12)
    rows = learner.fit(frame, [None] * 12).query()
    np.testing.assert_array_equal(rows, by_hand.query())
    bare = ActiveLearner(LR, initial="typiclust").fit(TEXTS, [None] * 24)
    with pytest.raises(TypeError, match="use a pipeline as estimator"):
        bare.query()
    supervised = make_pipeline(TfidfVectorizer(), SelectKBest(k=2), LR)
    learner = ActiveLearner(supervised, initial="typiclust").fit(TEXTS, [None] * 24)
    with pytest.raises(TypeError, match="cannot be fitted without labels"):
        learner.query()


# ---------------------------------------------------------------------- the index of y
def test_an_index_in_another_order(blobs):
    X, _, y = blobs
    frame = pd.DataFrame(X, index=[f"row {i}" for i in range(90)])
    labels = pd.Series(y, index=frame.index)
    shuffled = labels.sample(frac=1, random_state=0)
    with pytest.raises(
        ValueError, match=r"y has the index of X in another order: row 0 of X is row 0"
    ):
        ActiveLearner(LR).fit(frame, shuffled)
    with pytest.raises(ValueError, match=r"y_val has the index of X in another order"):
        ActiveLearner(LR).fit(frame, labels, frame, shuffled.fillna(0))
    expected = ActiveLearner(LR, random_state=0).fit(X, y).query()
    for same in (
        labels,
        shuffled.loc[frame.index],
        labels.to_numpy(),
        labels.reset_index(drop=True),
    ):
        rows = ActiveLearner(LR, random_state=0).fit(frame.to_numpy(), same).query()
        np.testing.assert_array_equal(rows, expected)
        ActiveLearner(LR, random_state=0).fit(frame, same)
    ActiveLearner(LR).fit(frame, shuffled.to_numpy())
    ActiveLearner(LR).fit(X, shuffled)  # without an index of X there is nothing to compare
