"""Views of rows that are maps: numbers a row, averaged over positions."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.kernels.uncertainty import entropy, margin
from skal.strategies import Random
from tests.models.drawn_maps import K, drawn_maps, some_known

X, MAPS = drawn_maps()


def test_rows_with_one_label():
    state = ActiveLearner(LogisticRegression()).fit([[0.0], [1], [0.2]], [0, 1, None]).query_state()
    pool = state.pool
    assert not pool.is_map
    np.testing.assert_array_equal(pool.rate(margin), margin(pool.proba))
    Z, U, intercept = pool.gradients()
    assert Z is pool.last_layer.features
    assert U.shape == (1, 2)
    assert intercept


@pytest.fixture(scope="module")
def pool():
    pytest.importorskip("torch", reason="nets need torch")
    pytest.importorskip("skorch", reason="nets need skorch")
    from tests.models.small_nets import map_net

    learner = ActiveLearner(map_net(max_epochs=3), Random(), random_state=0)
    return learner.fit(X, some_known(MAPS, 4)).query_state().pool


def test_means_over_positions(pool):
    assert pool.is_map
    assert pool.proba.shape == (20, K, 6, 7)
    expected = [
        np.mean([entropy(P[None, :, a, b]) for a in range(6) for b in range(7)]) for P in pool.proba
    ]
    np.testing.assert_allclose(pool.rate(entropy), expected, rtol=1e-6)
    np.testing.assert_array_equal(pool.prediction, pool.proba.argmax(axis=1))
    with config_context(working_memory=0.02):
        np.testing.assert_allclose(pool.rate(entropy), expected, rtol=1e-5)


def test_draws(pool):
    D = pool.draws(4)
    assert D.shape == (4, 20, K, 6, 7)
    assert not np.allclose(D[0], D[1])
    rated = pool.rate(lambda P: P.mean(axis=0)[:, 0], draws=20)
    np.testing.assert_allclose(rated, pool.draws(20).mean(axis=(0, 3, 4))[:, 0], atol=0.1)


def test_gradients_are_those_of_the_mean_loss(pool):
    import torch
    from torch.nn.functional import cross_entropy

    Z, U, intercept = pool.gradients()
    assert not intercept
    np.testing.assert_array_equal(U, np.ones((20, 1)))
    module = pool.model.module_.eval()
    for x, found in zip(X[pool.rows], Z):
        scores = module(torch.tensor(x)[None])
        loss = cross_entropy(scores, scores.argmax(1))
        weight, bias = torch.autograd.grad(loss, list(module.head.parameters()))
        expected = torch.cat([weight[:, :, 0, 0].T.flatten(), bias])
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-4)


def test_features_are_means_and_parts_keep_them(pool):
    mean = np.concatenate([layer.features.mean(1) for layer in pool.positions()])
    np.testing.assert_allclose(pool.features, mean, rtol=1e-5)
    part = pool.part(np.array([3, 1]))
    assert "_pooled" in vars(part)
    np.testing.assert_array_equal(part.features, pool.features[[3, 1]])
    np.testing.assert_allclose(part.rate(margin), pool.rate(margin)[[3, 1]], rtol=1e-5)
    with pytest.raises(TypeError, match=r"last layer at every position: use positions\(\)"):
        _ = pool.last_layer


def test_positions_of_classes_that_are_known(pool):
    two = np.where(MAPS == 2, -1, MAPS)
    net = pool.model.__class__(**pool.model.get_params(deep=False))
    state = ActiveLearner(net, Random(), random_state=0).fit(X, some_known(two, 4)).query_state()
    (layer,) = state.pool.positions()
    np.testing.assert_array_equal(layer.classes, [0, 1])
    assert layer.weights.shape == (6, 2)
    np.testing.assert_allclose(layer.proba.sum(-1), 1, rtol=1e-5)
