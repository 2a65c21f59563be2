"""Deviations of predictions as utilities; of a Gaussian process, batches that are exact."""

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor, VotingRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import BayesianRidge, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.strategies import Margin, PredictiveStd, Random, Sequential, Shortlist

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 2))
TRUTH = np.sin(X[:, 0]) + X[:, 1] ** 2
Y = np.where(np.arange(50) < 8, TRUTH, np.nan)
KERNEL = 1.0 * RBF(1.0) + WhiteKernel(0.1)
PROCESS = GaussianProcessRegressor(KERNEL, alpha=0.05, optimizer=None)


def test_utilities_are_deviations():
    learner = ActiveLearner(BayesianRidge(), PredictiveStd()).fit(X, Y)
    expected = learner.estimator_.predict(X, return_std=True)[1]
    np.testing.assert_array_equal(learner.query_utilities()[8:], expected[8:])
    assert learner.query() == 8 + expected[8:].argmax()
    state = learner.query_state()
    np.testing.assert_array_equal(state.pool.part([3, 1]).std, expected[[11, 9]])
    assert state.pool.std[3] == state.pool.part([3]).std  # kept, and cut


def test_a_pair_of_quantile_models_as_surrogate():
    low, high = (
        HistGradientBoostingRegressor(loss="quantile", quantile=q, max_iter=9, min_samples_leaf=2)
        for q in (0.16, 0.84)
    )
    pair = VotingRegressor([("low", low), ("high", high)])
    learner = ActiveLearner(Ridge(), PredictiveStd(), surrogate=pair).fit(X, Y)
    low, high = learner.surrogate_.estimators_
    expected = np.abs(high.predict(X) - low.predict(X)) / 2
    np.testing.assert_allclose(learner.query_utilities()[8:], expected[8:], atol=1e-12)


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize(
    "model",
    [
        PROCESS,
        make_pipeline(StandardScaler(), PROCESS),
        TransformedTargetRegressor(PROCESS, transformer=StandardScaler()),
    ],
    ids=["process", "pipeline", "target"],
)
def test_a_batch_of_a_process_is_that_of_refits(model, step):
    learner = ActiveLearner(model, Sequential(PredictiveStd(), step=step)).fit(X, Y)
    picks = learner.query(batch_size=6)
    Z = learner.estimator_[:-1].transform(X) if hasattr(learner.estimator_, "steps") else X
    known = list(range(8))
    while len(known) < 14:  # whatever the labels are
        process = GaussianProcessRegressor(KERNEL, alpha=0.05, optimizer=None)
        process.fit(Z[known], RNG.normal(size=len(known)))
        std = process.predict(Z, return_std=True)[1]
        std[known] = -1
        known += np.argsort(-std)[:step].tolist()
    assert picks.tolist() == known[8:]
    assert sorted(picks[:step]) == sorted(
        ActiveLearner(model, PredictiveStd()).fit(X, Y).query(None, step)
    )


def test_what_sequential_refuses():
    def query(model, strategy):
        return ActiveLearner(model, strategy).fit(X, Y).query(batch_size=3)

    with pytest.raises(ValueError, match=r"only the deviations are known to move: use Sequential"):
        query(PROCESS, Sequential(Random()))
    with pytest.raises(ValueError, match="without ridge="):
        query(PROCESS, Sequential(PredictiveStd(), ridge=1.0))
    with pytest.raises(MemoryError, match=r"42 candidates take .* max_memory=1.0e\+03"):
        query(PROCESS, Sequential(PredictiveStd(), max_memory=1e3))
    with pytest.raises(ValueError, match="does not affect deviations of the model"):
        query(BayesianRidge(), Sequential(PredictiveStd()))


def test_a_shortlist_by_deviations():
    learner = ActiveLearner(RandomForestRegressor(9, random_state=0), batch_size=3)
    learner.set_params(strategy=Shortlist(Random(), by=PredictiveStd(), factor=2)).fit(X, Y)
    best = np.argsort(
        -learner.estimator_.predict(X[8:]) * 0
        - np.std([tree.predict(X[8:]) for tree in learner.estimator_.estimators_], axis=0),
        kind="stable",
    )
    assert set(learner.query()) <= set(8 + best[:6])


def test_a_model_that_tells_none_is_refused_in_fit():
    with pytest.raises(ValueError, match=r"Ridge has none: use a regressor whose predict takes"):
        ActiveLearner(Ridge(), PredictiveStd()).fit(X, Y)
    with pytest.raises(ValueError, match="needs a model"):
        ActiveLearner(BayesianRidge(), Random(), initial=PredictiveStd()).fit(X, Y)
    assert PredictiveStd().needs.isdisjoint(Margin().needs - {"model"})
