"""Data that break closed forms: collinear, repeated, huge and tiny features, almost no penalty."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import BayesianRidge, LinearRegression, LogisticRegression, Ridge

from skal import ActiveLearner
from skal.strategies import GoalInfluence, Margin, Sequential, WrongPrediction

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4))
THREE, TWO = (X[:, 0] + X[:, 1] > 0) + (X[:, 2] > 0.8) * 1.0, (X[:, 0] > 0) * 1.0
NUMBERS = 2 * X[:, 0] + RNG.normal(size=120)
ODD = {
    "collinear": np.c_[X, X[:, :2].sum(axis=1)],
    "repeated": np.repeat(X[:24], 5, axis=0),
    "huge": X * 1e4,
    "tiny": X * 1e-4,
    "one column": X[:, :1],
    "zeros": np.c_[X, np.zeros(120)],
    "constant": np.ones((120, 3)),
    "float32": X.astype(np.float32),
    "sparse": sparse.csr_matrix(X),
    "wide": np.c_[X, RNG.normal(size=(120, 60))],
}


def fitted(estimator, X, y, n_labelled=30):
    known = np.where(np.arange(120) < n_labelled, y, np.nan)
    learner = ActiveLearner(
        estimator, GoalInfluence("holdout"), random_state=0, validation_fraction=0.3
    )
    return learner.fit(X, known)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(("C", "y"), [(1.0, THREE), (1e6, THREE), (1e-4, TWO), (1e6, TWO)])
def test_classes(odd, C, y):
    learner = fitted(LogisticRegression(C=C, max_iter=20_000), ODD[odd], y)
    for strategy in (
        GoalInfluence("holdout"),
        GoalInfluence("fisher", "min", order="linear"),
        WrongPrediction(),
        Sequential(Margin()),
        Sequential(GoalInfluence("entropy", target=9)),
    ):
        assert len(set(strategy.select(learner.query_state(), 4))) == 4


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("model", [Ridge(), Ridge(1e-8), LinearRegression(), BayesianRidge()])
def test_numbers(odd, model):
    if odd == "sparse" and isinstance(model, BayesianRidge):
        pytest.skip("BayesianRidge takes no sparse rows")
    learner = fitted(model, ODD[odd], NUMBERS, n_labelled=12 if odd == "wide" else 30)
    for strategy in (
        GoalInfluence("holdout"),
        GoalInfluence("holdout", order="linear"),
        GoalInfluence("variance"),
        Sequential(GoalInfluence("variance")),
    ):
        assert len(set(strategy.select(learner.query_state(), 4))) == 4
