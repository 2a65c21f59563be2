"""Batches of large and diverse gradients."""

import numpy as np
import pytest

from skal import ActiveLearner
from skal.strategies import Badge


def test_a_net_without_a_softmax_raises_the_error_of_its_probabilities():
    torch, skorch = pytest.importorskip("torch"), pytest.importorskip("skorch")
    X = np.random.default_rng(0).normal(size=(100, 4)).astype(np.float32)
    y = np.where(np.arange(100) < 20, np.arange(100) % 2, -1)

    def asked(criterion):
        torch.manual_seed(0)
        net = skorch.NeuralNetClassifier(
            torch.nn.Linear, module__in_features=4, module__out_features=2, criterion=criterion,
            max_epochs=1, verbose=0, train_split=None,
        )  # fmt: skip
        return (
            ActiveLearner(net, Badge(), missing_label=-1, random_state=0)
            .fit(X, y)
            .query(batch_size=5)
        )

    assert len(asked(torch.nn.CrossEntropyLoss)) == 5
    with pytest.raises(ValueError, match="probabilities that are"):
        asked(torch.nn.NLLLoss)
