"""Metadata routing: weights, holdouts and other fit parameters."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.strategies import Margin, Random

X, TRUTH = make_blobs(90, centers=3, cluster_std=3, random_state=0)
Y = np.where(np.arange(90) < 12, TRUTH, np.nan)
WEIGHTS = np.random.default_rng(0).integers(1, 4, 90).astype(float)


@pytest.fixture(autouse=True)
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def weighted(cls=LogisticRegression, **kwargs):
    return cls(**kwargs).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)


def repeated(rows):
    rows = np.repeat(rows, WEIGHTS[rows].astype(int))
    return LogisticRegression(tol=1e-8).fit(X[rows], TRUTH[rows])


def test_weights_are_repetitions():
    one = ActiveLearner(weighted(tol=1e-8), Margin(), batch_size=4).fit(X, Y, sample_weight=WEIGHTS)
    np.testing.assert_allclose(
        one.predict_proba(X), repeated(np.arange(12)).predict_proba(X), atol=1e-5
    )
    rows = one.query()
    one.teach(rows, TRUTH[rows])  # the weights given to fit hold
    known = np.r_[np.arange(12), np.sort(rows)]
    np.testing.assert_allclose(one.predict_proba(X), repeated(known).predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("kind", [list, np.asarray, pd.Series])
@pytest.mark.parametrize("other", [list, np.asarray, pd.Series])
def test_weights_of_a_pool_in_any_container(kind, other):
    one = ActiveLearner(weighted(tol=1e-8), Margin()).fit(X, Y, sample_weight=kind(WEIGHTS))
    for row in (20, 30):
        one.teach([row], TRUTH[[row]], X=X.copy(), sample_weight=other(WEIGHTS[[row]]))
    known = np.r_[np.arange(12), 20, 30]
    np.testing.assert_allclose(one.predict_proba(X), repeated(known).predict_proba(X), atol=1e-5)


def test_weights_of_a_replay_and_of_the_score():
    one = ActiveLearner(weighted(tol=1e-8), replay_budget=15, batch_size=5, random_state=0)
    one.fit(X, TRUTH, sample_weight=WEIGHTS)
    known = np.concatenate([record["rows"] for record in one.history_])
    np.testing.assert_allclose(one.predict_proba(X), repeated(known).predict_proba(X), atol=1e-5)
    expected = np.average(one.predict(X) == TRUTH, weights=WEIGHTS)
    assert one.score(X, TRUTH, sample_weight=WEIGHTS) == pytest.approx(expected)


def test_weights_of_rows_taught():
    one = ActiveLearner(weighted(tol=1e-8)).fit(X[:12], TRUTH[:12], sample_weight=WEIGHTS[:12])
    with pytest.raises(ValueError, match="sample_weight was given to fit"):
        one.teach([3], TRUTH[[15]], X=X[12:])
    one.teach([3, 5], TRUTH[[15, 17]], X=X[12:], sample_weight=WEIGHTS[[15, 17]])
    known = np.r_[np.arange(12), 15, 17]
    np.testing.assert_allclose(one.predict_proba(X), repeated(known).predict_proba(X), atol=1e-5)
    with pytest.raises(ValueError, match="one value for each of the 1 rows taught"):
        one.teach([3], [0], sample_weight=[1, 2, 3])
    plain = ActiveLearner(weighted()).fit(X, Y)
    with pytest.raises(ValueError, match="sample_weight was not given to fit"):
        plain.teach([20], [0], sample_weight=[2.0])


def test_weights_of_another_type_or_length():
    one = ActiveLearner(weighted()).fit(X, Y, sample_weight=np.ones(90, int))
    one.teach([20], [0], sample_weight=[2.5])
    assert one._session.training.labelled()[2]["sample_weight"][-1] == 2.5
    with pytest.raises(
        ValueError, match="sample_weight has 12 values: pass one for each of the 90 rows"
    ):
        ActiveLearner(weighted()).fit(X, Y, sample_weight=np.ones(12))


def test_weights_reach_the_surrogate_too():
    one = ActiveLearner(weighted(), Margin(), surrogate=weighted(C=0.1)).fit(
        X, Y, sample_weight=WEIGHTS
    )
    expected = LogisticRegression(C=0.1).fit(X[:12], TRUTH[:12], sample_weight=WEIGHTS[:12])
    np.testing.assert_allclose(one.surrogate_.coef_, expected.coef_, atol=1e-4)
    some = ActiveLearner(
        weighted(), surrogate=LogisticRegression().set_fit_request(sample_weight=False)
    )
    some.fit(X, Y, sample_weight=WEIGHTS)
    np.testing.assert_allclose(
        some.surrogate_.coef_, LogisticRegression().fit(X[:12], TRUTH[:12]).coef_, atol=1e-4
    )


def test_an_alias():
    one = ActiveLearner(LogisticRegression().set_fit_request(sample_weight="importance"))
    one.fit(X, Y, importance=WEIGHTS)
    expected = LogisticRegression().fit(X[:12], TRUTH[:12], sample_weight=WEIGHTS[:12])
    np.testing.assert_allclose(one.estimator_.coef_, expected.coef_, atol=1e-4)


def test_what_nobody_asked_for_is_refused():
    with pytest.raises(TypeError, match="nonsense"):
        ActiveLearner(LogisticRegression()).fit(X, Y, nonsense=1)
    with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError, match="sample_weight"):
        ActiveLearner(LogisticRegression()).fit(X, Y, sample_weight=WEIGHTS)


def test_a_holdout_passes_a_pipeline():
    last = ActiveLearner(LogisticRegression(), Margin()).set_fit_request(X_val=True, y_val=True)
    pipeline = Pipeline([("scale", StandardScaler()), ("ask", last)], transform_input=["X_val"])
    pipeline.fit(X, Y, X_val=X[60:], y_val=TRUTH[60:])
    np.testing.assert_allclose(
        pipeline[-1].query_state().holdout.X, pipeline[:-1].transform(X[60:])
    )


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_weights_in_a_search(n_jobs):
    one = ActiveLearner(weighted(), replay_budget=20, batch_size=5, random_state=0)
    scoring = get_scorer("accuracy").set_score_request(sample_weight=True)
    scale = StandardScaler().set_fit_request(sample_weight=True)
    for learner, name in (
        (one, "strategy"),
        (make_pipeline(scale, one), "activelearner__strategy"),
    ):
        search = GridSearchCV(
            learner,
            {name: [Random(), Margin()]},
            scoring=scoring,
            n_jobs=n_jobs,
            error_score="raise",
        )
        search.fit(X, TRUTH, sample_weight=WEIGHTS)
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_regression_weights():
    one = ActiveLearner(weighted(Ridge), random_state=0).fit(
        X, np.where(np.isnan(Y), np.nan, X[:, 0]), sample_weight=WEIGHTS
    )
    expected = Ridge().fit(X[:12], X[:12, 0], sample_weight=WEIGHTS[:12])
    np.testing.assert_allclose(one.estimator_.coef_, expected.coef_)
