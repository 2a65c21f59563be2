"""Synthetic data sets of papers."""

from numbers import Integral, Real
from typing import Literal

import numpy as np
from sklearn.utils import check_random_state

CLUSTER_SIZE = 100
CLUSTER_DEVIATION = 0.27
# group: centre of its cluster of label 1; the cluster of label 0 is at minus the centre
SYNTH2_CENTRES = {"central": (0, 0.75), "distracting": (-3, 3), "definitive": (-3, -2.25)}


def make_synth2(
    *, return_groups: bool = False, random_state: np.random.RandomState | int | None = None
) -> tuple[np.ndarray, ...]:
    """Draw two classes with misleading first labels: six clusters of 100 rows in two dimensions.

    Two *central* clusters lie one above the other, and the ten first labels come from them, so the
    first model divides the plane nearly horizontally.  Two *definitive* clusters, lower left and
    upper right, are on the wrong side of that boundary: with the central ones, they define the best
    boundary, y = x.  Two *distracting* clusters, upper left and lower right, lie farthest from it
    and add no information.  A strategy that queries rows near the boundary exhausts the central
    clusters first.

    The paper gives the design, the counts (10 first labels, 530 in the pool, 60 in the test set)
    and the rows of the central clusters in the pool, 170: hence clusters of 100, a tenth of each in
    the test set.  Positions and widths are our choice: centres at ±(0, 0.75) and ±(−3, −2.25),
    which are 0.75/√2 from the boundary, and at ±(−3, 3), 6/√2 from it; normal, with deviation 0.27.

    Parameters
    ----------
    return_groups : bool, default=False
        Whether to return the group of clusters of each row.
    random_state : int, RandomState instance or None, default=None
        Seed of the draw.

    Returns
    -------
    X : ndarray of shape (600, 2)
        Rows 0 to 9 are labelled first, 10 to 539 are the pool, 540 to 599 the test set.
    y : ndarray of shape (600,), integers 0 and 1
        The classes.
    groups : ndarray of shape (600,), str
        The group of each row, ``"central"``, ``"distracting"`` or ``"definitive"``; only if
        `return_groups`.

    See Also
    --------
    make_spectral_regression : Draw data for regression.

    References
    ----------
    Xu and Kazantsev, Understanding goal-oriented active learning via influence functions, 2019;
    section 6.2.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal.datasets import make_synth2
    >>> X, y = make_synth2(random_state=0)
    >>> first, test = slice(0, 10), slice(540, 600)
    >>> for rows in first, slice(0, 540):
    ...     print(round(LogisticRegression(C=0.1).fit(X[rows], y[rows]).score(X[test], y[test]), 2))
    0.67
    0.98
    """
    rng = check_random_state(random_state)
    X, y, groups, part = [], [], [], []
    for group, centre in SYNTH2_CENTRES.items():
        for label, sign in ((1, 1), (0, -1)):
            noise = rng.normal(scale=CLUSTER_DEVIATION, size=(CLUSTER_SIZE, 2))
            X.append(sign * np.array(centre) + noise)
            y.append(np.full(CLUSTER_SIZE, label))
            groups.append(np.full(CLUSTER_SIZE, group))
            first = 5 if group == "central" else 0
            test = CLUSTER_SIZE // 10
            part.append(np.repeat([0, 1, 2], [first, CLUSTER_SIZE - first - test, test]))
    shuffled = rng.permutation(6 * CLUSTER_SIZE)
    order = shuffled[np.argsort(np.concatenate(part)[shuffled], kind="stable")]
    made = np.concatenate(X)[order], np.concatenate(y)[order], np.concatenate(groups)[order]
    return made if return_groups else made[:2]


def make_spectral_regression(
    n_samples: int = 1000,
    n_features: int = 100,
    *,
    design: Literal["gaussian", "orthonormal"] = "gaussian",
    noise: float = 1.0,
    prior_precision: float = 1.0,
    coef: bool = False,
    random_state: np.random.RandomState | int | None = None,
) -> tuple[np.ndarray, ...]:
    r"""Draw a Bayesian linear regression whose features' variances decrease as 1/i².

    With :math:`p_i = i^{-2} / \sum_j j^{-2}`, rows are drawn from :math:`N(0, \mathrm{diag}(p))`,
    or are unit vectors, :math:`e_i` with probability :math:`p_i`. Both have :math:`E[xx^\top] =
    \mathrm{diag}(p)`, but only among the Gaussian rows do large ones point in the important
    directions; a unit vector carries no information about its probability.  Then :math:`\theta \sim
    N(0, I/\lambda)` and :math:`y = x^\top\theta + N(0, \sigma^2)`.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of rows.
    n_features : int, default=100
        Number of features.
    design : {"gaussian", "orthonormal"}, default="gaussian"
        Gaussian rows, or unit vectors.
    noise : float, default=1.0
        The standard deviation σ of the noise.
    prior_precision : float, default=1.0
        The precision λ, such that ridge regression with the penalty λσ² is the posterior mean.
    coef : bool, default=False
        Whether to return θ too.
    random_state : int, RandomState instance or None, default=None
        Seed of the draw.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
        The rows.
    y : ndarray of shape (n_samples,)
        Their targets.
    coef : ndarray of shape (n_features,)
        The coefficients θ; only if `coef`.

    See Also
    --------
    make_synth2 : Draw data for classification.
    skal.strategies.Bait : The strategy of the paper.

    References
    ----------
    Ash et al., Gone fishing: neural active learning with Fisher embeddings, 2021; section 4 and
    Figure 3.

    Examples
    --------
    >>> from skal.datasets import make_spectral_regression
    >>> X, y = make_spectral_regression(1000, design="orthonormal", random_state=0)
    >>> X.sum(axis=0)[:5]
    array([619., 147.,  57.,  34.,  26.])
    """
    check_counts(n_samples=n_samples, n_features=n_features)
    if design not in ("gaussian", "orthonormal"):
        raise ValueError(f'design={design!r} must be "gaussian" or "orthonormal".')
    if not (isinstance(noise, Real) and 0 <= noise < np.inf):
        raise ValueError(f"noise={noise!r} must be a number of at least 0.")
    if not (isinstance(prior_precision, Real) and 0 < prior_precision < np.inf):
        raise ValueError(f"prior_precision={prior_precision!r} must be a number above 0.")
    rng = check_random_state(random_state)
    p = 1 / np.arange(1, n_features + 1) ** 2.0
    p /= p.sum()
    if design == "gaussian":
        X = rng.standard_normal((n_samples, n_features)) * np.sqrt(p)
    else:
        X = np.zeros((n_samples, n_features))
        X[np.arange(n_samples), rng.choice(n_features, n_samples, p=p)] = 1
    theta = rng.standard_normal(n_features) / np.sqrt(prior_precision)
    y = X @ theta + noise * rng.standard_normal(n_samples)
    return (X, y, theta) if coef else (X, y)


def check_counts(**counts: int) -> None:
    """Raise an error unless each is a count of at least one."""
    for name, count in counts.items():
        if not (isinstance(count, Integral) and count >= 1):
            raise ValueError(f"{name}={count!r} must be an integer of at least 1.")
