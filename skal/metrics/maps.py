"""How far predicted maps of classes cover the true ones."""

import numpy as np
from numpy.typing import ArrayLike


def mean_iou(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    classes: ArrayLike | None = None,
    ignore_index: int | None = None,
) -> float:
    """Average the intersection over union of the classes: 1 where maps agree everywhere.

    A class counts positions of all maps together: those where it is predicted and true, over those
    where it is predicted or true.

    Parameters
    ----------
    y_true : array-like of int
        Maps of class numbers, of any shape.  Positions with a negative number have no label and
        do not count.
    y_pred : array-like of int
        Predicted maps of the same shape.
    classes : array-like of int, default=None
        The classes to average over; None is those in either of the maps.  One that is in neither
        has no intersection over union, and is left out.
    ignore_index : int, default=None
        Another number that stands for no label in `y_true`.

    Returns
    -------
    iou : float
        Between 0 and 1.

    See Also
    --------
    ActiveLearner.score : The share of positions that are right.
    skal.experiments.compare : Takes ``scoring={"iou": make_scorer(mean_iou)}``.

    Examples
    --------
    >>> from skal.metrics import mean_iou
    >>> mean_iou([[0, 0], [1, 1]], [[0, 0], [0, 1]])      # 2/3 of class 0, 1/2 of class 1
    0.5833333333333333
    """
    truth, predicted = np.asarray(y_true), np.asarray(y_pred)
    if truth.shape != predicted.shape:
        raise ValueError(
            f"y_true has shape {truth.shape}, and y_pred {predicted.shape}: give maps of one shape."
        )
    if truth.dtype.kind not in "biu" or predicted.dtype.kind not in "biu":
        raise ValueError(
            f"Maps hold class numbers, and these are of type {truth.dtype} and {predicted.dtype}: "
            "give whole numbers; positions without a label are negative, or `ignore_index`."
        )
    counted = (truth >= 0) & (truth != (-1 if ignore_index is None else ignore_index))
    truth, predicted = truth[counted], predicted[counted]
    if not len(truth):
        raise ValueError("No position of y_true has a label: there is nothing to compare.")
    wanted = np.union1d(truth, predicted) if classes is None else np.unique(np.asarray(classes))
    overlaps = []
    for label in wanted:
        true, found = truth == label, predicted == label
        if either := np.count_nonzero(true | found):
            overlaps.append(np.count_nonzero(true & found) / either)
    if not overlaps:
        raise ValueError(f"None of the classes {wanted.tolist()} is in the maps.")
    return float(np.mean(overlaps))
