"""What rows add to the cover of others, Σ_j u_j · max_{i ∈ S} k(x_j, x_i), tile by tile."""

import numpy as np

from skal._array import Array, device, is_torch, namespace, not_negative, to_numpy
from skal.kernels.similarity import OTHERS, ROWS, Kernel, tiles

# Numbers of kernel rows that are kept: 32 MiB of float32.
KEPT_NUMBERS = 2**23
# Kernel rows that are computed at once, at least, where they are kept.
FEW = 32
# Of a tile, at most one number in so many is above what covers the rows already: only these count.
SPARSE = 8


class Cover:
    """How well rows to be covered (m) are, and what each of n candidates would add.

    The gain of a candidate i is Σ_j u_j · max(k(x_i, x_j) − c_j, 0), where c_j is the kernel of row
    j and what covers it best so far.  Gains never grow as rows are added, so that an old one bounds
    the new one.

    Parameters
    ----------
    kernel : Kernel
        Between candidates and rows to be covered.
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

    def __init__(self, kernel: Kernel, n: int, u: Array, covered: Array, *, same: bool = False):
        self.kernel, self.u, self.covered = kernel, u, covered
        self._level = kernel.levels_of(covered)
        self.bounds = self._of_both(n) if same else self._of_all(n)
        self._places: dict[int, int] = {}  # of candidates whose kernel rows are kept
        self._free = list(range(max(1, min(n, KEPT_NUMBERS // max(1, len(u))))))[::-1]
        self._kept = namespace(u).empty((len(self._free), len(u)), dtype=u.dtype, device=device(u))

    def _of_all(self, n: int) -> np.ndarray:
        """The gain of every candidate."""
        gains = np.zeros(n)
        for rows in tiles(n, ROWS):
            for others in tiles(len(self.u), OTHERS):
                gains[rows] += self._added(self.kernel.levels(rows, others), others)
        return gains

    def _of_both(self, n: int) -> np.ndarray:
        """The same where candidates and others are the same rows, so that k(i, j) serves j too."""
        gains, step = np.zeros(n), (ROWS + OTHERS) // 2
        for rows in tiles(n, step):
            for others in tiles(n, step):
                if others.start < rows.start:
                    continue
                levels = self.kernel.levels(rows, others)
                if others.start > rows.start:
                    gains[others] += self._added(levels.T, rows)
                gains[rows] += self._added(levels, others)
        return gains

    def _added(self, levels: Array, others: slice) -> np.ndarray:
        """Σ_j u_j · max(k_ij − c_j, 0) over the others, for each row of a tile."""
        u, covered = self.u[others], self.covered[others]
        if not is_torch(levels):
            above = levels > self._level[others]
            if SPARSE * np.count_nonzero(above) < above.size:
                return self._of_few(levels, above, u, covered)
        K = self.kernel.values(levels + 0)
        K -= covered
        return to_numpy(not_negative(K) @ u)

    def _of_few(self, levels, above, u, covered):
        """The same, where few of the tile are above what covers the others."""
        if not above.flags.c_contiguous:  # a transposed tile is read in its own order
            columns, rows = np.divmod(np.flatnonzero(above.T), above.shape[0])
            few = levels.T[above.T]
        else:
            rows, columns = np.divmod(np.flatnonzero(above), above.shape[1])
            few = levels[above]
        few = (self.kernel.values(few) - covered[columns]) * u[columns]
        return np.bincount(rows, few, minlength=len(levels))

    def gain(self, positions: np.ndarray) -> np.ndarray:
        """The gains of these candidates, now; `bounds` follow."""
        gains = np.zeros(len(positions))
        for part in tiles(len(positions), ROWS):
            self._keep(positions[part])
            for others in tiles(len(self.u), ROWS * OTHERS // (part.stop - part.start)):
                gains[part] += self._added(self._levels(positions[part], others), others)
        self.bounds[positions] = gains
        return gains

    def push(self, position: int) -> None:
        """Add a row."""
        xp = namespace(self.covered)
        row = self._levels(np.array([position]), slice(None))[0]
        self._level = xp.maximum(self._level, row)
        self.covered[:] = xp.maximum(self.covered, self.kernel.values(row))
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
            self._kept[places, others] = self.kernel.levels(np.array(new), others)

    def _levels(self, positions: np.ndarray, others: slice) -> Array:
        """A copy of the levels of these candidates."""
        places = [self._places.get(i) for i in positions.tolist()]
        if None in places:
            return self.kernel.levels(positions, others)
        return self._kept[places, others]


def cover_of(kernel: Kernel, n: int, m: int, like: Array) -> Array:
    """max_i k(x_i, x_j) over n rows, for each of m rows to be covered."""
    xp = namespace(like)
    covered = xp.zeros(m, dtype=like.dtype, device=device(like))
    for others in tiles(m, OTHERS) if n else ():
        best = covered[others] - np.inf
        for rows in tiles(n, ROWS):
            best = xp.maximum(best, xp.max(kernel.levels(rows, others), axis=0))
        covered[others] = kernel.values(best)
    return covered
