"""How much the loss on trusted rows rises once the model's own label for a row is learned.

Every gradient of a row's loss in Θ lies along its features: after steps of gradient descent at
rate r on the label ŷ the weights are Θ − zcᵀ with c += r(softmax(η − ‖z‖²c) − e_ŷ), and the
logits of a holdout row are η_v − (z_v·z)c.  Rows are n, those of the holdout (Z_v, P_v, and the
columns of their true classes) m; equations are numbered as in Aljundi et al.
"""

from skal._array import Array, device, exp_in_place, namespace, row_slices, squared_norms
from skal.kernels.influence.goals import holdout_slope, weight_gradient
from skal.kernels.influence.linear import settled_linear_utilities
from skal.kernels.softmax import log_softmax

# Numbers of a block of new logits that should stay in a processor's cache.
BLOCK_NUMBERS = 2**16


def approximate_rises(
    Z: Array, P: Array, Z_v: Array, P_v: Array, columns: Array, intercept: bool
) -> Array:
    """−⟨∇ℓ_v, ∇ℓ(x, ŷ)⟩ of each row (n; equation 10): −rowsum((ZG)∘(P − e_ŷ)), G = Z_vᵀ(P_v − Y_v).

    It is the influence on the holdout with H = I, negated.
    """
    G = weight_gradient(Z_v, -holdout_slope(P_v, columns), intercept)
    return -settled_linear_utilities(Z, P, G, intercept, "predicted")


def exact_rises(
    Z: Array,
    logits: Array,
    Z_v: Array,
    logits_v: Array,
    columns: Array,
    intercept: bool,
    *,
    steps: int,
    rate: float,
) -> Array:
    """Σ_v ℓ_v after less before (n; equation 3), for gradient steps on each row's own label.

    Products of the rows with the holdout and n·m·k exponentials, a block at a time.
    """
    xp = namespace(logits)
    C = _pulls(squared_norms(Z) + intercept, logits, steps, rate)
    base = log_softmax(logits_v)
    m = base.shape[0]
    truth = xp.zeros_like(base)
    truth[xp.arange(m, device=device(base)), columns] = 1
    rises = xp.empty(logits.shape[0], dtype=logits.dtype, device=device(logits))
    for rows in row_slices(Z.shape[0], m + Z.shape[1], Z):
        K = Z[rows] @ Z_v.T
        K = K.toarray() if hasattr(K, "toarray") else K
        K = xp.asarray(K, dtype=logits.dtype) + intercept
        part = C[rows]
        own = ((K @ truth) * part).sum(1)  # what the logits of the true classes lose
        rises[rows] = own + _log_sums(base.T, K, part)
    return rises


def _pulls(norms, logits, steps, rate):
    """c (n×k) after the steps."""
    xp = namespace(logits)
    norms = xp.asarray(norms, dtype=logits.dtype)[:, None]
    rows = xp.arange(logits.shape[0], device=device(logits))
    own = xp.argmax(logits, axis=1)
    C = xp.zeros_like(logits)
    for _ in range(steps):
        slope = xp.exp(log_softmax(logits - norms * C))
        slope[rows, own] -= 1
        C += rate * slope
    return C


def _log_sums(base, K, C):
    """Σ_v log Σ_c exp(base_cv − K_iv·C_ic) of each row, with base k×m, log-probabilities."""
    xp = namespace(K)
    k, m = base.shape
    sums = xp.empty(K.shape[0], dtype=K.dtype, device=device(K))
    step = max(1, BLOCK_NUMBERS // (k * m)) if device(K) == "cpu" else K.shape[0]
    far = float(xp.max(xp.abs(K))) * float(xp.max(xp.abs(C))) > 80  # exp would overflow
    for start in range(0, K.shape[0], step):
        rows = slice(start, start + step)
        new = C[rows][:, :, None] * -K[rows][:, None, :]
        new += base[None]
        if far:
            top = xp.max(new, axis=1)
            new -= top[:, None, :]
        totals = xp.log(exp_in_place(new).sum(1))
        sums[rows] = (totals + top if far else totals).sum(1)
    return sums


# ---------------------------------------------------------------------- many outputs a row
def dense_rises(
    Z: Array,
    logits: Array,
    Z_v: Array,
    logits_v: Array,
    columns: Array,
    intercept: bool = True,
    *,
    steps: int = 3,
    rate: float = 1e-3,
) -> Array:
    """The same for rows of t positions, such as pixels, each with its own features and label.

    Parameters
    ----------
    Z, logits : arrays of shape (n, t, d) and (n, t, k)
        Features and logits of the pool's rows.
    Z_v, logits_v, columns : arrays of shape (m, s, d), (m, s, k) and (m, s)
        Features, logits and true classes of the holdout.
    intercept : bool, default=True
        Whether the last layer has one.
    steps, rate : int and float, default=3 and 1e-3
        Gradient steps on the row's own labels, and how long each is.  With no steps the score is
        the approximation, −⟨∇ℓ_v, ∇ℓ(x, ŷ)⟩ summed over positions.

    Returns
    -------
    rises : array of shape (n,)
        The mean rise of the holdout's loss over those of its positions where it rises (section
        4.2 of Aljundi et al.); 0 where it rises nowhere.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.kernels.influence.wrong_prediction import dense_rises
    >>> rng = np.random.default_rng(0)
    >>> Z, Z_v, weights = rng.normal(size=(5, 9, 2)), rng.normal(size=(3, 9, 2)), np.eye(2)
    >>> columns = (Z_v @ weights).argmax(axis=2)
    >>> dense_rises(Z, Z @ weights, Z_v, Z_v @ weights, columns, intercept=False).shape
    (5,)
    """
    xp = namespace(logits)
    (n, t, k), d = logits.shape, Z.shape[-1]
    flat_v, columns = Z_v.reshape(-1, d), columns.reshape(-1)
    base = log_softmax(logits_v.reshape(-1, k))
    if steps == 0:
        P, P_v = (xp.exp(log_softmax(part.reshape(-1, k))) for part in (logits, logits_v))
        by_position = approximate_rises(Z.reshape(-1, d), P, flat_v, P_v, columns, intercept)
        return by_position.reshape(n, t).sum(1)
    places = xp.arange(len(columns), device=device(base))
    before = -base[places, columns]
    rises = xp.empty(n, dtype=logits.dtype, device=device(logits))
    for rows in row_slices(n, max(len(columns), t) * k, logits):
        D, last = _dense_pulls(Z[rows], logits[rows], intercept, steps, rate)
        new = base[None] - (flat_v[None] @ D + last)
        new = log_softmax(new)
        rise = -new[:, places, columns] - before[None]
        up = rise > 0
        count = up.sum(1)
        rises[rows] = (rise * up).sum(1) / xp.where(count > 0, count, 1)
    return rises


def _dense_pulls(Z, logits, intercept, steps, rate):
    """What the steps take off the weights (n×d×k) and the intercepts (n×1×k) for each row."""
    xp = namespace(logits)
    own = xp.argmax(logits, axis=2)
    labels = xp.zeros_like(logits)
    grid = xp.meshgrid(*(xp.arange(s) for s in own.shape), indexing="ij")
    labels[grid[0], grid[1], own] = 1
    D = xp.zeros((Z.shape[0], Z.shape[2], logits.shape[2]), dtype=Z.dtype, device=device(Z))
    last = xp.zeros_like(D[:, :1])
    for _ in range(steps):
        slope = xp.exp(log_softmax(logits - (Z @ D + last))) - labels
        D = D + rate * (Z.swapaxes(1, 2) @ slope)
        last = last + rate * intercept * slope.sum(1)[:, None, :]
    return D, last
