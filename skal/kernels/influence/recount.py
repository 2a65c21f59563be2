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

    def gradients(self) -> Array:
        """G_c of each class, among contrasts (k×d×q)."""
        slopes, Z, found = self.slopes(), as_float64(self.features), []
        xp, k = namespace(slopes), slopes.shape[1]
        slopes = slopes @ contrasts(k, slopes)
        for c in range(k):
            rows = self.columns == c
            G = Z[rows].T @ slopes[rows]
            found.append(xp.concat([G, slopes[rows].sum(0)[None]]) if self.intercept else G)
        return xp.stack(found)


class Recount(NamedTuple):
    """What one more row of each of the k classes changes, beside its own loss."""

    gradients: Array  # g_y among contrasts (k×d×q)
    moves: Array  # −H⁻¹g_y (k×d×q)
    weights: Array  # of the old rows' losses after it (k×n_l)
    shifts: Array  # of the offsets (k×k)

    def changes(self, Z: Array, intercept: bool) -> Array:
        """How the moves change the logits of some rows (k×n×k), without the offsets."""
        return _changes(self.moves, Z, intercept)


class JointRecount(NamedTuple):
    """What the new rows of each of L labelings change, beside their own losses.

    Class weights are ω'_c where they were ω_c: g = Σ_c (ω'_c/ω_c − 1) G_c.
    """

    moves: Array  # −H⁻¹G_c of each class (k×d×q)
    excess: Array  # ω'_c/ω_c − 1 of each labeling (L×k)
    columns: Any  # classes of the old rows (n_l)

    def changes(self, Z: Array, intercept: bool) -> Array:
        """How the moves of each class change the logits of some rows (k×n×k)."""
        return _changes(self.moves, Z, intercept)

    def below(self, K: Array, Z: Array, intercept: bool, P: Any = None) -> Array:
        """K (bq×k·m) of `Moves` of the rows Z (m×d), and below it what each class changes."""
        xp, D = namespace(K), self.changes(Z, intercept)
        D = D[..., :-1] - D[..., -1:] if P is None else D - (D * P).sum(-1)[..., None]
        return xp.concat([K, xp.reshape(xp.permute_dims(D, (0, 2, 1)), (-1, K.shape[1]))])

    def weights(self, labelings: slice, rows: slice, before: Any = None) -> Array:
        """The weights of some old rows' losses after it (L×m), from those before (n_l)."""
        after = 1 + self.excess[labelings][:, self.columns[rows]]
        return after if before is None else after * before[rows]


def _changes(moves, Z, intercept):
    """ZV (k×n×k) of each class's move V among contrasts."""
    xp, Z = namespace(moves), as_float64(Z)
    B = contrasts(moves.shape[0], moves)
    return xp.stack([moved_logits(Z, V, intercept) @ B.T for V in moves])


def recount(old: Counted, inverse: InverseHessian) -> Recount:
    """The gradients and moves of all classes."""
    of_classes = old.gradients()
    xp = namespace(of_classes)
    gradients = xp.tensordot(old.ratios - 1, of_classes, axes=1)
    moves = xp.stack([-inverse.times(G) for G in gradients])
    weights = old.ratios[:, old.columns]
    if old.weights is not None:
        weights = weights * float64_like(old.weights, of_classes)
    return Recount(gradients, moves, weights, old.shifts)


def joint_recount(old: Counted, inverse: InverseHessian, ratios: Array) -> JointRecount:
    """Of new rows after which class weights are multiplied by `ratios`, of L labelings (L×k)."""
    of_classes = old.gradients()
    moves = namespace(of_classes).stack([-inverse.times(G) for G in of_classes])
    return JointRecount(moves, float64_like(ratios, moves) - 1, old.columns)


def constants(old: Counted, V: Array, slope: Array) -> Array:
    """What the recount changes of the goal to first order (k): vᵀg_y + (Σ_v ∂τ/∂η_v)ᵀshift_y.

    V = −H⁻¹∇τ (d×k), and `slope` (m×k) is ∂τ/∂η at the goal rows.
    """
    U = moved_logits(as_float64(old.features), as_float64(V), old.intercept)
    along = (old.slopes() * U).sum(1)
    return (old.ratios - 1)[:, old.columns] @ along + old.shifts @ as_float64(slope).sum(0)
