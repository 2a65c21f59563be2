"""Strategies of scikit-activeml as strategies of skal, so that one harness replays both."""

import warnings

import numpy as np
from skactiveml.classifier import SklearnClassifier
from sklearn.base import clone

from skal.strategies import Strategy


class Peer(Strategy):
    """Ask as a query strategy of scikit-activeml would, on the same rows with the same estimator.

    Parameters
    ----------
    query_strategy : skactiveml.base.SingleAnnotatorPoolQueryStrategy
        The strategy.
    estimator : classifier, default=None
        What it is given as its classifier; None for a strategy that wants none.
    """

    def __init__(self, query_strategy, estimator=None):
        self.query_strategy = query_strategy
        self.estimator = estimator

    def select(self, state, n):
        classes = state.classes
        labels = np.full(len(state.labelled) + len(state.candidates), np.nan)
        labels[: len(state.labelled)] = np.searchsorted(classes, state.labelled.y)
        X = np.concatenate([state.labelled.X, state.pool.X[state.candidates]])
        seed = int(state.rng.integers(2**31 - 1))
        asked = clone(self.query_strategy).set_params(random_state=seed)
        given = {}
        if self.estimator is not None:
            given["clf"] = SklearnClassifier(clone(self.estimator), classes=range(len(classes)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # theirs, of their own future
            picks = asked.query(X, labels, batch_size=n, **given)
        return state.candidates[np.asarray(picks) - len(state.labelled)]
