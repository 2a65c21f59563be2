"""What goes together with a goal: parameters, label rules, and the labels of rows."""

from numbers import Integral, Real
from typing import Any

import numpy as np

from skal._array import device, namespace, to_numpy
from skal._labels import hidden_labels
from skal.kernels.influence.label_rules import EVERY_LABEL, ONE_LABEL
from skal.models import LastLayer
from skal.state import QueryState, View

LABELS = (*EVERY_LABEL, *ONE_LABEL)


def check_goal(goal: str, label: str | None, temperature: Any, target: Any) -> None:
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


def temperature_of(temperature: Any, state: QueryState) -> float | None:
    """The temperature of a query: the number given, or what a function says of so many labels."""
    if not callable(temperature):
        return temperature
    n = len(state.labelled)
    found = temperature(n)
    number = float(found) if isinstance(found, Real) else np.nan
    if not 0 < number < np.inf:
        raise ValueError(
            f"temperature= must give a number above 0 for every number of labelled rows, and gave "
            f"{found!r} for {n}."
        )
    state.record(temperature=number)
    return number


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
