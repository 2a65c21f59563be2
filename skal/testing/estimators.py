"""Estimators with which strategies are checked."""

from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge

from skal._checks import check_estimator_kind
from skal.strategies import FunctionStrategy, Strategy
from skal.strategies.wrappers.base import Wrapper

CLASSES, NUMBERS = "classes", "numbers"  # the tasks


def estimators_for(strategy: Strategy, estimator: Any = None) -> dict[str, Any]:
    """Return an estimator for each task that the strategy supports; None if there is none.

    A given estimator determines the task.
    """
    if estimator is not None:
        return {CLASSES if check_estimator_kind(estimator) else NUMBERS: estimator}
    needs = stated_needs(strategy)
    tasks = [CLASSES, NUMBERS]
    if "classifier" in needs or asks_a_function(strategy):
        tasks.remove(NUMBERS)
    if "regressor" in needs:
        tasks.remove(CLASSES)
    wanted = frozenset(needs & {"modules", "draws", "std"})
    if "draws" in needs:
        wanted |= needs & {"features", "last_layer"}
    return {task: _default(wanted, classify=task == CLASSES) for task in tasks}


def stated_needs(strategy: Strategy) -> frozenset[str]:
    """Return the needs of a strategy; none if `needs` is not a set, which `check_needs` rejects."""
    needs = strategy.needs
    return frozenset(needs) if isinstance(needs, set | frozenset) else frozenset()


def asks_a_function(strategy: Strategy) -> bool:
    """Return whether a function is, or is inside, the strategy, so that it has no `needs`."""
    if isinstance(strategy, Wrapper):
        return any(asks_a_function(inside) for _, inside in strategy.wrapped())
    return isinstance(strategy, FunctionStrategy) and not strategy.needs


@lru_cache(maxsize=16)  # one object, so that models fitted with it can be cached
def _default(needs: frozenset[str], *, classify: bool) -> Any:
    """Return the simplest estimator that meets the needs."""
    if "modules" in needs:  # their names are those of the user's own net
        return None
    if "draws" in needs:
        if needs & {"features", "last_layer"}:
            return _dropout_net() if classify else None
        return RandomForestClassifier(5) if classify else RandomForestRegressor(5)
    if "std" in needs:
        return None if classify else BayesianRidge()
    return LogisticRegression() if classify else Ridge()


def _dropout_net() -> Any:
    """Return a net with dropout, for several predictions and a last layer; None without skorch."""
    if not (find_spec("torch") and find_spec("skorch")):
        return None
    import torch
    from skorch import NeuralNetClassifier

    class Net(torch.nn.Sequential):
        """Return a net with one hidden layer."""

        def __init__(self) -> None:
            torch_nn = torch.nn
            super().__init__(
                torch_nn.LazyLinear(8), torch_nn.ReLU(), torch_nn.Dropout(), torch_nn.Linear(8, 3)
            )

        def forward(self, X: torch.Tensor) -> torch.Tensor:
            return super().forward(X.float())

    loss = torch.nn.CrossEntropyLoss
    return NeuralNetClassifier(
        Net, criterion=loss, max_epochs=5, lr=0.1, train_split=None, verbose=0
    )
