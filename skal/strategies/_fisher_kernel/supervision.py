"""What is known of the holdout: its labels, or only which predictions are wrong."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from skal.state import View


class Supervision(NamedTuple):
    """What gradients and losses of holdout rows are of."""

    columns: np.ndarray  # of the label, or of the prediction that was judged
    wrong: np.ndarray  # positions of the rows that the model gets wrong
    sign: np.ndarray | None = None  # −1 where it is known only that the prediction is wrong

    def loss(self, P: np.ndarray) -> np.ndarray:
        """−log p of the label; −log(1 − p) of a prediction known to be wrong."""
        rows = np.arange(len(P))
        p = P[rows, self.columns]
        if self.sign is not None:
            others = P.copy()
            others[rows, self.columns] = 0  # summed, since 1 − p would round
            p = np.where(self.sign < 0, others.sum(axis=1), p)
        with np.errstate(divide="ignore"):
            return -np.log(p)


def from_labels(holdout: View, classes: np.ndarray) -> Supervision:
    """The holdout's labels are known."""
    wrong = np.flatnonzero(holdout.prediction != holdout.y)
    return Supervision(np.searchsorted(classes, holdout.y), wrong)


def from_mistakes(holdout: View, classes: np.ndarray, mistakes: Callable) -> Supervision:
    """Somebody says which predictions are wrong; no label is looked at.

    The gradient of log(1 − p_ŷ) in the logits is −(e_ŷ − p) p_ŷ/(1 − p_ŷ): as a unit vector, that
    of log p_ŷ turned round.
    """
    prediction = holdout.prediction
    wrong = np.asarray(mistakes(holdout.X, prediction))
    if wrong.shape != prediction.shape or wrong.dtype.kind != "b":
        raise ValueError(
            f"mistakes= must say True or False of each of {len(prediction)} predictions; it "
            f"returned an array of type {wrong.dtype} and shape {wrong.shape}."
        )
    columns = np.searchsorted(classes, prediction)
    return Supervision(columns, np.flatnonzero(wrong), np.where(wrong, -1, 1))
