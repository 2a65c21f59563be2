"""The settings of picks.py: models, containers of X, and forms of query."""

from typing import Any, NamedTuple

import numpy as np
import skorch
import torch
from picks_strategies import COUNTED, FOREST, GOALS, STRATEGIES
from scipy.sparse import csr_matrix
from sklearn.datasets import make_blobs
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import BaggingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skal.nets import PriorThreshold

POOL = 120  # rows of X; the others are the holdout
ALL_X, CLASSES = make_blobs(POOL + 30, 6, centers=3, cluster_std=4.5, random_state=0)
ALL_X /= 6
NOISE = np.random.default_rng(0).normal(size=len(ALL_X))
NUMBERS = np.sin(2 * ALL_X[:, 0]) + ALL_X[:, 1] / 2 + NOISE / 4
TARGETS = {"classes": CLASSES, "two": np.minimum(CLASSES, 1), "numbers": NUMBERS}


class Net(torch.nn.Sequential):
    """A small net with dropout."""

    def __init__(self, outputs):
        first, last = torch.nn.Linear(6, 8), torch.nn.Linear(8, outputs)
        super().__init__(first, torch.nn.ReLU(), torch.nn.Dropout(0.2), last)


def net(kind, outputs, criterion):
    """The net under skorch."""
    adam, quiet = torch.optim.Adam, {"verbose": 0, "train_split": None}
    one = kind(Net, criterion=criterion, optimizer=adam, max_epochs=5, lr=0.03, **quiet)
    return one.set_params(module__outputs=outputs)


class Setting(NamedTuple):
    """A model, what it learns, the kind of X, and how rows are asked for."""

    model: Any
    target: str = "classes"
    container: Any = np.asarray
    way: str = "loop"  # or "pool" (one of its own), "replay", "initial"
    surrogate: Any = None
    strategies: dict = STRATEGIES


def single(X):
    """X in float32."""
    return X.astype(np.float32)


def tensor(X):
    """X as a tensor."""
    return torch.as_tensor(single(X))


LOGISTIC = LogisticRegression(max_iter=300)
BALANCED = LogisticRegression(max_iter=300, class_weight="balanced")
PIPELINE = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
MLPS = [
    kind(hidden_layer_sizes=(8,), max_iter=12, random_state=0)
    for kind in (MLPClassifier, MLPRegressor)
]
NET = net(skorch.NeuralNetClassifier, 3, torch.nn.CrossEntropyLoss)
NET_OF_NUMBERS = net(skorch.NeuralNetRegressor, 1, torch.nn.MSELoss)
SETTINGS = {
    "logistic": Setting(LOGISTIC),
    "logistic, two classes": Setting(LOGISTIC, "two"),
    "SVC": Setting(SVC()),
    "pipeline": Setting(PIPELINE),
    "MLP": Setting(MLPS[0]),
    "forest": Setting(FOREST),
    "forest, surrogate": Setting(FOREST, surrogate=LOGISTIC),
    "net": Setting(NET, container=single),
    "net, tensor": Setting(NET, container=tensor),
    "logistic, float32": Setting(LOGISTIC, container=single),
    "logistic, sparse": Setting(LOGISTIC, container=csr_matrix),
    "logistic, own pool": Setting(LOGISTIC, way="pool"),
    "logistic, replay": Setting(LOGISTIC, way="replay"),
    "logistic, initial": Setting(LOGISTIC, way="initial"),
    "Ridge": Setting(Ridge(), "numbers"),
    "MLP of numbers": Setting(MLPS[1], "numbers"),
    "bagging": Setting(BaggingRegressor(Ridge(), 4, random_state=0), "numbers"),
    "net of numbers": Setting(NET_OF_NUMBERS, "numbers", single),
    "net of numbers, tensor": Setting(NET_OF_NUMBERS, "numbers", tensor),
    "Ridge, replay": Setting(Ridge(), "numbers", way="replay"),
    "goals: logistic": Setting(LOGISTIC, strategies=GOALS),
    "goals: logistic, replay": Setting(LOGISTIC, way="replay", strategies=GOALS),
    "goals: net": Setting(NET, container=single, strategies=GOALS),
    "goals: Ridge": Setting(Ridge(), "numbers", strategies=GOALS),
    "goals: Ridge, replay": Setting(Ridge(), "numbers", way="replay", strategies=GOALS),
    "logistic, balanced": Setting(BALANCED, "two", strategies=COUNTED),
    "logistic, counted priors": Setting(PriorThreshold(LOGISTIC), "two", strategies=COUNTED),
    "both, three classes": Setting(PriorThreshold(BALANCED), strategies=COUNTED),
    "LDA": Setting(LinearDiscriminantAnalysis(), strategies=COUNTED),
}
