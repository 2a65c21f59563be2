"""What is known of the holdout: its labels, or only which predictions are wrong."""

from typing import NamedTuple

import numpy as np


class Supervision(NamedTuple):
    """What gradients and losses of holdout rows are of."""

    columns: np.ndarray  # of the label, or of the prediction that was judged
    wrong: np.ndarray  # positions of the rows that the model gets wrong
    sign: np.ndarray | None = None  # −1 where it is known only that the prediction is wrong

    def loss(self, P) -> np.ndarray:
        """−log p of the label; −log(1 − p) of a prediction known to be wrong."""
        rows = np.arange(len(P))
        p = P[rows, self.columns]
        if self.sign is not None:
            others = P.copy()
            others[rows, self.columns] = 0  # summed, since 1 − p would round
            p = np.where(self.sign < 0, others.sum(axis=1), p)
        with np.errstate(divide="ignore"):
            return -np.log(p)


def from_labels(state) -> Supervision:
    """The holdout's labels are known."""
    y = state.holdout.y
    wrong = np.flatnonzero(state.holdout.prediction != y)
    return Supervision(np.searchsorted(state.classes, y), wrong)


def from_mistakes(state, mistakes) -> Supervision:
    """Somebody says which predictions are wrong; no label is looked at.

    The gradient of log(1 − p_ŷ) in the logits is −(e_ŷ − p) p_ŷ/(1 − p_ŷ): as a unit vector, that
    of log p_ŷ turned round.
    """
    prediction = state.holdout.prediction
    wrong = np.asarray(mistakes(state.holdout.X, prediction))
    if wrong.shape != prediction.shape or wrong.dtype.kind != "b":
        raise ValueError(
            f"mistakes= must say True or False of each of {len(prediction)} predictions; it "
            f"returned an array of type {wrong.dtype} and shape {wrong.shape}."
        )
    columns = np.searchsorted(state.classes, prediction)
    return Supervision(columns, np.flatnonzero(wrong), np.where(wrong, -1, 1))
