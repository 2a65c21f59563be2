"""Replays of irises."""

import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Entropy, Margin, Random

X, TRUTH = load_iris(return_X_y=True)
STRATEGIES = [Random(), Margin(), Entropy()]
SCORERS = ["accuracy", "neg_log_loss", "roc_auc_ovr"]


def learner(**kwargs):
    kwargs = {"replay_budget": 20, "batch_size": 5, "random_state": 0, **kwargs}
    return ActiveLearner(LogisticRegression(max_iter=1000), **kwargs)


def partly(known=90):
    """y with labels for some rows only."""
    rows = np.random.default_rng(0).permutation(len(TRUTH))[known:]
    y = TRUTH.astype(float)
    y[rows] = np.nan
    return y
