"""Drawing a holdout from the labelled rows."""

import numpy as np


def draw_holdout(
    y: np.ndarray, fraction: float, rng: np.random.Generator, *, classify: bool
) -> np.ndarray:
    """Draw positions in y of a holdout that is stratified by class.

    Systematic sampling: sort the rows by class, in random order within each class, and take rows in
    equal steps from a random start, so each class contributes its share, rounded up or down.  One
    row of every class always remains for training.  For maps, each of which may contain many
    classes, draw rows regardless of classes.
    """
    classify = classify and y.ndim == 1
    order = rng.permutation(len(y))
    classes = np.unique(y[order], return_inverse=True)[1] if classify else np.zeros(len(y), int)
    order = order[np.argsort(classes, kind="stable")]
    stays = np.unique(np.sort(classes), return_index=True)[1]
    order = np.delete(order, stays)
    size = min(max(1, round(fraction * len(y))), len(order))
    if size == 0:
        raise ValueError(
            f"validation_fraction={fraction} leaves nothing to train on: only {len(y)} labels are "
            f"known{', one per class' if classify else ''}. Label more rows first, or pass X_val= "
            "and y_val=."
        )
    steps = (np.arange(size) + rng.random()) * (len(order) / size)
    return np.sort(order[steps.astype(np.intp)])
