"""Where M differs from I: in all features, or in the span of the rows that may be in M.

With features scaled so that λ is 1, M = I + Σ zzᵀ ⊗ Λ̃ over labelled and picked rows.  Let B (d×r)
be an orthonormal basis of a space that holds all of these z.  Then, writing B for B⊗I,

    M = B M_r Bᵀ + (I − BBᵀ),   M_r = I + Σ (Bᵀz)(Bᵀz)ᵀ ⊗ Λ̃,
    M⁻¹ = B M_r⁻¹ Bᵀ + (I − BBᵀ),
    tr(M⁻¹F) = tr(M_r⁻¹ BᵀFB) + tr F − tr BᵀFB.

The last two terms are the same for every batch, and zᵀM⁻¹z and zᵀM⁻¹FM⁻¹z of every z in the span
are those of Bᵀz with M_r and BᵀFB.  So the problem in the r coordinates is the same problem, and
picks are the same.  It is smaller where fewer rows than features may be in M.
"""

from collections.abc import Iterator

import numpy as np

from skal._array import (
    Array,
    as_float64,
    augmented,
    device,
    float64_like,
    namespace,
    products,
    scaled_columns,
    squared_norms,
)
from skal.kernels.fisher.structures import Block, Data, Full

# Rows of which coordinates are made at a time, or as many as there are coordinates if that is more.
ROWS = 64


class AllFeatures:
    """All features, each multiplied by its `scale` (d)."""

    def __init__(self, scale: Array):
        self.scale = scale

    def information(
        self, structure: Full | Block, data: Data, *, double: bool = True
    ) -> tuple[Array, float]:
        """Σᵢ I(xᵢ) (m×D×D), and the trace of what is not in it: none."""
        of = structure.information if double else structure.target
        return of(data, self.scale), 0.0

    def identity(self, like: Array) -> tuple[Array, float]:
        """F = I of features as they were before they were scaled, like `like` (m×D×D)."""
        xp = namespace(like)
        squares = xp.repeat(self.scale**2, like.shape[-1] // self.scale.shape[0])
        return xp.zeros_like(like) + xp.eye(len(squares), device=device(like)) * squares, 0.0


class Span:
    """The span of the scaled rows of some parts; `parts` are these in its r coordinates.

    The basis is the Q of a QR decomposition, which is orthonormal whatever the rank of the rows.
    Equal rows get equal coordinates, so that ties stay ties.
    """

    def __init__(self, parts: list[Data], scale: Array):
        rows = [augmented(as_float64(data.Z), data.intercept, scale) for data in parts]
        xp = namespace(rows[0])
        basis = xp.linalg.qr(xp.concat(rows).T)[0]
        del rows
        self._back = scale[:, None] * basis  # coordinates are zᵀ times this, z as it was
        self._squares = scale**2
        self.scale = float64_like(np.ones(basis.shape[1]), basis)
        self.parts = [
            Data(products(as_float64(data.Z), self._back, data.intercept), data.P, False)
            for data in parts
        ]

    def information(
        self, structure: Full | Block, data: Data, *, double: bool = True
    ) -> tuple[Array, float]:
        """Σᵢ BᵀI(xᵢ)B (m×D×D), and the trace of what is outside the span; always in float64."""
        total: Array = 0
        outside = 0.0
        for seen, left in self._blocks(data):
            total = total + structure.information(seen, self.scale)
            xp = namespace(left)
            mean = xp.astype(structure.mean_curvature(seen, slice(None)), xp.float64)
            outside += float(xp.sum(mean * left))
        return total, outside * self._copies(total)

    def identity(self, like: Array) -> tuple[Array, float]:
        """BᵀFB, like `like` (m×D×D), of F = I of features as they were before they were scaled."""
        F, xp = namespace(like).zeros_like(like), namespace(like)
        G = self._back.T @ self._back
        m, D, _ = like.shape
        r = G.shape[0]
        by_feature = F.reshape(m, r, D // r, r, D // r)
        for a in range(D // r):
            by_feature[:, :, a, :, a] = G
        outside = float(xp.sum(self._squares)) - float(xp.linalg.trace(G))
        return F, max(outside, 0.0) * self._copies(like)

    def _blocks(self, data: Data) -> Iterator[tuple[Data, Array]]:
        """Blocks of rows in coordinates, and ‖z‖² outside the span."""
        step = max(ROWS, self.scale.shape[0])
        for start in range(0, data.n, step):
            rows = slice(start, start + step)
            Z = as_float64(data.Z[rows])
            coordinates = products(Z, self._back, data.intercept)
            norms = scaled_norms(Z, data.intercept, self._squares)
            left = namespace(coordinates).clip(norms - squared_norms(coordinates), 0, None)
            P = None if data.P is None else data.P[rows]
            yield Data(coordinates, P, False), left

    def _copies(self, matrices: Array) -> int:
        """How many numbers there are for each coordinate (m·q)."""
        return matrices.shape[0] * matrices.shape[-1] // self.scale.shape[0]


def scaled_norms(Z: Array, intercept: bool, squares: Array) -> Array:
    """‖z‖² of a few rows whose features, and the constant, are scaled by the roots of `squares`."""
    norms = squared_norms(scaled_columns(Z, squares[: Z.shape[1]] ** 0.5))
    return norms + squares[-1] if intercept else norms
