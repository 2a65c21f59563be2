"""Rows that are picked one by one, and what all kinds of them share."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol, Self

import numpy as np

from skal._array import (
    Array,
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


class ByRow(Protocol):
    """Numbers of each row, in an array or computed where they are asked for."""

    def __getitem__(self, rows: Any, /) -> Array:
        """Those of some rows."""


class Rows:
    """Features of rows, and which of them are in."""

    def __init__(self, Z: Array, intercept: bool, scale: Array):
        self.Z, self.intercept, self.scale = Z, intercept, scale
        self.picked: list[int] = []
        self._like = augmented(Z[:1], intercept)
        self.gains = self._empty(Z.shape[0])

    @property
    def exact(self) -> Callable[[np.ndarray], np.ndarray] | None:
        """Gains of some rows in float64; None: `gains` are as good."""
        return None

    def _empty(self, *shape):
        xp = namespace(self._like)
        return xp.empty(shape, dtype=self._like.dtype, device=device(self._like))

    def _close_picked(self):
        """Rows that are in cannot be added."""
        if self.picked:
            self.gains[self.picked] = -np.inf


class InformationRows(Rows, ABC):
    """What adding each row to M = prior + Σ picked would gain, kept up to date.

    One round of it is `_change`: the term of one row goes into M⁻¹ and Q, then one pass over the
    pool brings all N and D up to date.  Subclasses say how a row's information is written, in the
    abstract methods.

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
    prior : callable or None
        () ↦ M without picks (m×D×D, float64); None where `_new_inverse` knows it.
    target : array (m×D×D) or None
        F of tr(M⁻¹F), which picks lower; None: they raise log det M.
    q : int
        Columns of V, of which a row's information is made.
    """

    def __init__(
        self,
        Z: Array,
        given: ByRow,
        intercept: bool,
        scale: Array,
        prior: Callable[[], Array] | None,
        target: Array | None,
        q: int,
    ):
        super().__init__(Z, intercept, scale)
        self.given, self._prior = given, prior
        self._with_rows()
        self.inverse = self._new_inverse(target, q)
        self._look_afresh()

    def _with_rows(self) -> None:
        """Compute what depends on the rows alone."""

    def _new_inverse(self, target: Array | None, q: int) -> Any:
        return UpdatedInverse(self._information, target, q, dtype_name(self._like))

    def kept(self) -> Self:
        """The picked rows alone, all of them in M, to take rows out of; in float64."""
        rows = copy.copy(self)
        rows.Z, rows.given = self._in_double(self.picked)
        rows._like, rows.picked = rows.Z, list(range(len(self.picked)))
        rows.gains = rows._empty(len(self.picked))
        rows._with_rows()
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

    # ------------------------------------------------------------------ what subclasses say
    @abstractmethod
    def _sum(self, Z: Array, given: Array) -> Array:
        """Σ I(xᵢ) of a few rows (m×D×D), in float64."""

    @abstractmethod
    def _look(self) -> None:
        """N and D of all rows, from M⁻¹ and Q."""

    @abstractmethod
    def _term(self, z: Array, given: Array, sign: int) -> tuple[Array, Array | None, float]:
        """W' and G' (m×r×D) of one row, and how much M⁻¹ grows at most."""

    @abstractmethod
    def _step(self, W: Array, G: Any) -> Array:
        """The matrix that features are multiplied with to follow a term."""

    # The product of rows and a step: as it is, or with rows as the last axis.
    _multiply = staticmethod(products)

    @abstractmethod
    def _follow(self, rows: slice, XY: Array, sign: int) -> None:
        """N and D of some rows, from that product."""

    @abstractmethod
    def _gain(self, rows: slice) -> None:
        """The gains of some rows."""

    @abstractmethod
    def _losses(self) -> Array:
        """What taking out each picked row would cost."""

    @property
    @abstractmethod
    def _width(self) -> int:
        """Numbers of a row that a pass works on."""

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
                self._follow(rows, self._multiply(self.Z[rows], step, self.intercept), sign)
                self._gain(rows)
        self._close_picked()

    # ------------------------------------------------------------------ from scratch
    def _information(self):
        """M, from its parts."""
        assert self._prior is not None  # or nobody asks
        M = self._prior()
        return M + self._sum(*self._in_double(self.picked)) if self.picked else M

    def _look_afresh(self):
        """N, D and the gains of all rows from M⁻¹ and Q."""
        self._look()
        for rows in self._slices():
            self._gain(rows)
        self._close_picked()

    def _in_double(self, positions):
        """A few rows in float64: features, and what their curvature is made of."""
        xp, Z = namespace(self._like), as_float64(augmented(self.Z[positions], False))
        return Z, xp.asarray(self.given[positions], dtype=xp.float64)

    def _slices(self):
        return row_slices(self.Z.shape[0], self._width, self._like)
