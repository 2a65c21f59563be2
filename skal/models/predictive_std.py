"""How far a regressor says that its predictions may be off: their standard deviations."""

from inspect import signature
from typing import Any

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline

from skal.models.draws import can_draw, draws
from skal.models.kinds import wraps_net

ALL = 10**6  # members: as many as there are


def has_std(estimator: Any) -> bool:
    """Whether a fitted regressor knows the deviations of its predictions."""
    if isinstance(estimator, Pipeline):
        return has_std(estimator.steps[-1][1])
    if hasattr(estimator, "best_estimator_"):
        return has_std(estimator.best_estimator_)
    if isinstance(estimator, TransformedTargetRegressor):
        return has_std(estimator.regressor_)
    return _returns_std(estimator) or (can_draw(estimator) and not wraps_net(estimator))


def predictive_std(estimator: Any, X: Any) -> np.ndarray:
    """The standard deviation (n) of each prediction; of several outputs the root of the sum of σ².

    What `predict` returns with ``return_std=True``, or the deviation of an ensemble's members.
    """
    return np.sqrt(np.square(_moments(estimator, X)[1]).sum(axis=1))


def _moments(estimator: Any, X: Any) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations of the predictions (n × outputs)."""
    if hasattr(estimator, "best_estimator_"):
        return _moments(estimator.best_estimator_, X)
    if isinstance(estimator, Pipeline):
        for _, step in estimator.steps[:-1]:
            if step not in (None, "passthrough"):
                X = step.transform(X)
        return _moments(estimator.steps[-1][1], X)
    if isinstance(estimator, TransformedTargetRegressor):
        return _transformed_back(estimator.transformer_, *_moments(estimator.regressor_, X))
    if _returns_std(estimator):
        mean, std = estimator.predict(X, return_std=True)
        return mean.reshape(len(mean), -1), std.reshape(len(std), -1)
    members = draws(estimator, X, ALL, None)
    members = members.reshape(*members.shape[:2], -1)
    return members.mean(axis=0), members.std(axis=0)


def _transformed_back(transformer: Any, mean: np.ndarray, std: np.ndarray) -> tuple:
    """Moments in the units of the targets: σ is half the length of what μ ± σ turns into.

    Of a linear transformation that is exact.
    """
    high, low = (transformer.inverse_transform(end) for end in (mean + std, mean - std))
    return transformer.inverse_transform(mean), np.abs(high - low) / 2


def _returns_std(estimator: Any) -> bool:
    return "return_std" in signature(type(estimator).predict).parameters
