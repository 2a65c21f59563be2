"""`Sequential`: what a strategy sees after rows have been assumed to be labelled."""

import numpy as np
import pytest
from scipy import sparse
from scipy.special import softmax
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge

from skal import ActiveLearner
from skal.kernels.softmax import contrasts
from skal.state.moved import assume
from skal.strategies import (
    Bald,
    CoreSet,
    GoalInfluence,
    GoalRetraining,
    GreedySampling,
    Margin,
    QueryByCommittee,
    Sequential,
)
from skal.strategies._goals.hessian import Curvature


def inverse_of(state):
    return Curvature(state, ridge=None, max_memory=5e8, who="Sequential").inverse


def digits(n_labelled, kind=np.asarray, classes=10, **kwargs):
    X, y = load_digits(return_X_y=True)
    X, y = X[y < classes] / 16, y[y < classes]
    known = np.where(np.arange(200) < n_labelled, y[:200], np.nan)
    model = LogisticRegression(tol=1e-8, max_iter=5000)
    learner = ActiveLearner(model, Margin(), random_state=0, **kwargs)
    return learner.fit(kind(X[:200]), known, X_val=kind(X[200:250]), y_val=y[200:250])


def dense(P):
    return np.diag(P) - np.outer(P, P)


class Slow:
    """The objective with assumed rows as quadratics, all weights at once, by dense solves."""

    def __init__(self, learner):
        state = learner.query_state()
        layer = state.labelled.last_layer
        k = layer.weights.shape[1]
        self.wide = np.kron(np.eye(len(layer.weights)), contrasts(k, layer.proba))
        self.theta, self.k = layer.weights.copy(), k
        Z = layer.features.toarray() if sparse.issparse(layer.features) else layer.features
        Z = np.c_[Z, np.ones(len(Z))]
        H = sum(np.kron(np.outer(z, z), dense(p)) for z, p in zip(Z, layer.proba))
        H = H + np.kron(np.diag(layer.ridge), np.eye(k))
        self.H = self.wide.T @ H @ self.wide

    def assume(self, x):
        z = np.r_[x, 1]
        target = np.eye(self.k)[(z @ self.theta).argmax()]
        delta = np.zeros(len(self.H))
        for _ in range(50):  # until Newton's steps are of the size of rounding
            p = softmax(z @ (self.theta + (self.wide @ delta).reshape(self.theta.shape)))
            gradient = self.H @ delta + self.wide.T @ np.kron(z, p - target)
            new = self.wide.T @ np.kron(np.outer(z, z), dense(p)) @ self.wide
            step = np.linalg.solve(self.H + new, gradient)
            delta = delta - step
            if abs(step).max() < 1e-13:
                break
        self.theta = self.theta + (self.wide @ delta).reshape(self.theta.shape)
        self.H = self.H + new


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize(("n_labelled", "classes"), [(40, 10), (90, 3), (30, 2)])
def test_margins_after_each_pick_are_those_of_dense_solves(n_labelled, classes, kind):
    learner = digits(n_labelled, kind, classes)
    slow, expected = Slow(learner), []
    X = load_digits().data[load_digits().target < classes] / 16
    left = np.arange(n_labelled, 200)
    for _ in range(6):
        P = np.sort(softmax(np.c_[X[left], np.ones(len(left))] @ slow.theta, axis=1), axis=1)
        expected.append(left[np.argmin(P[:, -1] - P[:, -2])])
        left = left[left != expected[-1]]
        slow.assume(X[expected[-1]])
    learner.set_params(strategy=Sequential(Margin())).fit(
        learner._session.training.X,
        np.where(np.arange(200) < n_labelled, learner._session.training.y, np.nan),
    )
    np.testing.assert_array_equal(learner.query(batch_size=6), expected)
    state = learner.query_state()
    picks = np.array(expected) - n_labelled
    moved = state
    for pick in picks:
        moved = assume(moved, inverse_of(moved), np.array([pick]))
    np.testing.assert_allclose(moved.pool.last_layer.weights, slow.theta, rtol=1e-6, atol=1e-8)
    F = np.c_[X[n_labelled:200], np.ones(200 - n_labelled)] @ slow.theta
    np.testing.assert_allclose(moved.pool.proba, softmax(F, axis=1), atol=1e-8)
    np.testing.assert_allclose(moved.pool.decision, F, atol=1e-7)


def test_what_a_strategy_sees():
    learner = digits(60)
    state = learner.query_state()
    before = state.pool.prediction[[3, 7]]
    inverse = inverse_of(state)
    moved = assume(state, inverse, np.array([3, 7]))
    assert len(moved.labelled) == 62
    np.testing.assert_array_equal(moved.labelled.y[-2:], before)
    np.testing.assert_array_equal(moved.labelled.X[-2:], state.pool.X[[3, 7]])
    np.testing.assert_array_equal(moved.labelled.features[-2:], state.pool.features[[3, 7]])
    assert len(moved.candidates) == 138
    P = moved.pool.proba
    assert (P[[3, 7]].max(axis=1) > state.pool.proba[[3, 7]].max(axis=1)).all()
    np.testing.assert_allclose(moved.view(state.pool.X).proba, P)
    assert not np.allclose(moved.holdout.proba, state.holdout.proba)
    part = moved.pool.part(np.array([5, 3]))
    for view in (part, moved.pool.part(np.arange(9)).part(np.array([5, 3]))):
        np.testing.assert_allclose(view.proba, P[[5, 3]])
        np.testing.assert_allclose(view.last_layer.proba, P[[5, 3]])
        np.testing.assert_array_equal(view.rows, state.pool.rows[[5, 3]])
        np.testing.assert_array_equal(view.prediction, state.classes[P[[5, 3]].argmax(axis=1)])
    again = assume(moved, moved.inverse_hessian, np.array([9]))
    assert len(again.labelled) == 63
    np.testing.assert_allclose(state.pool.proba, learner.predict_proba(state.pool.X))  # untouched


def test_another_pool():
    learner = digits(60)
    X = load_digits().data[300:360] / 16
    learner.set_params(strategy=Sequential(GoalInfluence("entropy", target=20))).fit(
        learner._session.training.X,
        np.where(np.arange(200) < 60, learner._session.training.y, np.nan),
    )
    assert len(set(learner.query(X, batch_size=4))) == 4
    state = learner.query_state(X)
    moved = assume(state, inverse_of(state), np.array([1]))
    np.testing.assert_array_equal(moved.labelled.X[-1], X[1])


@pytest.mark.parametrize("order", ["newton", "linear"])
def test_influences_go_on_from_the_moved_state(order):
    """The second pick is that of a state built from scratch with the assumed row."""
    learner = digits(60)
    state = learner.query_state()
    strategy = GoalInfluence("holdout", "mean", order=order)
    picks = Sequential(strategy).select(state, 3)
    slow, expected = Slow(learner), []
    state = learner.query_state()
    for _ in range(3):
        pick = strategy.select(state, 1)
        expected.append(pick[0])
        slow.assume(state.pool.X[pick[0]])
        state = assume(state, inverse_of(state), pick)
        seen = state.inverse_hessian.seen_by(state.pool.X[:5])
        q = slow.k - 1
        for N, x in zip(seen, state.pool.X[:5]):
            z = np.kron(np.r_[x, 1][:, None], np.eye(q))
            np.testing.assert_allclose(N, z.T @ np.linalg.solve(slow.H, z), rtol=1e-5, atol=1e-8)
    np.testing.assert_array_equal(picks, expected)


def test_a_batch_does_not_repeat_itself():
    """Two rows alike: the second teaches nothing more, and is left."""
    X = np.r_[np.random.default_rng(0).normal(size=(40, 2)), [[3, 0.1], [3, 0.1], [-3, 0.1]]]
    y = (X[:, 1] > 0) * 1.0
    y[20:] = np.nan
    learner = ActiveLearner(LogisticRegression(), GoalInfluence("entropy", "expected"))
    state = learner.fit(X, y).query_state()
    assert {20, 21} <= set(Sequential(Margin(), step=23).select(state, 23))
    for step in (1, 2, 5):
        assert len(set(Sequential(Margin(), step=step).select(state, 5))) == 5


def test_a_regression_takes_rows_in():
    """Greedy by predictive variance: each pick that of H with the rows before, inverted."""
    rng = np.random.default_rng(0)
    for n_labelled in (4, 20):
        X = rng.normal(size=(50, 8))
        y = np.where(np.arange(50) < n_labelled, X[:, 0], np.nan)
        learner = ActiveLearner(Ridge(), Sequential(GoalInfluence("variance"))).fit(X, y)
        one = np.c_[X, np.ones(50)]
        H = one[:n_labelled].T @ one[:n_labelled] + np.diag(np.r_[np.ones(8), 0])
        left, expected = list(range(n_labelled, 50)), []
        for _ in range(5):
            pool = one[n_labelled:]
            values = [
                np.trace(pool @ np.linalg.solve(H + np.outer(one[i], one[i]), pool.T)) for i in left
            ]
            expected.append(left.pop(int(np.argmin(values))))
            H = H + np.outer(one[expected[-1]], one[expected[-1]])
        np.testing.assert_array_equal(learner.query(batch_size=5), expected)
        learner = ActiveLearner(Ridge(), Sequential(GreedySampling())).fit(X, y)
        assert len(set(learner.query(batch_size=5))) == 5


@pytest.mark.parametrize(
    ("strategy", "what"),
    [(GoalRetraining("entropy", size=2), "a refit"), (QueryByCommittee(2), "a refit")],
)
def test_what_would_not_see_the_move_is_refused(strategy, what):
    state = digits(30, classes=2).query_state()
    assert len(Sequential(strategy).select(state, 1)) == 1
    with pytest.raises(ValueError, match=f"does not affect {what}"):
        Sequential(strategy).select(state, 2)
    inverse = inverse_of(state)
    with pytest.raises(ValueError, match="does not affect draws of the model"):
        assume(state, inverse, np.array([0])).pool.draws(5)


def test_what_cannot_be(blobs):
    X, _, y = blobs
    for strategy, says in (
        (Sequential(Margin(), step=0), "'step' parameter of Sequential must be an int"),
        (Sequential(Margin(), ridge=0), "'ridge' parameter of Sequential must be a float"),
        (Sequential(3), "is not a strategy"),
    ):
        with pytest.raises((ValueError, TypeError), match=says):
            ActiveLearner(LogisticRegression(), strategy).fit(X, y)
    with pytest.raises(ValueError, match="needs a last layer"):
        ActiveLearner(RandomForestClassifier(), Sequential(Bald())).fit(X, y)
    state = digits(60).query_state()
    with pytest.raises(ValueError, match="max_memory of Sequential is 1"):
        Sequential(Margin(), max_memory=10).select(state, 2)
    assert len(Sequential(CoreSet()).select(state, 3)) == 3


def test_too_few_candidates():
    state = digits(60).query_state()
    few = state.restrict(state.candidates[:2])
    with pytest.raises(ValueError, match=r"Margin\(\) has 2 rows to give, and 3 were asked for"):
        Sequential(Margin()).select(few, 3)
