"""Goals of a strategy: what is wanted of the model, and on which rows it is measured."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from skal._array import device, namespace, squared_norms, to_numpy
from skal._labels import hidden_labels
from skal.kernels.influence import goals
from skal.kernels.influence.label_rules import EVERY_LABEL, ONE_LABEL
from skal.models import LastLayer
from skal.state import QueryState, View

GOALS = ("holdout", "entropy", "fisher", "variance")
LABELS = (*EVERY_LABEL, *ONE_LABEL)


def check_goal(goal: str, label: str | None, temperature: float | None, target: Any) -> None:
    """An error for a goal, a label rule and rows that do not go together."""
    if goal == "variance" and label is not None:
        raise ValueError(
            f"label={label!r} has no say in goal='variance', which no label changes: leave it out."
        )
    if label == "tempered":
        if temperature is None:
            raise ValueError("label='tempered' needs a temperature=, such as 2.0.")
    elif temperature is not None:
        raise ValueError(f"temperature={temperature!r} is for label='tempered', not {label!r}.")
    if goal == "holdout" and target is not None and not isinstance(target, Integral):
        raise ValueError(
            "goal='holdout' is measured on labelled rows, and target= gives rows without labels: "
            "give the holdout to fit as X_val= and y_val=; target= may say how many of its rows."
        )


def needs_of(goal: str) -> frozenset[str]:
    """What a goal needs of the learner, whoever asks."""
    return frozenset(
        {
            "holdout": {"model", "holdout"},
            "entropy": {"model", "classifier", "proba"},
            "fisher": {"model", "classifier", "last_layer"},
            "variance": {"model", "regressor", "last_layer"},
        }[goal]
    )


def label_rule(label: str | None, state: QueryState, default: str) -> str:
    """The label rule for the task; an error for one that makes no sense for numbers."""
    if state.classes is not None:
        return default if label is None else label
    label = "max" if label is None else label
    if label in ("expected", "predicted"):
        raise ValueError(
            f"label={label!r} would reward a regression for changing nothing: its own prediction, "
            "taught as a label, moves nothing. Choose label='max' (the better of ŷ ± s), or "
            "goal='variance', which needs no label."
        )
    if label not in ("max", "oracle"):
        raise ValueError(
            f"label={label!r} is for classes; of a regression choose 'max' (the better of ŷ ± s), "
            "'oracle' (in a replay), or goal='variance', which needs no label."
        )
    return label


def true_labels(state: QueryState) -> np.ndarray:
    """The labels of the candidates, which only a replay knows."""
    return hidden_labels(state.pool.part(state.candidates).y, "label='oracle'")


@dataclass(frozen=True)
class Goal:
    """A goal, and the rows that it is measured on, whatever the model."""

    name: str
    evaluate: Any = None  # None, an array, or which rows of the holdout or the pool
    from_array: bool = False

    @classmethod
    def drawn(cls, name: str, evaluate: Any, state: QueryState) -> "Goal":
        """The goal on all rows, on a number of rows drawn at random, or on rows given."""
        if evaluate is None or not isinstance(evaluate, Integral):
            return cls(name, evaluate, evaluate is not None)
        size, total = int(evaluate), len(_all_rows(name, state))
        if size >= total:
            return cls(name)
        return cls(name, np.sort(state.rng.choice(total, size=size, replace=False)))

    def view(self, state: QueryState) -> View:
        """The rows through the model of a state."""
        if self.from_array:
            return state.view(self.evaluate)
        view = _all_rows(self.name, state)
        return view if self.evaluate is None else view.part(self.evaluate)

    def value(self, state: QueryState) -> float:
        """τ under the model of a state, from what it predicts."""
        view = self.view(state)
        if state.classes is None:
            errors = view.y.reshape(len(view), -1) - view.prediction.reshape(len(view), -1)
            return -0.5 * float((errors**2).sum())
        P = view.proba.astype(np.float64)
        log_P = np.log(P.clip(np.finfo(P.dtype).eps))  # trees say 0
        if self.name == "holdout":
            return float(goals.holdout_value(log_P, np.searchsorted(state.classes, view.y)))
        if self.name == "entropy":
            return float(goals.entropy_value(log_P))
        layer = view.last_layer
        norms = to_numpy(squared_norms(layer.features)) + layer.intercept
        return float(goals.fisher_value(log_P, norms))


def _all_rows(name: str, state: QueryState) -> View:
    """The rows that a goal is about: of the holdout where `needs_of` asks for one."""
    return state.pool if name != "holdout" or state.holdout is None else state.holdout


def spread_of_errors(view: View) -> np.ndarray:
    """s of ŷ ± s: the root mean square error of each output on the rows of a view."""
    errors = view.y.reshape(len(view), -1) - to_numpy(view.prediction).reshape(len(view), -1)
    return np.sqrt((errors**2).mean(axis=0))


def of_seen_classes(view: View, state: QueryState) -> View:
    """The rows of a view whose class the model has seen; how many others there are is recorded.

    A class without a column has probability 0 whatever the last layer learns.
    """
    seen = np.isin(view.y, view.last_layer.classes)
    if not seen.any():
        raise ValueError("The model has seen no class of the holdout: label more rows.")
    if not seen.all():
        state.record(holdout_rows_of_unseen_classes=int((~seen).sum()))
    return view.part(np.flatnonzero(seen))


def class_columns(y: np.ndarray, layer: LastLayer) -> Any:
    """The columns of classes, on the layer's device."""
    xp = namespace(layer.weights)
    return xp.asarray(np.searchsorted(layer.classes, y), device=device(layer.weights))
