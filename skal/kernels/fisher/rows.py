"""Rows that are picked one by one, and what all kinds of them share."""

import copy
from collections.abc import Callable

import numpy as np

from skal._array import (
    as_float64,
    augmented,
    device,
    dtype_name,
    namespace,
    products,
    row_slices,
    to_numpy,
)
from skal.kernels.fisher.updated_inverse import UpdatedInverse


class Rows:
    """Features of rows, and which of them are in."""

    closer = gain = None  # bounds are the gains themselves

    def __init__(self, Z, intercept: bool, scale):
        self.Z, self.intercept, self.scale, self.picked = Z, intercept, scale, []
        self._like = augmented(Z[:1], intercept)
        self.bounds = self._empty(Z.shape[0])

    def _empty(self, *shape):
        xp = namespace(self._like)
        return xp.empty(shape, dtype=self._like.dtype, device=device(self._like))

    def _close_picked(self):
        """Rows that are in cannot be added."""
        if self.picked:
            self.bounds[self.picked] = -np.inf


class InformationRows(Rows):
    """What adding each row to M = prior + Σ picked would gain, kept up to date.

    One round of it is `_change`: the term of one row goes into M⁻¹ and Q, then one pass over the
    pool brings all N and D up to date.  Subclasses say how a row's information is written:

    - ``_sum(Z, given)``: Σ I(xᵢ) of a few rows, in float64;
    - ``_look()``: N and D of all rows, from M⁻¹ and Q;
    - ``_term(z, given, sign)``: W' and G' (m×r×D) of one row, and how much M⁻¹ grows at most;
    - ``_step(W, G)``: the matrix that features are multiplied with to follow a term;
    - ``_follow(rows, XY, sign)``: N and D of some rows, from that product;
    - ``_bound(rows)``: numbers that the gains of some rows do not exceed;
    - ``_losses()``: what taking out each picked row would cost;
    - ``_width``: numbers of a row that a pass works on.

    Parameters
    ----------
    Z : array (n×d)
        Features, which may be a sparse matrix.
    given : array-like of rows (n×…)
        What is indexed by rows to give what their curvature is made of.
    intercept : bool
        Whether z has a constant 1 that Z does not hold.
    scale : array (d)
        What each feature (the constant is the last) is multiplied by before anything else.
    prior : callable
        () ↦ M without picks (m×D×D, float64).
    target : array (m×D×D) or None
        F of tr(M⁻¹F), which picks lower; None: they raise log det M.
    q : int
        Columns of V, of which a row's information is made.
    """

    _width: int

    def __init__(self, Z, given, intercept, scale, prior: Callable, target, q: int):
        super().__init__(Z, intercept, scale)
        self.given, self._prior = given, prior
        self.inverse = UpdatedInverse(self._information, target, q, dtype_name(self._like))
        self._look_afresh()

    def kept(self) -> "InformationRows":
        """The picked rows alone, all of them in M, to take rows out of; in float64."""
        rows = copy.copy(self)
        rows.Z, rows.given = self._in_double(self.picked)
        rows._like, rows.picked = rows.Z, list(range(len(self.picked)))
        rows.bounds = rows._empty(len(self.picked))
        rows.inverse.information = rows._information
        rows._look_afresh()
        return rows

    def push(self, position: int) -> None:
        """Add a row."""
        self.picked.append(position)
        self._change(position, 1)

    def pop(self, position: int) -> None:
        """Take a row out."""
        self.picked.remove(position)
        self._change(position, -1)

    def loss(self) -> np.ndarray:
        """What taking each row out would cost; inf where it is out, or M needs it."""
        loss = np.full(self.Z.shape[0], np.inf)
        loss[self.picked] = to_numpy(self._losses())
        return loss

    # ------------------------------------------------------------------ one term
    def _change(self, position, sign):
        """Add a row's term to M (sign 1), or take it away (−1)."""
        Z, given = self._in_double([position])
        W, G, rise = self._term(augmented(Z, self.intercept, self.scale)[0], given[0], sign)
        if np.isfinite(rise):
            self.inverse.change(W, G, sign, rise)
        if self.inverse.stale or not np.isfinite(rise):
            self.inverse.refresh()
            self._look_afresh()
        elif W.shape[1]:
            step = self._step(W, G)
            for rows in self._slices():
                self._follow(rows, products(self.Z[rows], step, self.intercept), sign)
                self._bound(rows)
        self._close_picked()

    # ------------------------------------------------------------------ from scratch
    def _information(self):
        """M, from its parts."""
        M = self._prior()
        return M + self._sum(*self._in_double(self.picked)) if self.picked else M

    def _look_afresh(self):
        """N, D and the bounds of all rows from M⁻¹ and Q."""
        self._look()
        for rows in self._slices():
            self._bound(rows)
        self._close_picked()

    def _in_double(self, positions):
        """A few rows in float64: features, and what their curvature is made of."""
        xp, Z = namespace(self._like), as_float64(augmented(self.Z[positions], False))
        return Z, xp.asarray(self.given[positions], dtype=xp.float64)

    def _slices(self):
        return row_slices(self.Z.shape[0], self._width, self._like)
