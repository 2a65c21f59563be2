"""H⁻¹ of the training objective of a last layer, in whichever form is smaller.

H is what `skal.kernels.influence.hessian` says.  With fewer labelled rows than features, and a
ridge on each of these, H is the ridge alone but in the span of the labelled rows, so that only
coordinates f in that span matter:

    (z_vᵀ⊗I) H⁻¹ (z⊗I) = (f_vᵀ⊗I) M (f⊗I) + (κ(z_v, z) − f_v·f) I,    κ(z_v, z) = Σ_j z_vj·z_j/r_j.

An intercept, free or not, is the last coordinate of f, and no part of κ.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from skal._array import (
    Array,
    as_float64,
    augmented,
    concatenate_columns,
    device,
    float64_like,
    is_sparse,
    namespace,
    scaled_columns,
    squared_norms,
)
from skal._linalg import cholesky_inverse
from skal.kernels.influence.hessian import hessian
from skal.kernels.softmax import seen_by_rows

# Curvature, as a share of each coordinate's own, that is added where H is singular.
DAMPING = 1e-6
# A pivot below this share of its coordinate's curvature is no pivot.
SINGULAR = 1e-12


@dataclass(frozen=True)
class InverseHessian:
    """H⁻¹ among r coordinates of the features and q contrasts.

    Attributes
    ----------
    matrix : array of shape (rq, rq), float64
        M: coordinate-major, as in `skal.kernels.softmax`.
    q : int
        Contrasts; 1 for a regression.
    intercept : bool
        Whether the last coordinate is the constant 1.
    basis : array or sparse matrix of shape (d, s), or None
        f = (Z·basis)·turn, then the constant; None: f is the row itself.
    turn : array of shape (s, s'), or None
        Coordinates within the span of the labelled rows.
    scale : array of shape (d,), or None
        1/ridge, where M speaks of a span only.
    damping : float
        What was added to a singular H.
    """

    matrix: Array
    q: int
    intercept: bool
    basis: Any = None
    turn: Any = None
    scale: Any = None
    damping: float = 0.0

    def coordinates(self, Z: Array) -> Array:
        """f of some rows, without the constant (float64, dense)."""
        F = Z
        if self.basis is not None:
            F = Z @ self.basis
        F = F.toarray() if is_sparse(F) else F
        F = as_float64(F)
        return F if self.turn is None else F @ self.turn

    def rest(self, Z: Array, F: Array) -> Array | None:
        """κ(z, z) − ‖f‖² of each row: what lies outside the span; None if there is no outside."""
        if self.scale is None:
            return None
        xp = namespace(F)
        return xp.clip(
            squared_norms(scaled_columns(Z, self.scale**0.5)) - squared_norms(F), 0, None
        )

    def rest_between(self, Z_v: Array, F_v: Array, Z: Array, F: Array) -> Array | None:
        """κ(z_v, z) − f_v·f for pairs of rows (m×n); None if there is no outside."""
        if self.scale is None:
            return None
        products = scaled_columns(Z_v, self.scale) @ Z.T
        products = products.toarray() if is_sparse(products) else products
        return as_float64(products) - F_v @ F.T

    def seen_by(self, Z: Array, F: Array | None = None) -> Array:
        """Nᵢ = (zᵢᵀ⊗I) H⁻¹ (zᵢ⊗I) of each row (n×q×q)."""
        F = self.coordinates(Z) if F is None else F
        xp = namespace(F)
        parts = [values for _, values in seen_by_rows(F, self.matrix, self.q, self.intercept)]
        N = xp.concat(parts) if len(parts) > 1 else parts[0]
        rest = self.rest(Z, F)
        if rest is not None:
            N = N + rest[:, None, None] * xp.eye(self.q, dtype=N.dtype, device=device(N))
        return N

    def between(self, Z: Array) -> Array:
        """(zᵢᵀ⊗I) H⁻¹ (zⱼ⊗I) of all pairs of a few rows (nq×nq)."""
        F = self.coordinates(Z)
        F1, xp, (n, q) = augmented(F, self.intercept), namespace(F), (F.shape[0], self.q)
        r = F1.shape[1]
        half = xp.reshape(F1 @ xp.reshape(self.matrix, (r, q * r * q)), (n, q, r, q))
        N = xp.permute_dims(xp.tensordot(half, F1, axes=([2], [1])), (0, 1, 3, 2))
        rest = self.rest_between(Z, F, Z, F)
        if rest is not None:
            eye = xp.eye(q, dtype=F.dtype, device=device(F))
            N = N + rest[:, None, :, None] * eye[:, None, :]
        return xp.reshape(N, (n * q, n * q))

    def traces(self, Z: Array, F: Array) -> Array:
        """Tr Nᵢ of each row (n): bᵀNᵢb is at most ‖b‖² times that."""
        F1, rest = augmented(F, self.intercept), self.rest(Z, F)
        found = namespace(F).vecdot(F1 @ self._traced, F1)
        return found if rest is None else found + self.q * rest

    @cached_property
    def _traced(self) -> Array:
        """Σ_a M_aa over contrasts (r×r)."""
        r = self.matrix.shape[0] // self.q
        M = self.matrix.reshape(r, self.q, r, self.q)
        total = M[:, 0, :, 0]
        for a in range(1, self.q):
            total = total + M[:, a, :, a]
        return total

    def times(self, G: Array) -> Array:
        """H⁻¹G for a G among contrasts (d×q, the intercept's row last; a regression: d×k)."""
        if self.basis is None:
            return self._inside(G)
        xp = namespace(self.matrix)
        inside, last = (G[:-1], G[-1:]) if self.intercept else (G, G[:0])
        F = self._to_span(inside)
        solved = self._inside(xp.concat([F, last]))
        change = solved[: F.shape[0]] - F
        outside = inside * self.scale[:, None]
        outside = outside + self.basis @ (change if self.turn is None else self.turn @ change)
        return xp.concat([outside, solved[F.shape[0] :]])

    def _to_span(self, G):
        F = self.basis.T @ G
        return F if self.turn is None else self.turn.T @ F

    def _inside(self, G):
        if self.q == 1:
            return self.matrix @ G
        return (self.matrix @ G.reshape(-1)).reshape(G.shape)

    def one_row(self, z: Array) -> Array:
        """A row z (1×d), dense, with the constant (d)."""
        return as_float64(augmented(z, self.intercept))[0]

    def with_row(self, z: Array, curvature: Array) -> "InverseHessian":
        """H⁻¹ once a row z (1×d) joins the objective, with Λ̃ (q×q) at its new logits.

        M − W C Wᵀ with W = M(f⊗I), C = (I + Λ̃N)⁻¹Λ̃; a row outside the span widens it first.
        """
        wide = self._widened(z)
        f = augmented(wide.coordinates(z), wide.intercept)[0]
        xp = namespace(f)
        M = wide.matrix.reshape(len(f) * wide.q, len(f), wide.q)
        W = (M * f[None, :, None]).sum(1)
        N = (W.reshape(len(f), wide.q, wide.q) * f[:, None, None]).sum(0)
        eye = xp.eye(wide.q, dtype=f.dtype, device=device(f))
        C = xp.linalg.solve(eye + curvature @ N, curvature)
        return replace(wide, matrix=wide.matrix - W @ ((C + C.T) / 2) @ W.T)

    def _widened(self, z):
        """The same H⁻¹ with the part of row z that is outside the span as one more coordinate."""
        F = self.coordinates(z)
        rest = self.rest(z, F)
        if rest is None:
            return self
        outside = float(rest[0])
        inside = float(squared_norms(F)[0])
        if outside <= 1e-12 * inside or outside == 0:
            return self
        xp = namespace(F)
        anchor, length = scaled_columns(z, self.scale), outside**0.5
        if self.turn is None:
            column = (anchor.T - self.basis @ F.T) / length
            parts = {"basis": xp.concat([self.basis, column], axis=1)}
        else:
            column = xp.concat([-(self.turn @ F.T), xp.ones_like(F[:, :1])]) / length
            zeros = xp.zeros_like(self.turn[:1])
            turn = xp.concat([xp.concat([self.turn, zeros]), column], axis=1)
            parts = {"basis": concatenate_columns(self.basis, anchor.T), "turn": turn}
        q, r = self.q, F.shape[1]
        place = r * q  # before the constant
        size = self.matrix.shape[0]
        matrix = xp.zeros((size + q, size + q), dtype=F.dtype, device=device(F))
        old = xp.concat([xp.arange(place), xp.arange(place + q, size + q)])
        matrix[old[:, None], old[None, :]] = self.matrix
        new = xp.arange(place, place + q)
        matrix[new, new] = 1.0
        return replace(self, matrix=matrix, **parts)


def inverse_hessian(
    Z: Array, P: Array | None, ridge: Array, intercept: bool, weights: Array | None = None
) -> InverseHessian:
    """H⁻¹ from labelled rows Z (n×d), their probabilities P (None: a regression) and ridge."""
    q = 1 if P is None else P.shape[1] - 1
    n, d = Z.shape
    slopes = ridge[:d]
    if n < d and bool((slopes > 0).all()):
        basis, turn, scale = _span(Z, slopes)
        reduced = InverseHessian(None, q, intercept, basis, turn, scale)
        F = reduced.coordinates(Z)
        xp = namespace(F)
        ones = xp.ones(F.shape[1], dtype=F.dtype, device=device(F))
        H = hessian(F, P, xp.concat([ones, float64_like(ridge[d:], F)]), intercept, weights)
        matrix, damping = _inverse(H)
        return replace(reduced, matrix=matrix, damping=damping)
    H = hessian(as_float64(Z), P, ridge, intercept, weights)
    matrix, damping = _inverse(H)
    return InverseHessian(matrix, q, intercept, damping=damping)


def size_of(n_labelled: int, d: int, q: int, ridge: Array, intercept: bool) -> int:
    """rq: how long a side of M would be."""
    r = n_labelled if n_labelled < d and bool((ridge[:d] > 0).all()) else d
    return (r + intercept) * q


def _inverse(H):
    """H⁻¹ by Cholesky, each coordinate scaled to a curvature of 1; damped where it is singular."""
    xp = namespace(H)
    diagonal = xp.linalg.diagonal(H)
    mean = xp.mean(diagonal)
    scale = xp.sqrt(xp.where(diagonal > 0, diagonal, mean if mean > 0 else mean + 1))
    scaled_H = H / scale[:, None] / scale[None, :]
    inverse, pivot = cholesky_inverse(scaled_H)
    damping = 0.0
    if pivot < SINGULAR:
        damping = DAMPING
        places = xp.arange(H.shape[0], device=device(H))
        scaled_H[places, places] += damping
        inverse, _ = cholesky_inverse(scaled_H)
    return inverse / scale[:, None] / scale[None, :], damping


def _span(Z, slopes):
    """An orthonormal basis of the span of the rows, where the ridge r is the inner product.

    From the eigenvectors of the Gram matrix K = Z diag(1/r) Zᵀ: f = Z diag(1/r) Z_lᵀ·U·Σ^(−1/2).
    """
    Z = as_float64(Z)
    scale = 1 / float64_like(slopes, Z)
    anchors = scaled_columns(Z, scale)
    gram = Z @ anchors.T
    gram = gram.toarray() if is_sparse(gram) else gram
    xp = namespace(gram)
    values, vectors = xp.linalg.eigh((gram + gram.T) / 2)
    keep = values > xp.max(values) * 1e-13 * len(values)
    turn = vectors[:, keep] / xp.sqrt(values[keep])[None, :]
    if is_sparse(anchors):
        return anchors.T.tocsr(), turn, scale
    return anchors.T @ turn, None, scale
