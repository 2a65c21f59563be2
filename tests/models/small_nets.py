"""A small net under skorch, with dropout and endings of several kinds."""

import numpy as np
import pytest

from tests.models.problems import X
from tests.models.problems import Y as LABELS

torch = pytest.importorskip("torch", reason="nets need torch")
skorch = pytest.importorskip("skorch", reason="nets need skorch")

__all__ = ["F32", "LABELS", "MapNet", "SmallNet", "map_net", "small_net"]

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
    return (cls or skorch.NeuralNetClassifier)(kwargs.pop("module", SmallNet), **kwargs)


class MapNet(torch.nn.Module):
    """Class scores at every pixel, from a last layer of several kinds."""

    def __init__(self, head=None, end="logits"):
        super().__init__()
        self.first = torch.nn.Conv2d(1, 8, 3, padding=1)
        self.norm = torch.nn.BatchNorm2d(8)
        self.drop = torch.nn.Dropout(0.3)
        self.second = torch.nn.Conv2d(8, 5, 3, padding=1)
        self.head = torch.nn.Conv2d(5, 3, 1) if head is None else head
        self.end = end

    def forward(self, x):
        x = self.drop(torch.relu(self.norm(self.first(x))))
        x = torch.relu(self.second(x))
        if isinstance(self.head, torch.nn.Linear):
            logits = self.head(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        else:
            logits = self.head(x)
        ends = {
            "softmax": lambda: logits.softmax(1),
            "log": lambda: logits.log_softmax(1),
            "enlarged": lambda: torch.nn.functional.interpolate(logits, scale_factor=2.0),
            "one": lambda: logits[:, :1],
        }
        return ends.get(self.end, lambda: logits)()


def map_net(cls=None, **kwargs):
    """A net whose output is a map."""
    return small_net(cls, **{"module": MapNet, "lr": 0.3, "max_epochs": 10, **kwargs})
