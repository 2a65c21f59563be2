"""Of which kind an estimator is."""

from typing import Any

from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline


def is_net(estimator: Any) -> bool:
    """Whether this is a net under skorch."""
    return any(kind.__module__.startswith("skorch.") for kind in type(estimator).__mro__)


def wraps_net(estimator: Any) -> bool:
    """Whether this is a net under skorch, or a pipeline or a search around one."""
    while not is_net(estimator):
        if isinstance(estimator, Pipeline):
            estimator = estimator.steps[-1][1]
        elif isinstance(estimator, BaseSearchCV):
            estimator = estimator.estimator
        else:
            return False
    return True
