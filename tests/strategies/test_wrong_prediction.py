"""`WrongPrediction` against a loop of gradient steps, and what believing right labels is worth."""

import numpy as np
import pytest
from scipy import sparse
from scipy.special import log_softmax, softmax
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from skal import ActiveLearner
from skal.kernels.influence.utilities import linear_scores
from skal.kernels.influence.wrong_prediction import approximate_rises, dense_rises, exact_rises
from skal.strategies import WrongPrediction


class Case:
    def __init__(self, k, intercept, seed=0, n=9, m=6, d=5):
        rng = np.random.default_rng(seed)
        self.rng, self.intercept = rng, intercept
        self.Z, self.Z_v = rng.normal(size=(n, d)), rng.normal(size=(m, d))
        self.theta = rng.normal(size=(d + intercept, k))
        self.columns = rng.integers(k, size=m)
        self.logits, self.logits_v = self.one(self.Z) @ self.theta, self.one(self.Z_v) @ self.theta

    def one(self, Z):
        return np.c_[Z, np.ones(len(Z))] if self.intercept else Z

    def loss(self, theta):
        L = log_softmax(self.one(self.Z_v) @ theta, axis=1)
        return -L[np.arange(len(L)), self.columns].sum()


CASES = pytest.mark.parametrize(("k", "intercept"), [(2, True), (2, False), (4, True), (4, False)])


@CASES
@pytest.mark.parametrize("rate", [1e-3, 0.5, 100.0])
def test_exact_is_the_loop(k, intercept, rate):
    case = Case(k, intercept)
    expected = []
    for z in case.one(case.Z):
        theta = case.theta.copy()
        label = np.eye(k)[(z @ theta).argmax()]
        for _ in range(3):
            theta -= rate * np.outer(z, softmax(z @ theta) - label)
        expected.append(case.loss(theta) - case.loss(case.theta))
    for kind in (np.asarray, sparse.csr_matrix):
        found = exact_rises(
            kind(case.Z),
            case.logits,
            kind(case.Z_v),
            case.logits_v,
            case.columns,
            intercept,
            3,
            rate,
        )
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@CASES
def test_approximate_is_the_product_of_gradients(k, intercept):
    case = Case(k, intercept)
    P, P_v = softmax(case.logits, axis=1), softmax(case.logits_v, axis=1)
    wanted = sum(
        np.outer(z, p - np.eye(k)[y]) for z, p, y in zip(case.one(case.Z_v), P_v, case.columns)
    )
    own = [np.outer(z, p - np.eye(k)[p.argmax()]) for z, p in zip(case.one(case.Z), P)]
    expected = [-(wanted * g).sum() for g in own]
    found = approximate_rises(case.Z, P, case.Z_v, P_v, case.columns, intercept)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    # the influence of the predicted label with H = I, negated
    influence = linear_scores(case.Z, P, wanted, intercept, "predicted")
    np.testing.assert_allclose(found, -influence)
    # and what small steps come to
    small = exact_rises(
        case.Z, case.logits, case.Z_v, case.logits_v, case.columns, intercept, 1, 1e-6
    )
    np.testing.assert_allclose(small / 1e-6, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("intercept", [True, False])
def test_dense_outputs(intercept):
    rng = np.random.default_rng(0)
    n, t, d, k, m = 4, 6, 3, 3, 2
    Z, Z_v = rng.normal(size=(n, t, d)), rng.normal(size=(m, t, d))
    theta, last = rng.normal(size=(d, k)), rng.normal(size=k) * intercept
    y = rng.integers(k, size=(m, t))

    def losses(theta, last):
        L = log_softmax(Z_v @ theta + last, axis=2)
        return -np.take_along_axis(L, y[:, :, None], axis=2)[:, :, 0]

    logits, logits_v = Z @ theta + last, Z_v @ theta + last
    expected = []
    for z, eta in zip(Z, logits):
        labels = np.eye(k)[eta.argmax(axis=1)]
        moved, shifted = theta.copy(), last.copy()
        for _ in range(3):
            slope = softmax(z @ moved + shifted, axis=1) - labels
            moved, shifted = (
                moved - 0.1 * z.T @ slope,
                shifted - 0.1 * intercept * slope.sum(axis=0),
            )
        rise = losses(moved, shifted) - losses(theta, last)
        expected.append(rise[rise > 0].mean() if (rise > 0).any() else 0)
    found = dense_rises(Z, logits, Z_v, logits_v, y, intercept, rate=0.1)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    P, P_v = softmax(logits, axis=2), softmax(logits_v, axis=2)
    by_position = approximate_rises(
        Z.reshape(-1, d),
        P.reshape(-1, k),
        Z_v.reshape(-1, d),
        P_v.reshape(-1, k),
        y.ravel(),
        intercept,
    )
    found = dense_rises(Z, logits, Z_v, logits_v, y, intercept, steps=0)
    np.testing.assert_allclose(found, by_position.reshape(n, t).sum(axis=1))
    certain = np.array([[[50.0, 0, 0]] * t])
    nothing = dense_rises(Z[:1], certain, Z_v, logits_v, y, intercept)
    np.testing.assert_allclose(nothing, 0, atol=1e-12)


@pytest.fixture(params=["linear", "perceptron"])
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
