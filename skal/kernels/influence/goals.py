"""What a model is meant to do well, as one number τ of its probabilities, and the slope of it.

Rows are m, classes k.  Each goal has its value, from log-probabilities (…×m×k: any number of
models at once), and its slope ∂τ/∂η in the logits (m×k); `weight_gradient` makes ∇τ of that.
"""

from typing import Any, NamedTuple

from skal._array import Array, as_float64, namespace, squared_norms


def holdout_value(log_P: Array, columns: Array) -> Array:
    """τ = Σ log p(y) over rows whose true labels are these columns."""
    xp = namespace(log_P)
    rows = xp.arange(log_P.shape[-2])
    return log_P[..., rows, columns].sum(-1)


def entropy_value(log_P: Array) -> Array:
    """τ = −Σ H(p): less entropy is better."""
    xp = namespace(log_P)
    return (xp.exp(log_P) * log_P).sum(-1).sum(-1)


def fisher_value(log_P: Array, norms: Array) -> Array:
    """τ = −mean tr I(x) = −mean ‖z‖²(1 − Σp²), from ‖z‖² of each row."""
    xp = namespace(log_P)
    return -((1 - xp.exp(2 * log_P).sum(-1)) * norms).sum(-1) / log_P.shape[-2]


def holdout_slope(P: Array, columns: Array) -> Array:
    """∂τ/∂η = e_y − p of Σ log p(y)."""
    xp = namespace(P)
    slope = -P
    slope[xp.arange(P.shape[0]), columns] += 1
    return slope


def entropy_slope(P: Array) -> Array:
    """∂τ/∂η = p∘log p + h·p of −Σ H(p), h the entropy of the row."""
    xp = namespace(P)
    information = P * xp.log(xp.clip(P, xp.finfo(P.dtype).tiny, None))  # 0 log 0 = 0
    return information - information.sum(-1)[:, None] * P


def fisher_slope(P: Array, norms: Array) -> Array:
    """∂τ/∂η = −(2/m)‖z‖²(ν − p)∘p of −mean tr I(x), ν = Σp²."""
    scale = namespace(P).asarray(2 * norms / P.shape[0], dtype=P.dtype)
    return (P - squared_norms(P)[:, None]) * P * scale[:, None]


def weight_gradient(Z: Array, slope: Array, intercept: bool) -> Array:
    """Zᵀ·slope (d×k): the gradient in the weights, that of the intercept in the last row."""
    xp = namespace(slope)
    gradient = Z.T @ slope
    return xp.concat([gradient, slope.sum(0)[None]]) if intercept else gradient


class GoalRows(NamedTuple):
    """Rows that a goal is measured on, through today's model."""

    name: str  # "holdout", "entropy", "fisher"
    features: Array  # m×d
    logits: Array  # m×k
    intercept: bool
    columns: Any = None  # true classes, of a holdout

    def part(self, rows: Any) -> "GoalRows":
        """Some of the rows."""
        columns = None if self.columns is None else self.columns[rows]
        return self._replace(
            features=self.features[rows], logits=self.logits[rows], columns=columns
        )

    def norms(self) -> Array:
        """‖z‖² of each row (m), the constant included."""
        return as_float64(squared_norms(self.features)) + self.intercept

    def slope(self, P: Array) -> Array:
        """∂τ/∂η (m×k) at these probabilities."""
        if self.name == "holdout":
            return holdout_slope(P, self.columns)
        if self.name == "entropy":
            return entropy_slope(P)
        return fisher_slope(P, self.norms())

    def gradient(self, P: Array) -> Array:
        """∇τ in the weights (d×k) at these probabilities."""
        return weight_gradient(self.features, self.slope(P), self.intercept)
