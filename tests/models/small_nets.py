"""A small net under skorch, with dropout and endings of several kinds."""

import numpy as np
import pytest

from tests.models.problems import X
from tests.models.problems import Y as LABELS

torch = pytest.importorskip("torch", reason="nets need torch")
skorch = pytest.importorskip("skorch", reason="nets need skorch")

__all__ = ["F32", "LABELS", "SmallNet", "small_net"]

F32 = X.astype(np.float32)


class SmallNet(torch.nn.Module):
    def __init__(self, end="logits", outputs=3):
        super().__init__()
        self.hidden = torch.nn.Linear(6, 5)
        self.drop = torch.nn.Dropout(0.5)
        self.head = torch.nn.Linear(5, outputs)
        self.end = end

    def forward(self, x):
        logits = self.head(self.drop(torch.relu(self.hidden(x))))
        ends = {
            "softmax": lambda: logits.softmax(1),
            "log": lambda: logits.log_softmax(1),
            "squeeze": lambda: logits.squeeze(-1),
            "tanh": lambda: torch.tanh(logits),
        }
        return ends.get(self.end, lambda: logits)()


def small_net(cls=None, **kwargs):
    kwargs = {
        "criterion": torch.nn.CrossEntropyLoss,
        "max_epochs": 3,
        "verbose": 0,
        "train_split": None,
        **kwargs,
    }
    torch.manual_seed(0)
    return (cls or skorch.NeuralNetClassifier)(SmallNet, **kwargs)
