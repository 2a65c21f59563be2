"""Selection of rows such that some classes are rare, as in the papers."""

from collections.abc import Sequence
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state, column_or_1d


def rows_with_rare_classes(
    y: ArrayLike,
    ratio: float = 100,
    *,
    classes: ArrayLike | None = None,
    random_state: np.random.RandomState | int | None = None,
) -> np.ndarray:
    """Draw rows of `y` such that some classes keep one of `ratio` rows.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Classes.
    ratio : float, default=100
        The factor by which classes become rarer; at least one row of each class is kept.
    classes : array-like or None, default=None
        The rare classes; None is the last half of the sorted classes, the digits 5 to 9.
    random_state : int, RandomState instance or None, default=None
        Seed of the draw of the rows that are kept.

    Returns
    -------
    rows : ndarray of int64
        Row numbers, ascending.

    See Also
    --------
    split_with_rare_classes : Draw first labels and a holdout as well as the pool.
    rows_with_deviation : Draw classes of gradually decreasing size.

    References
    ----------
    Gudovskiy et al., Deep active learning for biased datasets via Fisher kernel self-supervision,
    2020; section 5.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.datasets import rows_with_rare_classes
    >>> y = np.repeat([0, 1, 2, 3], 500)
    >>> np.bincount(y[rows_with_rare_classes(y, random_state=0)])
    array([500, 500,   5,   5])
    """
    rows_of, rare = rows_by_class(y, classes)
    check_ratio(ratio)
    rng = check_random_state(random_state)
    sizes = [
        at_least_one(len(rows) / ratio) if r else len(rows)
        for rows, r in zip(rows_of, rare, strict=True)
    ]
    return drawn(rows_of, sizes, rng)


def split_with_rare_classes(
    y: ArrayLike,
    n_initial: int,
    ratio: float = 10,
    *,
    classes: ArrayLike | None = None,
    random_state: np.random.RandomState | int | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw first labels, holdout and pool, where half of the classes are `ratio` times rarer.

    In the pool, and in the first labels, rare classes have 1/`ratio` of the rows of the others,
    which all have the same number.  A class that is not rare has twice as many first labels as
    `n_initial` balanced ones would give it.  The holdout is balanced, a fifth of the first labels.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Classes.
    n_initial : int
        Number of first labels in the balanced setting (in the paper, 50 for MNIST, 500 for SVHN,
        5,000 for CIFAR-10; its batches are a tenth of this number, and are doubled as well).
    ratio : float, default=10
        The factor by which the rare classes are rarer.
    classes : array-like or None, default=None
        The rare classes; None is the last half of the sorted classes (the paper does not specify
        them).
    random_state : int, RandomState instance or None, default=None
        Seed of the draw.

    Returns
    -------
    initial, holdout, pool : ndarrays of int64
        Row numbers, ascending and disjoint.

    See Also
    --------
    rows_with_rare_classes : Draw the pool only.
    rows_with_deviation : Draw classes of gradually decreasing size.

    References
    ----------
    Aljundi et al., Identifying wrongly predicted samples: a method for active learning, 2020;
    section 4.1.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.datasets import split_with_rare_classes
    >>> y = np.repeat([0, 1, 2, 3], 511)
    >>> for rows in split_with_rare_classes(y, n_initial=20, random_state=0):
    ...     print(np.bincount(y[rows]))
    [10 10  1  1]
    [1 1 1 1]
    [500 500  50  50]
    """
    rows_of, rare = rows_by_class(y, classes)
    check_ratio(ratio)
    if not (isinstance(n_initial, Integral) and n_initial >= 1):
        raise ValueError(f"n_initial={n_initial!r} must be an integer of at least 1.")
    rng = check_random_state(random_state)
    rows_of = [rng.permutation(rows) for rows in rows_of]
    usual = 2 * n_initial / len(rows_of)
    first = [at_least_one(usual / ratio if r else usual) for r in rare]
    held = at_least_one(sum(first) / 5 / len(rows_of))
    left = np.array([len(rows) for rows in rows_of]) - np.array(first) - held
    if (left < 1).any():
        raise ValueError(
            f"n_initial={n_initial} takes {max(first) + held} rows of a class and leaves none for "
            f"the pool: the smallest class has {min(map(len, rows_of))}. Set a smaller n_initial=."
        )
    base = min(left * np.where(rare, ratio, 1))  # rows of a class of the pool that is not rare
    sizes = [at_least_one(base / ratio if r else base) for r in rare]
    pieces = [
        np.split(rows, np.cumsum([start, held, size]))[:3]
        for rows, start, size in zip(rows_of, first, sizes, strict=True)
    ]
    return tuple(np.sort(np.concatenate(part)) for part in zip(*pieces, strict=True))


def rows_with_deviation(
    y: ArrayLike, ratio: float = 0.75, *, random_state: np.random.RandomState | int | None = None
) -> np.ndarray:
    r"""Draw rows of `y` such that the deviation of class sizes is `ratio` times their mean.

    The paper defines the measure :math:`\sigma/\mu` and gives its values (0.740 for CIFAR-100,
    0.793 for Food-101), but not the procedure.  Here, the classes, largest first and ties in random
    order, keep the share :math:`t^{j/(k-1)}` of their rows, j = 0, …, k − 1, with t such that the
    ratio is reached, and at least one row each.  (Of 100 classes of 500 rows, as in CIFAR-100,
    17,466 rows are left at 0.740; the paper has 17,168.)

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Classes.
    ratio : float, default=0.75
        The ratio σ/μ to reach, up to the rounding of the sizes; σ divides by the number of classes.
    random_state : int, RandomState instance or None, default=None
        Seed of the order of equally large classes, and of the draw of the rows that are kept.

    Returns
    -------
    rows : ndarray of int64
        Row numbers, ascending.

    See Also
    --------
    rows_with_rare_classes : Make some classes rare and keep the others.
    skal.metrics.imbalance_ratio : Compute the ratio of a y.

    References
    ----------
    Aggarwal et al., Optimizing active learning for low annotation budgets, 2022; section 5.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.datasets import rows_with_deviation
    >>> y = np.repeat(np.arange(5), 100)
    >>> sizes = np.bincount(y[rows_with_deviation(y, random_state=0)])
    >>> sizes, np.round(sizes.std() / sizes.mean(), 2)
    (array([ 56,  32, 100,  18,  10]), np.float64(0.75))
    """
    rows_of, _ = rows_by_class(y, None)
    rng = check_random_state(random_state)
    rows_of = [rows_of[c] for c in rng.permutation(len(rows_of))]
    rows_of.sort(key=len, reverse=True)
    sizes = np.array([len(rows) for rows in rows_of])
    steps = np.arange(len(sizes)) / (len(sizes) - 1)

    def kept(t):
        return np.maximum(sizes * t**steps, 1)

    least, most = deviation_over_mean(sizes), deviation_over_mean(kept(0.0))
    if not (isinstance(ratio, Real) and least <= ratio <= most):
        raise ValueError(
            f"ratio={ratio!r} cannot be reached: for these classes it ranges from {least:.3f} (no "
            f"row removed) to {most:.3f} (one row in all but the largest class)."
        )
    low, high = 0.0, 1.0  # the ratio decreases as t increases
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if deviation_over_mean(kept(middle)) > ratio else (low, middle)
    return drawn(rows_of, np.rint(kept(high)).astype(int), rng)


def deviation_over_mean(sizes: np.ndarray) -> float:
    """Return σ/μ of class sizes."""
    return float(np.std(sizes) / np.mean(sizes))


def at_least_one(size: float) -> int:
    """Return whole numbers of rows, at least one per class."""
    return max(1, round(size))


def drawn(
    rows_of: Sequence[np.ndarray], sizes: Sequence[int] | np.ndarray, rng: np.random.RandomState
) -> np.ndarray:
    """Draw this number of rows of each class, in ascending order."""
    pieces = zip(rows_of, sizes, strict=True)
    return np.sort(np.concatenate([rng.permutation(rows)[:size] for rows, size in pieces]))


def rows_by_class(y: ArrayLike, rare: ArrayLike | None) -> tuple[list[np.ndarray], np.ndarray]:
    """Return row numbers class by class, in the sorted order of classes, and the rare classes."""
    y = column_or_1d(y)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"y has {len(classes)} class; imbalance requires at least two.")
    order = np.argsort(codes, kind="stable")
    rows_of = np.split(order, np.searchsorted(codes[order], np.arange(1, len(classes))))
    rare = classes[(len(classes) + 1) // 2 :] if rare is None else np.asarray(rare)
    strange = np.setdiff1d(rare, classes)
    if len(strange) or not 0 < len(np.unique(rare)) < len(classes):
        raise ValueError(
            f"classes={rare.tolist()!r} must be some but not all classes of y: {classes.tolist()}."
        )
    return rows_of, np.isin(classes, rare)


def check_ratio(ratio: float) -> None:
    """Raise an error unless the ratio is at least 1."""
    if not (isinstance(ratio, Real) and 1 <= ratio < np.inf):
        raise ValueError(f"ratio={ratio!r} must be a number of at least 1.")
