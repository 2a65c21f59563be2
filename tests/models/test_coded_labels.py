"""XGBoost's classifiers on any labels, against the same ones on codes made by hand."""

import copy
import pickle

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler

from skal import ActiveLearner
from skal.models import coded_labels, take_any_labels
from skal.strategies import Margin

xgboost = pytest.importorskip("xgboost")
PARAMS = {"n_estimators": 5, "n_jobs": 1}
X, CODES = load_iris(return_X_y=True)
LABELS = np.array(["setosa", "versicolor", "virginica"])[CODES]
X_EVAL, CODES_EVAL, LABELS_EVAL = X[::7], CODES[::7], LABELS[::7]


class Mine(xgboost.XGBClassifier):
    """Somebody's own."""


@pytest.fixture(params=[xgboost.XGBClassifier, xgboost.XGBRFClassifier, Mine])
def pair(request):
    """One on labels, one on codes."""
    labels, codes = request.param(**PARAMS), request.param(**PARAMS)
    take_any_labels(labels)
    return labels.fit(X, LABELS), codes.fit(X, CODES)


def test_the_model_is_the_same(pair):
    labels, codes = pair
    np.testing.assert_array_equal(labels.predict_proba(X), codes.predict_proba(X))
    np.testing.assert_array_equal(labels.predict(X), np.unique(LABELS)[codes.predict(X)])
    np.testing.assert_array_equal(labels.classes_, np.unique(LABELS))
    margin = labels.predict(X, output_margin=True)
    np.testing.assert_array_equal(margin, codes.predict(X, output_margin=True))
    assert labels.score(X, LABELS) == codes.score(X, CODES)


def test_it_is_what_it_was(pair):
    labels, codes = pair
    assert isinstance(labels, type(codes))
    assert repr(labels) == repr(codes)
    assert labels.get_params() == codes.get_params()
    np.testing.assert_array_equal(labels.feature_importances_, codes.feature_importances_)


def test_copies_keep_the_labels(pair):
    labels, _ = pair
    for other in (copy.deepcopy(labels), pickle.loads(pickle.dumps(labels))):
        np.testing.assert_array_equal(other.predict(X), labels.predict(X))
    np.testing.assert_array_equal(clone(labels).fit(X, LABELS).predict(X), labels.predict(X))


def test_a_second_fit_learns_other_labels(pair):
    labels, codes = pair
    labels.fit(X[:100], -CODES[:100])
    np.testing.assert_array_equal(labels.classes_, [-1, 0])
    codes = type(codes)(**PARAMS).fit(X[:100], 1 - CODES[:100])
    np.testing.assert_array_equal(labels.predict_proba(X), codes.predict_proba(X))


@pytest.mark.parametrize("params", [{}, {"num_class": 3}])
@pytest.mark.parametrize("objective", ["multi:softprob", "multi:softmax", "binary:logistic"])
def test_two_classes_of_three_at_first(objective, params):
    """XGBoost refuses two classes for an objective of more, and one that was fitted on three."""
    if objective == "binary:logistic" and params:
        pytest.skip("XGBoost takes no num_class for it")
    model = xgboost.XGBClassifier(objective=objective, **params, **PARAMS)
    y = np.where(np.arange(150) % 3 == 0, LABELS, None)
    y[50:100] = None
    learner = ActiveLearner(model).fit(X, y)
    assert learner.predict_proba(X).shape == (150, 2)
    learner.teach([50, 60, 70], LABELS[[50, 60, 70]])
    assert learner.predict_proba(X).shape == (150, 3)
    assert learner.score(X, LABELS) > 0.6
    three = clone(learner.estimator_)  # its objective is that of three classes now
    assert ActiveLearner(three).fit(X, y).predict_proba(X).shape == (150, 2)


@pytest.mark.slow  # skops takes long to import
def test_a_saved_file_keeps_the_labels():
    skops = pytest.importorskip("skops.io")
    learner = ActiveLearner(xgboost.XGBClassifier(**PARAMS)).fit(X, LABELS)
    saved = skops.dumps(learner.estimator_)
    model = skops.loads(saved, trusted=skops.get_untrusted_types(data=saved))
    np.testing.assert_array_equal(model.predict(X), learner.predict(X))
    with pytest.raises(AttributeError, match="has no attribute 'Mine'"):
        _ = coded_labels.Mine


def test_what_is_given_stays_as_it_is():
    given = make_pipeline(StandardScaler(), xgboost.XGBClassifier(**PARAMS))
    learner = ActiveLearner(given).fit(X, LABELS)
    assert type(given[-1]) is xgboost.XGBClassifier
    assert list(learner.estimator_[-1].classes_) == list(np.unique(LABELS))
    assert list(learner.estimator_.classes_) == list(np.unique(LABELS))


def test_a_classifier_in_a_grid():
    steps = Pipeline([("model", sklearn.dummy.DummyClassifier())])
    grid = {"model": [sklearn.dummy.DummyClassifier(), xgboost.XGBClassifier(**PARAMS)]}
    search = GridSearchCV(steps, grid, cv=2, error_score="raise")
    learner = ActiveLearner(search).fit(X, LABELS)
    assert isinstance(learner.estimator_.best_estimator_[-1], xgboost.XGBClassifier)


def test_weights_and_an_evaluation_set_are_passed_on():
    weights = np.linspace(0.1, 3, len(X))
    params = {**PARAMS, "n_estimators": 30, "early_stopping_rounds": 2}
    known = np.arange(len(X)) % 3 > 0
    codes = xgboost.XGBClassifier(**params, random_state=0).fit(
        X[known],
        LabelEncoder().fit_transform(LABELS[known]),
        sample_weight=weights[known],
        eval_set=[(X_EVAL, CODES_EVAL)],
        verbose=False,
    )
    with sklearn.config_context(enable_metadata_routing=True):
        model = xgboost.XGBClassifier(**params, random_state=0)
        model.set_fit_request(sample_weight=True, eval_set=True, verbose=True)
        y = np.where(known, LABELS, None)
        both = {"sample_weight": weights, "verbose": False}
        learner = ActiveLearner(model, Margin())
        learner.fit(X, y, eval_set=[(X_EVAL, LABELS_EVAL)], **both)
        with pytest.raises(ValueError, match=r"eval_set holds the label 0, and the labels known"):
            learner.fit(X, y, eval_set=[(X_EVAL, CODES_EVAL)], **both)
    assert learner.estimator_.best_iteration == codes.best_iteration
    np.testing.assert_array_equal(learner.predict_proba(X), codes.predict_proba(X))
