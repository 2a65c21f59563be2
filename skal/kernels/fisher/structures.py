"""How much of a row's Fisher information is looked at: all, class by class, or the top class.

I(x) is written as m matrices D×D.  Every structure answers the same five questions, on the rows of
a `Data`, whose features are multiplied by `scale` (d) first.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from skal._array import Array, namespace
from skal.kernels.fisher.forms import summed_information
from skal.kernels.fisher.rank_one_rows import (
    Ones,
    RankOneRows,
    Weights,
    class_weights,
    rank_one_information,
    rank_one_seen,
    top_weights,
)
from skal.kernels.fisher.rows import ByRow
from skal.kernels.fisher.softmax_rows import SoftmaxRows
from skal.kernels.softmax import curvature, information, seen_by_rows


class Data(NamedTuple):
    """Rows as a structure sees them."""

    Z: Array  # n×d without the constant; may be sparse
    P: Any  # n×k; None of a regression
    intercept: bool

    @property
    def n(self) -> int:
        return self.Z.shape[0]

    @property
    def d(self) -> int:
        return self.Z.shape[1] + self.intercept

    def part(self, positions: np.ndarray) -> "Data":
        """Some of the rows; no copy where they are all of them."""
        if len(positions) == self.n and (positions == np.arange(self.n)).all():
            return self
        P = None if self.P is None else self.P[positions]
        return Data(self.Z[positions], P, self.intercept)


class Full:
    """All of it: I(x) = zzᵀ ⊗ Λ̃, one matrix of D = dq (q = k − 1)."""

    name = "full"

    def __init__(self, likeliest: int | None = None):
        self.likeliest = likeliest

    def mean_curvature(self, data: Data, rows: slice) -> Array:
        """tr Λ̃/q of some rows."""
        C = curvature(data.P[rows])
        return namespace(C).linalg.trace(C) / C.shape[-1]

    def information(self, data: Data, scale: Array, row_weights: Array | None = None) -> Array:
        """Σᵢ rᵢI(xᵢ) (1×D×D, float64)."""
        return information(*data, weights=row_weights, scale=scale)[None]

    def target(self, data: Data, scale: Array) -> Array:
        """Σᵢ I(xᵢ) of many rows, with the digits of their features (1×D×D, float64)."""
        return summed_information(*data, scale)[None]

    def seen(self, data: Data, A: Array, scale: Array) -> Iterator[tuple[slice, Array]]:
        """tr(Λ̃ᵢVᵀAV) of each row, in float64: what it would add along A (1×D×D)."""
        q = data.P.shape[1] - 1
        for rows, values in seen_by_rows(data.Z, A[0], q, data.intercept, scale, double=True):
            xp = namespace(values)
            C = curvature(xp.asarray(data.P[rows], dtype=values.dtype))
            yield rows, xp.sum(C * values, axis=(1, 2))

    def rows(
        self, data: Data, scale: Array, prior: Callable[[], Array], target: Array | None
    ) -> SoftmaxRows:
        """Rows that are picked one by one, from M without picks (`prior`) and F (`target`)."""
        return SoftmaxRows(*data, scale, prior, target, self.likeliest)

    @staticmethod
    def memory(n: int, d: int, k: int, itemsize: int) -> int:
        """Bytes beside the features: N and D of the rows, and four square matrices."""
        q = k - 1
        return 2 * n * q**2 * itemsize + 4 * (d * q) ** 2 * 8


class Block:
    """Each class by itself: I(x) = diag(p(1 − p)) ⊗ zzᵀ, k matrices of D = d."""

    name = "block"

    def weights(self, data: Data) -> ByRow:
        """The weight of each row in each matrix (n×m), where it is asked for."""
        return Weights(class_weights, data.P)

    def mean_curvature(self, data: Data, rows: slice) -> Array:
        """Mean over the matrices of the weights of some rows."""
        weights = self.weights(data)[rows]
        return namespace(weights).mean(weights, axis=1)

    def information(self, data: Data, scale: Array, row_weights: Array | None = None) -> Array:
        """Σᵢ rᵢI(xᵢ) (m×d×d, float64)."""
        w = self.weights(data)
        return rank_one_information(data.Z, w, data.intercept, row_weights, scale)

    def target(self, data: Data, scale: Array) -> Array:
        """Σᵢ I(xᵢ) of many rows, with the digits of their features (m×d×d, float64)."""
        w = self.weights(data)
        return rank_one_information(data.Z, w, data.intercept, scale=scale, double=False)

    def seen(self, data: Data, A: Array, scale: Array) -> Iterator[tuple[slice, Array]]:
        """tr(I(xᵢ)A) of each row, in float64: what it would add along A (m×d×d)."""
        for rows, values in rank_one_seen(data.Z, A, data.intercept, scale, double=True):
            xp = namespace(values)
            weights = xp.asarray(self.weights(data)[rows], dtype=values.dtype)
            yield rows, xp.sum(weights * values, axis=1)

    def rows(
        self, data: Data, scale: Array, prior: Callable[[], Array], target: Array
    ) -> RankOneRows:
        """Rows that are picked one by one, from M without picks (`prior`) and F (`target`)."""
        return RankOneRows(data.Z, self.weights(data), data.intercept, scale, prior, target)

    @staticmethod
    def memory(n: int, d: int, k: int, itemsize: int) -> int:
        """Bytes beside the features: N and D of the rows, and four square matrices a class."""
        return 2 * n * k * itemsize + 4 * k * d**2 * 8


class Binary(Block):
    """The most likely class against the rest: I(x) = 2p(1 − p)·zzᵀ, exact at two classes."""

    def __init__(self, name: str = "binary"):
        self.name = name

    def weights(self, data: Data) -> ByRow:
        return Weights(top_weights, data.P)

    def rows(
        self, data: Data, scale: Array, prior: Callable[[], Array], target: Array
    ) -> RankOneRows:
        weights = self.weights(data)[:]  # one number a row, looked at in every pick
        return RankOneRows(data.Z, weights, data.intercept, scale, prior, target)

    @staticmethod
    def memory(n: int, d: int, k: int, itemsize: int) -> int:
        """Bytes beside the features: N, D and the weights of the rows, and four square matrices."""
        return 3 * n * itemsize + 4 * d**2 * 8


class Regression(Binary):
    """Squared loss: I(x) = zzᵀ, the same for every output."""

    def __init__(self) -> None:
        super().__init__("regression")

    def mean_curvature(self, data: Data, rows: slice) -> Array:
        return self.weights(data)[rows][:, 0]

    def weights(self, data: Data) -> ByRow:
        return Ones(data.Z)

    def rows(
        self, data: Data, scale: Array, prior: Callable[[], Array], target: Array
    ) -> RankOneRows:
        return RankOneRows(data.Z, Ones(data.Z), data.intercept, scale, prior, target)
