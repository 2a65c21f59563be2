"""The utility of a batch whose rows are learned together, over the labels of all of them."""

import copy
from typing import Any

import numpy as np

from skal._array import as_float64, asarray_like, device, namespace, to_numpy
from skal.kernels.influence.label_rules import (
    EVERY_LABEL,
    every_labeling,
    labels_tried,
    settle_jointly,
)
from skal.state import QueryState
from skal.strategies._goals.closed_forms import Holdout, Linear, Newton, Variance
from skal.strategies._goals.goals import class_columns

# Labelings of a batch that are enumerated at most.
MOST_LABELINGS = 2**14

Classes = Newton | Linear
Form = Newton | Linear | Holdout | Variance


def batch_state(state: QueryState, positions: Any) -> QueryState:
    """The state with these positions of the pool as its candidates.

    Its randomness is a copy, so that a goal is measured on the same rows for every batch.
    """
    given = np.asarray(positions)
    whole = given.ndim == 1 and len(given) and np.issubdtype(given.dtype, np.integer)
    if not whole:
        raise ValueError(
            f"positions= must be one or more positions in the pool, and {positions!r} was passed. "
            "state.candidates has those of the candidates; of row numbers such as those of "
            "learner.query() they are np.searchsorted(state.pool.rows, rows)."
        )
    if given.min() < 0 or given.max() >= len(state.pool):
        raise ValueError(
            f"positions= must lie between 0 and {len(state.pool) - 1}, the last row of the pool, "
            f"and {given.min()} to {given.max()} were passed: of row numbers such as those of "
            "learner.query() they are np.searchsorted(state.pool.rows, rows)."
        )
    if len(np.unique(given)) < len(given):
        raise ValueError(f"positions= has some rows more than once: {given.tolist()}.")
    batch = state.restrict(given)
    batch.rng = copy.deepcopy(state.rng)
    return batch


def batch_utility(form: Form) -> float:
    """One utility, as the label rule settles the labels of all rows."""
    if isinstance(form, Variance):
        return form.of_batch()
    if form.adds_up:
        return float(to_numpy(form.settled()).sum(dtype=np.float64))
    labelings = _labelings_tried(form)
    if isinstance(form, Holdout):
        return float(form.jointly(_errors(form, labelings)).max())
    P = as_float64(form.layer.proba)
    return settle_jointly(form.jointly(labelings), labelings, P, form.rule, form.temperature)


def utilities_of_labelings(
    state: QueryState, form: Form, labels: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Labelings (L×b) and the utility of each (L): those given, or all that the rule tries."""
    if isinstance(form, Variance):
        raise ValueError("goal='variance' is the same for all labels: use batch_utility.")
    if isinstance(form, Holdout):
        return _of_numbers(to_numpy(state.pool.part(state.candidates).prediction), form, labels)
    return _of_classes(form, labels)


def _of_classes(form: Classes, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    classes = form.layer.classes
    if labels is None:
        columns = _labelings_tried(form)
    else:
        given = _checked(labels, form.layer.proba.shape[:1])
        if not np.isin(given, classes).all():
            unseen = sorted(set(given.ravel().tolist()) - set(classes.tolist()), key=str)
            raise ValueError(
                f"labels= has {unseen}, which the model has not seen: choose labels among "
                f"{classes.tolist()}."
            )
        columns = class_columns(given, form.layer)
    return classes[to_numpy(columns)], to_numpy(form.jointly(columns))


def _of_numbers(
    prediction: np.ndarray, form: Holdout, labels: Any
) -> tuple[np.ndarray, np.ndarray]:
    outputs = prediction.reshape(len(prediction), -1)
    if labels is None:
        errors = _errors(form, _labelings_tried(form))
        numbers = to_numpy(errors) + outputs
    else:
        numbers = _checked(labels, prediction.shape)
        if numbers.dtype.kind not in "iuf" or not np.isfinite(numbers).all():
            raise ValueError(f"labels= must be finite numbers, and {labels!r} was passed.")
        errors = asarray_like(numbers.reshape(-1, *outputs.shape) - outputs, form.slopes)
    numbers = numbers.reshape(-1, *prediction.shape)
    return numbers, to_numpy(form.jointly(errors))


def _labelings_tried(form: Classes | Holdout) -> Any:
    """Columns of all labelings that the rule tries (L×b)."""
    if isinstance(form, Holdout):
        b, n_labels = form.errors.shape[:2]
    else:
        P = form.layer.proba
        b, n_labels = P.shape
        if form.rule not in EVERY_LABEL:
            return labels_tried(P, form.rule, form.truth).T
    if n_labels**b > MOST_LABELINGS:
        one_label = "" if isinstance(form, Holdout) else "set label='predicted'; "
        raise ValueError(
            f"{b} rows with {n_labels} labels each have {n_labels}**{b} labelings, and at most "
            f"{MOST_LABELINGS:,} are enumerated: pass fewer rows; {one_label}set order='linear', "
            "with which batch_utility enumerates none; or pass some labelings, such as draws from "
            "the probabilities, to batch_utilities_by_label as labels=."
        )
    every = every_labeling(n_labels, b)
    like = form.errors if isinstance(form, Holdout) else form.layer.proba
    return namespace(like).asarray(every, device=device(like))


def _errors(form: Holdout, labelings: Any) -> Any:
    """y − ŷ of each labeling (L×b×k)."""
    rows = namespace(form.errors).arange(labelings.shape[1], device=device(form.errors))
    return form.errors[rows, labelings]


def _checked(labels: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Labels with an axis of labelings in front of those of the batch."""
    given = np.asarray(labels)
    if given.ndim != len(shape) + 1 or given.shape[1:] != shape or not len(given):
        raise ValueError(
            f"labels= must have a row for each labeling, with the label of each of the {shape[0]} "
            f"rows: its shape must be (L, {', '.join(map(str, shape))}), and is {given.shape}."
        )
    return given
