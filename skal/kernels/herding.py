"""What rows add to the cover of others, Σ_j u_j · max_{i ∈ S} k(x_j, x_i), tile by tile."""

import numpy as np

from skal._array import Array, device, namespace, not_negative, to_numpy
from skal.kernels.similarity import OTHERS, ROWS, Tile, tiles

# Numbers of kernel rows that are kept: 32 MiB of float32.
KEPT_NUMBERS = 2**23
# Kernel rows that are computed at once, at least, where they are kept.
FEW = 32


class Cover:
    """How well rows to be covered (m) are, and what each of n candidates would add.

    The gain of a candidate i is Σ_j u_j · max(k(x_i, x_j) − c_j, 0), where c_j is the kernel of row
    j and what covers it best so far.  Gains never grow as rows are added, so that an old one bounds
    the new one.

    Parameters
    ----------
    kernel : Tile
        (candidates, rows to be covered) ↦ k.
    n : int
        How many candidates.
    u : array of shape (m,)
        What each row to be covered counts.
    covered : array of shape (m,)
        c: 0 where nothing covers a row yet.  Changed in place.
    same : bool
        Whether candidates and rows to be covered are the same rows: half the kernel is enough.

    Attributes
    ----------
    bounds : ndarray of shape (n,)
        Numbers that the gains do not exceed.
    """

    def __init__(self, kernel: Tile, n: int, u: Array, covered: Array, *, same: bool = False):
        self.kernel, self.u, self.covered = kernel, u, covered
        self.bounds = self._of_both(n) if same else self._of_all(n)
        self._places: dict[int, int] = {}  # of candidates whose kernel rows are kept
        self._free = list(range(max(1, min(n, KEPT_NUMBERS // max(1, len(u))))))[::-1]
        self._kept = namespace(u).empty((len(self._free), len(u)), dtype=u.dtype, device=device(u))

    def _of_all(self, n: int) -> np.ndarray:
        """The gain of every candidate."""
        gains = np.zeros(n)
        for rows in tiles(n, ROWS):
            for others in tiles(len(self.u), OTHERS):
                K = self.kernel(rows, others)
                gains[rows] += to_numpy(self._above(K, self.covered[others]) @ self.u[others])
        return gains

    def _of_both(self, n: int) -> np.ndarray:
        """The same where candidates and others are the same rows, so that k(i, j) serves j too."""
        gains, step = np.zeros(n), (ROWS + OTHERS) // 2
        for rows in tiles(n, step):
            for others in tiles(n, step):
                if others.start < rows.start:
                    continue
                K = self.kernel(rows, others)
                if others.start > rows.start:
                    below = self._above(K + 0, self.covered[rows][:, None])
                    gains[others] += to_numpy(self.u[rows] @ below)
                gains[rows] += to_numpy(self._above(K, self.covered[others]) @ self.u[others])
        return gains

    def _above(self, K: Array, covered: Array) -> Array:
        """max(k − c, 0), written over k."""
        K -= covered
        return not_negative(K)

    def gain(self, positions: np.ndarray) -> np.ndarray:
        """The gains of these candidates, now; `bounds` follow."""
        gains = np.zeros(len(positions))
        for part in tiles(len(positions), ROWS):
            self._keep(positions[part])
            for others in tiles(len(self.u), ROWS * OTHERS // (part.stop - part.start)):
                K = self._rows(positions[part], others)
                gains[part] += to_numpy(self._above(K, self.covered[others]) @ self.u[others])
        self.bounds[positions] = gains
        return gains

    def push(self, position: int) -> None:
        """Add a row."""
        xp = namespace(self.covered)
        row = self._rows(np.array([position]), slice(None))[0]
        self.covered[:] = xp.maximum(self.covered, row)
        self.bounds[position] = -np.inf
        if (place := self._places.pop(position, None)) is not None:
            self._free.append(place)  # it is not asked for again

    def _keep(self, positions: np.ndarray) -> None:
        """Keep k(i, ·) of these candidates, if there is room: who leads once leads again.

        And of those of the largest bounds, which are next: a product of few rows is slow.
        """
        new = [i for i in positions.tolist() if i not in self._places]
        if not new or len(new) > len(self._free):
            return
        if len(new) < FEW:
            next_ones = np.argpartition(-self.bounds, min(FEW, len(self.bounds) - 1))[:FEW].tolist()
            known = self._places.keys() | set(new)
            new += [i for i in next_ones if i not in known]
            new = new[: min(FEW, len(self._free))]
        places = [self._free.pop() for _ in new]
        self._places.update(zip(new, places, strict=True))
        for others in tiles(len(self.u), ROWS * OTHERS // len(new)):
            self._kept[places, others] = self.kernel(np.array(new), others)

    def _rows(self, positions: np.ndarray, others: slice) -> Array:
        """A copy of k(i, ·) of these candidates."""
        places = [self._places.get(i) for i in positions.tolist()]
        if None in places:
            return self.kernel(positions, others)
        return self._kept[places, others]


def cover_of(kernel: Tile, n: int, m: int, like: Array) -> Array:
    """max_i k(x_i, x_j) over n rows, for each of m rows to be covered."""
    xp = namespace(like)
    covered = xp.zeros(m, dtype=like.dtype, device=device(like))
    for others in tiles(m, OTHERS):
        for rows in tiles(n, ROWS):
            covered[others] = xp.maximum(covered[others], xp.max(kernel(rows, others), axis=0))
    return covered
