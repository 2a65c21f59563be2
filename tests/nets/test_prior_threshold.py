"""Probabilities divided by the shares of the classes; no torch."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import check_estimator

from skal import ActiveLearner
from skal.models import last_layer
from skal.nets import PriorThreshold
from skal.strategies import FisherKernel, Margin


@pytest.mark.filterwarnings("ignore")  # the checks provoke warnings on purpose
def test_sklearn_contract():
    check_estimator(PriorThreshold(LogisticRegression()))


def imbalanced(k=3):
    weights = [0.85, 0.12, 0.03][:k] if k == 3 else [0.93, 0.07]
    return make_classification(
        600,
        8,
        n_informative=6,
        n_redundant=0,
        n_classes=k,
        weights=weights,
        class_sep=0.6,
        random_state=0,
    )


def test_prior_threshold_is_division_by_shares():
    X, y = imbalanced()
    plain = LogisticRegression().fit(X, y)
    ours = PriorThreshold(LogisticRegression()).fit(X, y)
    expected = plain.predict_proba(X) / (np.bincount(y) / len(y))
    np.testing.assert_allclose(ours.predict_proba(X), expected / expected.sum(1, keepdims=True))
    np.testing.assert_array_equal(ours.predict(X), expected.argmax(1))

    def balanced(model):
        return np.mean([(model.predict(X)[y == c] == c).mean() for c in range(3)])

    assert balanced(ours) > balanced(plain) + 0.1
    given = PriorThreshold(LogisticRegression(), priors=[2, 2, 2]).fit(X, y)
    np.testing.assert_allclose(given.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("k", [2, 3])
def test_prior_threshold_has_a_last_layer(k, fit_intercept):
    X, y = imbalanced(k)
    model = PriorThreshold(LogisticRegression(fit_intercept=fit_intercept)).fit(X, y)
    layer = last_layer(model, X)
    np.testing.assert_allclose(layer.proba, model.predict_proba(X), atol=1e-12)
    scores = np.exp(layer.decision)
    np.testing.assert_allclose(scores / scores.sum(1, keepdims=True), layer.proba, atol=1e-10)
    assert (layer.ridge is not None) == fit_intercept
    assert last_layer.knows(PriorThreshold(LogisticRegression()))


def test_prior_threshold_in_the_loop():
    X, y = imbalanced()
    partly = np.where(np.arange(600) < 80, y, -1)
    learner = ActiveLearner(
        PriorThreshold(LogisticRegression()),
        FisherKernel(),
        missing_label=-1,
        validation_fraction=0.3,
        random_state=0,
    ).fit(X, partly)
    rows = learner.query(batch_size=5)
    learner.teach(rows, y[rows])
    with pytest.raises(AttributeError, match="predict_proba"):
        PriorThreshold(LinearSVC()).fit(X, y).predict_proba(X)
    search = GridSearchCV(PriorThreshold(LogisticRegression()), {"estimator__C": [0.1, 1]}, cv=2)
    assert search.fit(X, y).best_params_


def test_prior_threshold_weighs_classes():
    """A weight of 2 is a row twice; weights are routed."""
    X, y = imbalanced()
    weights = 1 + (np.arange(600) % 2)
    weighted = PriorThreshold(LogisticRegression(max_iter=500, tol=1e-8)).fit(
        X, y, sample_weight=weights
    )
    twice = np.repeat(np.arange(600), weights)
    repeated = PriorThreshold(LogisticRegression(max_iter=500, tol=1e-8)).fit(X[twice], y[twice])
    np.testing.assert_allclose(weighted.priors_, repeated.priors_)
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-5)
    with config_context(enable_metadata_routing=True):
        inner = LogisticRegression(max_iter=500, tol=1e-8).set_fit_request(sample_weight=True)
        routed = PriorThreshold(inner).fit(X, y, sample_weight=weights)
        np.testing.assert_allclose(routed.predict_proba(X), weighted.predict_proba(X))
        learner = ActiveLearner(PriorThreshold(inner), Margin(), missing_label=-1)
        learner.fit(X, np.where(np.arange(600) < 90, y, -1), sample_weight=weights)
        assert not np.allclose(learner.estimator_.priors_, np.bincount(y[:90]) / 90)


def test_prior_threshold_refusals():
    X, y = imbalanced()
    for priors in ([1, 2], [1, 0, 2], [1, np.inf, 1], [1, np.nan, 1]):
        with pytest.raises(ValueError, match="must be 3 numbers above 0, one per class"):
            PriorThreshold(LogisticRegression(), priors=priors).fit(X, y)
    with pytest.raises(ValueError, match=r"y has shape \(600, 3\); expected one class per row"):
        PriorThreshold(KNeighborsClassifier()).fit(X, np.eye(3, dtype=int)[y])


def test_prior_threshold_counts_by_the_weights_of_the_fit():
    """Whatever they are called, and at the end of a pipeline."""
    X, y = imbalanced()
    weights = 1.0 + (y == 2)
    expected = np.bincount(y, weights) / weights.sum()
    pipe = make_pipeline(StandardScaler(), LogisticRegression())
    ours = PriorThreshold(pipe).fit(X, y, logisticregression__sample_weight=weights)
    np.testing.assert_allclose(ours.priors_, expected)
    ours = PriorThreshold(pipe).fit(X, y, standardscaler__sample_weight=weights)
    np.testing.assert_allclose(ours.priors_, np.bincount(y) / len(y))
    with config_context(enable_metadata_routing=True):
        inner = LogisticRegression().set_fit_request(sample_weight="w")
        np.testing.assert_allclose(PriorThreshold(inner).fit(X, y, w=weights).priors_, expected)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        ours = PriorThreshold(make_pipeline(scaler, inner)).fit(X, y, w=weights)
        np.testing.assert_allclose(ours.priors_, expected)


@pytest.mark.parametrize("weights", [None, 1.0 + np.arange(600) % 3], ids=["alike", "weighted"])
def test_prior_threshold_says_what_one_more_row_does_to_its_priors(weights):
    """As a refit with the row has it; up to a number for all classes, which is no change."""
    X, y = imbalanced()
    kwargs = {} if weights is None else {"sample_weight": weights}
    model = PriorThreshold(LogisticRegression()).fit(X, y, **kwargs)
    layer = last_layer(model, X)
    for label in range(3):
        more = {} if weights is None else {"sample_weight": np.append(weights, 1)}
        again = clone(model).fit(np.r_[X, X[:1]], np.append(y, label), **more)
        change = np.log(model.priors_) - np.log(again.priors_)
        found = layer.recounted[label]
        np.testing.assert_allclose(found - found[0], change - change[0], atol=1e-12)
    twice = PriorThreshold(PriorThreshold(LogisticRegression())).fit(X, y, **kwargs)
    np.testing.assert_allclose(last_layer(twice, X).recounted, 2 * layer.recounted)
    given = PriorThreshold(LogisticRegression(), priors=[1, 2, 3]).fit(X, y)
    assert given.class_count_ is None
    assert last_layer(given, X).recounted is None
    mixed = PriorThreshold(PriorThreshold(LogisticRegression()), priors=[1, 2, 3]).fit(X, y)
    np.testing.assert_allclose(
        last_layer(mixed, X).recounted, last_layer(mixed.estimator_, X).recounted
    )
