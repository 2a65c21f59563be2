"""Labelled rows set aside to measure with."""

import numpy as np


def draw_holdout(
    y: np.ndarray, fraction: float, rng: np.random.Generator, *, classify: bool
) -> np.ndarray:
    """Positions in y of a holdout with a share of every class, drawn at random.

    Systematic sampling: rows sorted by class, at random within each, are counted off in equal
    steps from a random start, so that each class gives its share rounded up or down.  One row of
    every class always stays, to be trained on.  Of maps, each of which may hold many classes, rows
    are drawn whatever is in them.
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
            f"known{', one a class' if classify else ''}. Label more rows first, or pass X_val= "
            "and y_val=."
        )
    steps = (np.arange(size) + rng.random()) * (len(order) / size)
    return np.sort(order[steps.astype(np.intp)])
