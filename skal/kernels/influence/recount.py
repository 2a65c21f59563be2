"""How one more row of a class changes the losses of the old rows and the offsets of the logits.

Balanced class weights depend on the number of rows of each class: a refit with one more row of
class y multiplies the loss of an old row of class c by ω'_yc in place of ω_c.  At the fitted
weights the gradient of the old losses is then not 0, but

    g_y = Σ_c (ω'_yc/ω_c − 1) G_c,    G_c = Σ_{l of class c} w_l·z_l⊗(p_l − e_c),

with w_l the weight of row l in the fit, ω_c included.  It moves the weights by −H⁻¹g_y, whatever
row of class y it was: to first order one constant for each label.  Priors that are divided out are
counted anew too: they shift the offsets of the logits, and leave the weights alone.
"""

from typing import Any, NamedTuple

from skal._array import Array, as_float64, float64_like, namespace
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.influence.linear import moved_logits
from skal.kernels.softmax import contrasts, softmax


class Counted(NamedTuple):
    """The old rows of a fit whose class weights or offsets depend on how many they are."""

    features: Array  # n_l×d
    logits: Array  # n_l×k, of the fit
    columns: Any  # their classes (n_l)
    weights: Any  # of their losses (n_l); None: 1 each
    ratios: Array  # ω'_yc/ω_c (k×k): a row for each class y of the new row
    shifts: Array  # of the offsets (k×k), likewise
    intercept: bool

    def slopes(self) -> Array:
        """w(p − e) of each row (n_l×k)."""
        P = softmax(as_float64(self.logits))
        P[namespace(P).arange(P.shape[0]), self.columns] -= 1
        return P if self.weights is None else P * float64_like(self.weights, P)[:, None]


class Recount(NamedTuple):
    """What one more row of each of the k classes changes, beside its own loss."""

    gradients: Array  # g_y among contrasts (k×d×q)
    moves: Array  # −H⁻¹g_y (k×d×q)
    weights: Array  # of the old rows' losses after it (k×n_l)
    shifts: Array  # of the offsets (k×k)

    def changes(self, Z: Array, intercept: bool) -> Array:
        """How the moves change the logits of some rows (k×n×k), without the offsets."""
        xp, Z = namespace(self.shifts), as_float64(Z)
        B = contrasts(self.shifts.shape[1], self.shifts)
        moved = [moved_logits(Z, self.moves[y], intercept) @ B.T for y in range(len(self.moves))]
        return xp.stack(moved)


def recount(old: Counted, inverse: InverseHessian) -> Recount:
    """The gradients and moves of all classes."""
    slopes, Z = old.slopes(), as_float64(old.features)
    xp, k = namespace(slopes), slopes.shape[1]
    slopes, of_classes = slopes @ contrasts(k, slopes), []
    for c in range(k):
        rows = old.columns == c
        G = Z[rows].T @ slopes[rows]
        last = slopes[rows].sum(0)[None]
        of_classes.append(xp.concat([G, last]) if old.intercept else G)
    gradients = xp.tensordot(old.ratios - 1, xp.stack(of_classes), axes=1)
    moves = xp.stack([-inverse.times(gradients[y]) for y in range(k)])
    weights = old.ratios[:, old.columns]
    if old.weights is not None:
        weights = weights * float64_like(old.weights, slopes)
    return Recount(gradients, moves, weights, old.shifts)


def constants(old: Counted, V: Array, slope: Array) -> Array:
    """What the recount changes of the goal to first order (k): vᵀg_y + (Σ_v ∂τ/∂η_v)ᵀshift_y.

    V = −H⁻¹∇τ (d×k), and `slope` (m×k) is ∂τ/∂η at the goal rows.
    """
    U = moved_logits(as_float64(old.features), as_float64(V), old.intercept)
    along = (old.slopes() * U).sum(1)
    return (old.ratios - 1)[:, old.columns] @ along + old.shifts @ as_float64(slope).sum(0)
