"""Comparisons of seconds."""

from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from skal.experiments import compare
from skal.strategies import Margin, Random

IRIS = load_iris(return_X_y=True)
MODEL = LogisticRegression(max_iter=500)
BOTH = {"Random": Random(), "Margin": Margin()}
TIMES = ["query_seconds", "fit_seconds"]


def small(strategies=BOTH, estimators=MODEL, data=IRIS, **changes):
    """A comparison of seconds."""
    settings = {"seeds": 2, "budget": 24, "batch_size": 8, "progress": False} | changes
    return compare(strategies, estimators, data, **settings)
