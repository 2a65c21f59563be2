"""What a label that nobody knows yet is worth: rules that turn utilities by label into one."""

from typing import Any

import numpy as np

from skal._array import Array, device, namespace
from skal.kernels.softmax import softmax

EVERY_LABEL = ("mean", "min", "max", "tempered", "expected")
ONE_LABEL = ("predicted", "oracle")


def labels_tried(P: Array, rule: str, truth: Any = None) -> Array:
    """The columns (n×L) whose utilities a rule requires: all k, or one; "oracle": `truth` (n)."""
    xp = namespace(P)
    if rule == "oracle":
        return truth[:, None]
    if rule == "predicted":
        return xp.argmax(P, axis=1)[:, None]
    return xp.broadcast_to(xp.arange(P.shape[1], device=device(P))[None], P.shape)


def settle(utilities: Array, P: Array, rule: str, temperature: Any = None) -> Array:
    """One utility a row (n) from those of the labels tried (n×L).

    "mean", "min", "max"; "expected" under the probabilities P; "tempered" under P^(1/temperature),
    normalised; "predicted" and "oracle" have one label each.
    """
    if rule in ONE_LABEL:
        return utilities[:, 0]
    if rule == "mean":
        return utilities.sum(1) / utilities.shape[1]
    if rule in ("min", "max"):
        xp = namespace(utilities)
        return getattr(xp, rule)(utilities, axis=1)
    return (utilities * (P if rule == "expected" else tempered(P, temperature))).sum(1)


def every_labeling(n_labels: int, b: int) -> np.ndarray:
    """All ways to label b rows with labels 0, 1, … (n_labels**b × b); the last row varies first."""
    return np.indices((n_labels,) * b).reshape(b, -1).T


def settle_jointly(
    utilities: Array, columns: Array, P: Array, rule: str, temperature: Any = None
) -> float:
    """One utility of a batch from those of all labelings (L), whose columns are L×b.

    The rules of `settle`; the labels of rows are independent under the probabilities P (b×k).
    """
    xp = namespace(utilities)
    if rule in ONE_LABEL:
        return float(utilities[0])
    if rule in ("mean", "min", "max"):
        return float(getattr(xp, rule)(utilities))
    shares = P if rule == "expected" else tempered(P, temperature)
    chosen = shares[xp.arange(columns.shape[1], device=device(columns)), columns]
    return float((utilities * xp.prod(chosen, axis=1)).sum())


def tempered(P: Array, temperature: float) -> Array:
    """Probabilities ∝ p^(1/T): flatter for T > 1, sharper for T < 1."""
    xp = namespace(P)
    return softmax(xp.log(xp.clip(P, xp.finfo(P.dtype).tiny, None)) / temperature)
