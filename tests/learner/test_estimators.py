"""Every estimator that people use, through all that a learner does.  A new one adds its row here."""

import pickle
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_blobs
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    BayesianRidge,
    LogisticRegression,
    QuantileRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skal import ActiveLearner
from skal.experiments import compare
from skal.strategies import Margin, PredictiveStd, QueryByCommittee, Random

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),  # of quick nets
]


@dataclass(frozen=True)
class Row:
    """An estimator, the strategy that is asked where none is named, and whether it tells σ."""

    estimator: object
    default: str
    tells_std: bool = False

    @property
    def name(self):
        inside = self.estimator.get_params()
        parts = [part for part in inside.values() if hasattr(part, "fit")]
        return "-".join(type(part).__name__ for part in (self.estimator, *parts))


HERDING = "UncertaintyHerding(factor=10, uncertainty='margin')"
RANDOM, SPREAD_RANDOM = "Random()", "Spread(strategy=Random())"

SPREAD_STD = "Spread(factor=20, strategy=PredictiveStd())"
LOGISTIC, PROCESS = LogisticRegression(), GaussianProcessRegressor(alpha=0.1, optimizer=None)
CLASSIFIERS = [
    Row(LOGISTIC, HERDING),
    Row(LinearSVC(), HERDING),
    Row(SVC(), HERDING),
    Row(SGDClassifier(), HERDING),
    Row(RidgeClassifier(), HERDING),
    Row(LinearDiscriminantAnalysis(), HERDING),
    Row(MLPClassifier((5,), max_iter=20), HERDING),
    Row(CalibratedClassifierCV(LOGISTIC, cv=2), HERDING),
    Row(OneVsRestClassifier(LOGISTIC), HERDING),
    Row(make_pipeline(StandardScaler(), LOGISTIC), HERDING),
    Row(QuadraticDiscriminantAnalysis(reg_param=0.1), HERDING),
    Row(GaussianNB(), HERDING),
    Row(KNeighborsClassifier(3), HERDING),
    Row(GaussianProcessClassifier(optimizer=None), HERDING),
    Row(DecisionTreeClassifier(), HERDING),
    Row(RandomForestClassifier(5), HERDING),
    Row(ExtraTreesClassifier(5), HERDING),
    Row(AdaBoostClassifier(n_estimators=3), HERDING),
    Row(GradientBoostingClassifier(n_estimators=3), HERDING),
    Row(HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=2), HERDING),
    Row(StackingClassifier([("lr", LOGISTIC), ("nb", GaussianNB())], cv=2), HERDING),
    Row(VotingClassifier([("lr", LOGISTIC), ("nb", GaussianNB())], voting="soft"), HERDING),
    Row(DummyClassifier(), HERDING),
]
REGRESSORS = [
    Row(Ridge(), SPREAD_RANDOM),
    Row(BayesianRidge(), SPREAD_RANDOM, tells_std=True),
    Row(SVR(), SPREAD_RANDOM),
    Row(MLPRegressor(hidden_layer_sizes=(5,), max_iter=20), SPREAD_RANDOM),
    Row(TransformedTargetRegressor(Ridge(), transformer=StandardScaler()), SPREAD_RANDOM),
    Row(PROCESS, SPREAD_STD, tells_std=True),
    Row(make_pipeline(StandardScaler(), PROCESS), SPREAD_STD, tells_std=True),
    Row(TransformedTargetRegressor(PROCESS, transformer=StandardScaler()), SPREAD_STD, True),
    Row(QuantileRegressor(alpha=0.01), SPREAD_RANDOM),
    Row(KernelRidge(kernel="rbf"), RANDOM),
    Row(KNeighborsRegressor(3), RANDOM),
    Row(RandomForestRegressor(5), RANDOM, tells_std=True),
    Row(BaggingRegressor(n_estimators=3), RANDOM, tells_std=True),
    Row(GradientBoostingRegressor(n_estimators=3), RANDOM),
    Row(HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=2), RANDOM),
    Row(VotingRegressor([("ridge", Ridge()), ("svr", SVR())]), RANDOM, tells_std=True),
]
# With few labels a leaf of twenty rows, LightGBM's default, would be all of them.
LIGHT = {"n_estimators": 3, "min_child_samples": 2, "n_jobs": 1, "verbose": -1}
CAT = {"iterations": 3, "thread_count": 1, "verbose": 0, "allow_writing_files": False}
XG = {"n_estimators": 3, "n_jobs": 1}
if find_spec("xgboost"):
    from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier

    boosted = XGBClassifier(**XG)
    CLASSIFIERS += [
        Row(boosted, HERDING),
        Row(XGBRFClassifier(**XG), HERDING),
        Row(make_pipeline(StandardScaler(), boosted), HERDING),
        Row(CalibratedClassifierCV(boosted, cv=2), HERDING),
        Row(GridSearchCV(boosted, {"max_depth": [1, 2]}, cv=2), HERDING),
        Row(BaggingClassifier(boosted, 3), HERDING),
        Row(OneVsRestClassifier(boosted), HERDING),
        Row(StackingClassifier([("lr", LOGISTIC), ("xg", boosted)], cv=2), HERDING),
    ]
    REGRESSORS += [Row(XGBRegressor(**XG), RANDOM)]
if find_spec("lightgbm"):
    from lightgbm import LGBMClassifier, LGBMRegressor

    CLASSIFIERS += [
        Row(LGBMClassifier(**LIGHT), HERDING),
        Row(make_pipeline(StandardScaler(), LGBMClassifier(**LIGHT)), HERDING),
    ]
    REGRESSORS += [Row(LGBMRegressor(**LIGHT), RANDOM)]
if find_spec("catboost"):
    from catboost import CatBoostClassifier, CatBoostRegressor

    CLASSIFIERS += [
        Row(CatBoostClassifier(**CAT), HERDING),
        Row(make_pipeline(StandardScaler(), CatBoostClassifier(**CAT)), HERDING),
    ]
    REGRESSORS += [Row(CatBoostRegressor(**CAT), RANDOM)]

CLASSIFIER = pytest.mark.parametrize("row", CLASSIFIERS, ids=lambda row: row.name)
REGRESSOR = pytest.mark.parametrize("row", REGRESSORS, ids=lambda row: row.name)
X, CODES = make_blobs(90, n_features=3, centers=3, cluster_std=2.0, random_state=0)
LABELS = np.array(["red", "amber", "green"], dtype=object)[CODES]
NUMBERS = X[:, 0] + np.sin(X[:, 1])
KNOWN = np.arange(90) < 30


def learner_of(row, strategy=None, **kwargs):
    return ActiveLearner(clone(row.estimator), strategy, random_state=0, batch_size=3, **kwargs)


def known_labels(labels=LABELS, without=()):
    y = labels.copy()
    y[~KNOWN | np.isin(labels, without)] = None
    return y


# ---------------------------------------------------------------------- classes
@CLASSIFIER
def test_a_class_that_comes_later(row):
    learner = learner_of(row).fit(X, known_labels(without=["green"]))
    assert repr(learner.strategy_) == row.default
    assert list(learner.classes_) == list(learner.estimator_.classes_) == ["amber", "red"]
    rows = learner.query()
    rows = np.union1d(rows, np.flatnonzero(LABELS == "green")[:6])  # enough for inner folds
    learner.teach(rows, LABELS[rows])
    assert list(learner.classes_) == list(learner.estimator_.classes_) == ["amber", "green", "red"]
    prediction = learner.predict(X)
    assert prediction.shape == (90,)
    assert set(prediction) <= {"amber", "green", "red"}
    if not isinstance(row.estimator, DummyClassifier):
        assert learner.score(X, LABELS) > 0.5
    again = pickle.loads(pickle.dumps(learner))
    np.testing.assert_array_equal(again.predict(X), prediction)


@CLASSIFIER
def test_classes_that_no_label_shows(row):
    y = known_labels(CODES.astype(object) * 2 + 1, without=[3])  # 1 and 5 are shown
    learner = learner_of(row, classes=[1, 3, 5, 7]).fit(X, y)
    assert len(learner.query()) == 3
    assert set(learner.predict(X)) <= {1, 5}
    P = learner.query_state().pool.proba
    assert P.shape[1] == 4
    assert not P[:, [1, 3]].any()
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=1e-5)


@CLASSIFIER
def test_a_committee_of_classifiers(row):
    learner = learner_of(row, QueryByCommittee(2)).fit(X, known_labels(without=["red"]))
    assert len(set(learner.query())) == 3


@CLASSIFIER
def test_the_first_labels_of_classes(row):
    learner = learner_of(row, initial=Random(), initial_size=24).fit(X, [None] * 90)
    rows = learner.query()
    learner.teach(rows[:2], np.repeat(LABELS[rows[0]], 2))  # of one class
    assert not hasattr(learner, "estimator_")
    learner.teach(rows[2:], LABELS[rows[2:]])
    assert set(learner.predict(X)) <= set(LABELS)


@pytest.mark.slow
@CLASSIFIER
def test_a_search_among_strategies_for_classes(row):
    learner = learner_of(row, replay_budget=27, initial_size=24)
    search = GridSearchCV(learner, {"strategy": [Random(), Margin()]}, cv=2, error_score="raise")
    search.fit(X, LABELS)
    assert set(search.predict(X)) <= set(LABELS)
    assert search.best_estimator_.history_[-1]["n_labelled"] == 27


def test_estimators_compared():
    zoo = {"logistic": LOGISTIC}
    if find_spec("xgboost"):
        zoo["xgboost"] = boosted
    strategies = {"Margin": Margin(), "QueryByCommittee": QueryByCommittee(2)}
    settings = {"budget": 27, "batch_size": 3, "initial_size": 24, "seeds": 1, "progress": False}
    results = compare(strategies, zoo, (X, LABELS), n_jobs=1, **settings)
    assert len(results) == 2 * 2 * len(zoo)  # two rounds
    assert results["accuracy"].gt(0.4).all()


@pytest.mark.skipif(not find_spec("catboost"), reason="needs CatBoost")
def test_categories_of_catboost():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c"])
    frame["c"] = np.where(frame["c"] > 0, "high", "low")
    model = CatBoostClassifier(cat_features=("c",), **CAT)
    learner = ActiveLearner(model, QueryByCommittee(2), batch_size=2).fit(frame, known_labels())
    rows = learner.query()
    assert learner.teach(rows, LABELS[rows]).predict(frame).shape == (90,)
    model = CatBoostClassifier(cat_features=["c"], **CAT)
    with pytest.raises(RuntimeError, match=r"cat_features. Pass tuples instead of lists"):
        ActiveLearner(model).fit(frame, known_labels())


@pytest.mark.parametrize("package", ["xgboost", "lightgbm"])
def test_categories_of_a_frame(package):
    pytest.importorskip(package)
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c"])
    frame["c"] = pandas.Categorical(np.where(frame["c"] > 0, "high", "low"))
    model = LGBMClassifier(**LIGHT) if package == "lightgbm" else clone(boosted)
    if package == "xgboost":
        model.set_params(enable_categorical=True)
    learner = ActiveLearner(model, QueryByCommittee(2), batch_size=2).fit(frame, known_labels())
    rows = learner.query()
    assert learner.teach(rows, LABELS[rows]).predict(frame).shape == (90,)


def test_a_classifier_that_only_predicts_is_told_what_helps():
    voting = VotingClassifier([("lr", LOGISTIC), ("nb", GaussianNB())])
    with pytest.raises(ValueError, match=r"neither predict_proba nor decision_function.*surrogate"):
        ActiveLearner(voting).fit(X, known_labels())
    learner = ActiveLearner(voting, surrogate=LOGISTIC, batch_size=2).fit(X, known_labels())
    assert len(learner.query()) == 2


# ---------------------------------------------------------------------- numbers
@REGRESSOR
def test_numbers(row):
    learner = learner_of(row).fit(X, np.where(KNOWN, NUMBERS, np.nan))
    assert repr(learner.strategy_) == row.default
    rows = learner.query()
    learner.teach(rows, NUMBERS[rows])
    assert learner.predict(X).shape == (90,)
    assert np.isfinite(learner.score(X, NUMBERS))


@REGRESSOR
def test_other_strategies_for_numbers(row):
    y = np.where(KNOWN, NUMBERS, np.nan)
    assert len(set(learner_of(row, QueryByCommittee(2)).fit(X, y).query())) == 3
    if row.tells_std:
        assert len(set(learner_of(row, PredictiveStd()).fit(X, y).query())) == 3
    else:
        with pytest.raises(ValueError, match="needs a standard deviation"):
            learner_of(row, PredictiveStd()).fit(X, y)


@REGRESSOR
def test_the_first_numbers(row):
    learner = learner_of(row, initial=Random(), initial_size=8).fit(X, [np.nan] * 90)
    rows = learner.query()
    assert learner.teach(rows, NUMBERS[rows]).predict(X).shape == (90,)


@pytest.mark.slow
@REGRESSOR
def test_a_search_among_strategies_for_numbers(row):
    learner = learner_of(row, replay_budget=15, initial_size=12)
    strategies = [Random(), QueryByCommittee(2)]
    search = GridSearchCV(learner, {"strategy": strategies}, cv=2, error_score="raise")
    assert search.fit(X, NUMBERS).predict(X).shape == (90,)
