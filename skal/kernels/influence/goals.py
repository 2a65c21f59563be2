"""What a model is meant to do well, as one number τ of its probabilities, and the slope of it.

Rows are m, classes k.  Each goal has its value, from log-probabilities (…×m×k: any number of
models at once), and its slope ∂τ/∂η in the logits (m×k); `weight_gradient` makes ∇τ of that.
"""

from skal._array import namespace, squared_norms


def holdout_value(log_P, columns):
    """Σ log p(y) over rows whose true labels are these columns."""
    xp = namespace(log_P)
    rows = xp.arange(log_P.shape[-2])
    return log_P[..., rows, columns].sum(-1)


def entropy_value(log_P):
    """−Σ H(p): less entropy is better."""
    xp = namespace(log_P)
    return (xp.exp(log_P) * log_P).sum(-1).sum(-1)


def fisher_value(log_P, norms):
    """−mean tr I(x) = −mean ‖z‖²(1 − Σp²), from ‖z‖² of each row."""
    xp = namespace(log_P)
    return -((1 - xp.exp(2 * log_P).sum(-1)) * norms).sum(-1) / log_P.shape[-2]


def holdout_slope(P, columns):
    """e_y − p."""
    xp = namespace(P)
    slope = -P
    slope[xp.arange(P.shape[0]), columns] += 1
    return slope


def entropy_slope(P):
    """p∘log p + h·p, h the entropy of the row."""
    xp = namespace(P)
    information = P * xp.log(xp.clip(P, xp.finfo(P.dtype).tiny, None))  # 0 log 0 = 0
    return information - information.sum(-1)[:, None] * P


def fisher_slope(P, norms):
    """−(2/m)‖z‖²(ν − p)∘p, ν = Σp²."""
    scale = namespace(P).asarray(2 * norms / P.shape[0], dtype=P.dtype)
    return (P - squared_norms(P)[:, None]) * P * scale[:, None]


def weight_gradient(Z, slope, intercept: bool):
    """Zᵀ·slope (d×k): the gradient in the weights, that of the intercept in the last row."""
    xp = namespace(slope)
    gradient = Z.T @ slope
    return xp.concat([gradient, slope.sum(0)[None]]) if intercept else gradient
