"""Probabilities of nets, a column for every class that is known."""

import numpy as np
import pytest

from skal import ActiveLearner
from skal.models import last_layer
from skal.strategies import Margin
from tests.models.small_nets import F32, LABELS, small_net, torch


def test_log_softmax_under_nll_loss_is_refused():
    one = small_net(module__end="log", criterion=torch.nn.NLLLoss)
    with pytest.raises(ValueError, match="wants criterion=CrossEntropyLoss"):
        ActiveLearner(one, Margin(), missing_label=-1, random_state=0).fit(
            F32, np.where(np.arange(120) < 40, LABELS, -1)
        ).query(F32)


def test_views_leave_spare_outputs_out():
    y = np.where(np.arange(120) < 60, LABELS, np.nan)
    learner = ActiveLearner(small_net(module__outputs=8), random_state=0).fit(F32, y)
    pool = learner.query_state().pool
    assert pool.last_layer.classes.tolist() == [0, 1, 2]
    np.testing.assert_allclose(pool.last_layer.proba, pool.proba, atol=1e-6)


def test_spare_outputs():
    one = small_net(module__outputs=8).fit(F32, LABELS)
    layer = last_layer(one, F32)
    assert layer.classes.tolist() == list(range(8))
    assert layer.proba.shape == (120, 8)
