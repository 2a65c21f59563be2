"""`WrongPrediction`: what believing right labels is worth."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from skal import ActiveLearner
from skal.strategies import WrongPrediction


@pytest.fixture(scope="module", params=["linear", "perceptron"])
def learner(request):
    X, y = load_digits(return_X_y=True)
    X = X / 16
    model = LogisticRegression()
    if request.param == "perceptron":
        model = MLPClassifier((30,), max_iter=2000, random_state=0)
    known = np.where(np.arange(1000) < 60, y[:1000], np.nan)
    return ActiveLearner(model, WrongPrediction(), random_state=0).fit(
        X[:1000], known, X_val=X[1000:1100], y_val=y[1000:1100]
    )


@pytest.mark.parametrize("steps", [0, 3])
def test_it_finds_mistakes(learner, steps):
    y = load_digits().target
    state = learner.query_state()
    wrong = learner.predict(state.pool.X) != y[60:1000]
    strategy = WrongPrediction(steps)
    picks = strategy.select(state, 50)
    assert wrong[picks].mean() > 2 * wrong.mean()
    positions, labels = strategy.confident(state, 50)
    np.testing.assert_array_equal(labels, learner.predict(state.pool.X)[positions])
    assert not set(positions) & set(picks)
    scores = strategy.utilities(state)
    np.testing.assert_array_equal(scores[positions], np.sort(scores)[:50])


def test_float32_and_unseen_classes(blobs):
    X, truth, _ = blobs
    y = np.where((np.arange(90) < 40) & (truth != 2), truth, np.nan)
    learner = ActiveLearner(LogisticRegression(), WrongPrediction())
    learner.fit(X[:60], y[:60], X_val=X[60:], y_val=truth[60:])
    state = learner.query_state()
    double = WrongPrediction().utilities(state)
    assert state.records["holdout_rows_of_unseen_classes"] == (truth[60:] == 2).sum()
    learner.fit(
        X[:60].astype(np.float32), y[:60], X_val=X[60:].astype(np.float32), y_val=truth[60:]
    )
    np.testing.assert_allclose(
        learner.query_utilities()[np.isnan(y[:60])], double, rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize("model", [SVC(), CalibratedClassifierCV(LogisticRegression(), cv=2)])
def test_probabilities_must_be_those_of_the_last_layer(model, blobs):
    X, truth, y = blobs
    learner = ActiveLearner(model, WrongPrediction()).fit(X, y, X_val=X[:9], y_val=truth[:9])
    with pytest.raises(ValueError, match="are not its softmax"):
        learner.query()


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"steps": -1}, "'steps' parameter"),
        ({"steps": 1.5}, "'steps' parameter"),
        ({"learning_rate": 0}, "'learning_rate' parameter"),
        ({"steps": 0, "learning_rate": 0.1}, "changes nothing with steps=0"),
    ],
)
def test_what_cannot_be(params, says):
    with pytest.raises(ValueError, match=says):
        WrongPrediction(**params).check()


def test_it_wants_a_holdout_and_classes(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="needs a trusted holdout: pass X_val="):
        ActiveLearner(LogisticRegression(), WrongPrediction()).fit(X, y)
    with pytest.raises(ValueError, match="needs a classifier"):
        ActiveLearner(Ridge(), WrongPrediction()).fit(X, y)
