"""Strategies of scikit-activeml as strategies of skal, so that one harness replays both."""

import inspect
import warnings

import numpy as np
from skactiveml.classifier import SklearnClassifier
from skactiveml.regressor import SklearnNormalRegressor
from sklearn.base import clone, is_regressor

from skal.strategies import Strategy

ROLES = {"clf", "reg", "ensemble", "estimator", "discriminator"}  # what theirs call a model


class Peer(Strategy):
    """Ask as a query strategy of scikit-activeml would, on the same rows with the same estimator.

    Parameters
    ----------
    query_strategy : skactiveml.base.SingleAnnotatorPoolQueryStrategy
        The strategy; `classes`, where it has them, are set to those of the data.
    estimator : classifier or regressor, default=None
        What it is given as its model; None for a strategy that wants none.
    """

    def __init__(self, query_strategy, estimator=None):
        self.query_strategy = query_strategy
        self.estimator = estimator

    def select(self, state, n):
        X = np.concatenate([state.labelled.X, state.pool.X[state.candidates]])
        y = np.full(len(X), np.nan)
        y[: len(state.labelled)] = as_numbers(state.labelled.y, state.classes)
        n_classes = None if state.classes is None else len(state.classes)
        picks = self.question(X, y, n_classes, seed_of(state), n)()
        return state.candidates[np.asarray(picks) - len(state.labelled)]

    def question(self, X, y, n_classes, seed, n, *, fitted=False):
        """A function that asks theirs for n rows; `fitted`: of a model that is fitted already."""
        asked = clone(self.query_strategy).set_params(random_state=seed)
        if "classes" in asked.get_params():
            asked.set_params(classes=list(range(n_classes)))
        given = {}
        if self.estimator is not None:
            role = role_in(asked)
            given[role] = wrapped(self.estimator, n_classes)
            alone = "ignore_partial_fit" not in inspect.signature(asked.query).parameters
            if fitted and alone and role in ("clf", "reg", "estimator"):  # others refit it anyway
                given |= {role: given[role].fit(X, y), f"fit_{role}": False}

        def ask():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # theirs, of their own future
                return asked.query(X, y, batch_size=n, **given)

        return ask


def as_numbers(y, classes):
    """Classes as 0, 1, …; the targets of a regression as they are."""
    return y if classes is None else np.searchsorted(classes, y)


def seed_of(state):
    """A seed for who does not take a generator."""
    return int(state.rng.integers(2**31 - 1))


def role_in(asked):
    """The name under which its `query` takes a model."""
    return next(name for name in inspect.signature(asked.query).parameters if name in ROLES)


def wrapped(estimator, n_classes):
    """A plain estimator as theirs want it."""
    if is_regressor(estimator):
        return SklearnNormalRegressor(clone(estimator))
    return SklearnClassifier(clone(estimator), classes=range(n_classes))
