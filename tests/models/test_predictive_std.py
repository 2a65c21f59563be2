"""Standard deviations of predicted numbers, against what estimators say one by one."""

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import ARDRegression, BayesianRidge, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal.models import has_std, predictive_std

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = 2 + np.exp(X[:, 0]) + RNG.normal(size=60) ** 2
PROCESS = GaussianProcessRegressor(alpha=0.1, optimizer=None)


@pytest.mark.parametrize("model", [BayesianRidge(), ARDRegression(), PROCESS])
def test_what_predict_returns(model):
    model.fit(X[:20], Y[:20])
    expected = model.predict(X, return_std=True)[1]
    assert has_std(model)
    np.testing.assert_array_equal(predictive_std(model, X), expected)


def test_of_what_is_inside():
    scaler = StandardScaler().fit(X)
    expected = (
        BayesianRidge().fit(scaler.transform(X), Y).predict(scaler.transform(X), return_std=True)[1]
    )
    pipeline = make_pipeline(StandardScaler(), "passthrough", BayesianRidge()).fit(X, Y)
    search = GridSearchCV(pipeline, {"bayesianridge__max_iter": [300]}, cv=2).fit(X, Y)
    for model in (pipeline, search):
        assert has_std(model)
        np.testing.assert_allclose(predictive_std(model, X), expected)


def test_of_a_linear_transformation_it_is_exact():
    model = TransformedTargetRegressor(PROCESS, transformer=StandardScaler()).fit(X[:20], Y[:20])
    scaled = (Y[:20] - Y[:20].mean()) / Y[:20].std()
    _, std = PROCESS.fit(X[:20], scaled).predict(X, return_std=True)
    np.testing.assert_allclose(predictive_std(model, X), std * Y[:20].std())


def test_of_a_logarithm_it_is_half_of_the_interval():
    model = TransformedTargetRegressor(BayesianRidge(), func=np.log, inverse_func=np.exp)
    model.fit(X, Y)
    mean, std = BayesianRidge().fit(X, np.log(Y)).predict(X, return_std=True)
    expected = [(np.exp(m + s) - np.exp(m - s)) / 2 for m, s in zip(mean, std)]
    np.testing.assert_allclose(predictive_std(model, X), expected)


@pytest.mark.parametrize(
    "model",
    [
        RandomForestRegressor(30, random_state=0),
        BaggingRegressor(Ridge(), 5, random_state=0),
        VotingRegressor([("ridge", Ridge()), ("bayes", BayesianRidge())]),
    ],
)
def test_of_an_ensemble_all_members_count(model):
    model.fit(X, Y)
    assert has_std(model)
    expected = np.std([member.predict(X) for member in model.estimators_], axis=0)
    np.testing.assert_allclose(predictive_std(model, X), expected)


def test_a_pair_of_quantiles_is_half_as_far_apart():
    low, high = (
        HistGradientBoostingRegressor(loss="quantile", quantile=q, max_iter=5) for q in (0.16, 0.84)
    )
    pair = VotingRegressor([("low", low), ("high", high)]).fit(X, Y)
    distance = high.fit(X, Y).predict(X) - low.fit(X, Y).predict(X)
    np.testing.assert_allclose(predictive_std(pair, X), np.abs(distance) / 2, atol=1e-12)


def test_of_several_outputs_variances_add_up():
    Y2 = np.column_stack([Y, 3 * Y + X[:, 1]])
    model = GaussianProcessRegressor(optimizer=None, alpha=0.1, normalize_y=True).fit(
        X[:20], Y2[:20]
    )
    _, std = model.predict(X, return_std=True)
    expected = np.sqrt(std[:, 0] ** 2 + std[:, 1] ** 2)
    np.testing.assert_allclose(predictive_std(model, X), expected)


@pytest.mark.parametrize(
    "model",
    [Ridge(), GradientBoostingRegressor(n_estimators=2), StackingRegressor([("a", Ridge())])],
)
def test_who_tells_none(model):
    assert not has_std(model.fit(X, Y))
