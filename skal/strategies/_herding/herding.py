"""Greedy cover of the rows that count by rows that are like them."""

from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from skal._array import asarray_like, dtype_name, namespace
from skal._constraints import COUNT, POSITIVE
from skal.kernels.herding import Cover, cover_of
from skal.selection import lazy_greedy
from skal.state import QueryState, Space
from skal.strategies._herding.kernel import kernel_between
from skal.strategies.base import Strategy

# By how many units of rounding equal gains may differ.
ROUNDING = 32
NO_ROWS = np.arange(0)
# So many known rows have a distance between them.
PAIR = 2

KERNEL = {
    "space": [StrOptions({"model", "features", "columns"})],
    "kernel": [StrOptions({"auto", "gaussian", "laplacian", "shared"})],
    "width": [StrOptions({"labelled", "pool"}), POSITIVE],
    "size": [COUNT, None],
}


class Herding(Strategy):
    """Cover rows of the pool: what counts, and who may be picked, is up to subclasses."""

    _parameter_constraints: ClassVar[dict] = KERNEL

    space: str
    kernel: str
    width: str | float
    size: int | None

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"features"} if self.space == "features" else ())

    def check(self) -> None:
        """Raise an error for invalid parameters, or a width that the kernel has no use for."""
        super().check()
        if self.kernel == "shared" and self.width != "labelled":
            raise ValueError(
                f"width={self.width!r} is for kernels of distances: kernel='shared' has none."
            )

    def _cover(
        self,
        state: QueryState,
        space: Space,
        n: int,
        candidates: np.ndarray,
        covered: np.ndarray,
        counts: np.ndarray,
    ) -> np.ndarray:
        """n of the candidates that cover the covered rows, which count so much, best.

        Both are positions in the pool; of candidates that add the same the first is picked.
        """
        needed = np.union1d(candidates, covered)
        rows = space.of(state.pool.part(needed))
        same = np.array_equal(candidates, covered)
        to_cover = rows.part(np.searchsorted(needed, covered))
        to_pick = to_cover if same else rows.part(np.searchsorted(needed, candidates))
        labelled = space.of(state.labelled) if len(state.labelled) else rows.part(NO_ROWS)
        weights, picks, kernel = counts / max(counts.max(initial=0.0), 1e-300), NO_ROWS, None
        while True:
            known = labelled.joined(to_pick.part(picks))
            kernel = kernel_between(to_pick, to_cover, known, self.kernel, self.width, kernel)
            cover = self._covered(kernel, len(known), weights, len(candidates), same=same)
            cover.bounds[picks] = -np.inf
            step = min(n - len(picks), self._step(kernel, len(known), n))
            tolerance = ROUNDING * float(namespace(cover.u).finfo(cover.u.dtype).eps)
            more = lazy_greedy(cover.bounds, cover.gain, cover.push, step, tolerance)
            picks = np.append(picks, more)
            if len(more) < step:  # all is covered
                picks = np.append(picks, self._spare(state, len(candidates), picks, n - len(picks)))
            if len(picks) >= n:
                break
        total = float((cover.u * cover.covered).sum()) / max(float(cover.u.sum()), 1e-300)
        state.record(width=kernel.width, covered=total, precision=dtype_name(cover.u))
        return candidates[picks]

    def _spare(self, state, n_candidates, picks, n):
        """n more candidates where none adds anything: random ones."""
        return state.rng.choice(np.delete(np.arange(n_candidates), picks), n, replace=False)

    def _covered(self, kernel, n_known, weights, n_candidates, *, same):
        """The rows to be covered, as the known rows cover them."""
        u = asarray_like(weights, kernel.like)
        covered = cover_of(kernel.of_labelled, n_known, len(u), u)
        return Cover(kernel.of_candidates, n_candidates, u, covered, same=same)

    def _step(self, kernel, n_known, n):
        """How many rows to pick before the width is found again: until the known rows double."""
        grows = self.width == "labelled" and kernel.width is not None and n_known >= PAIR
        return n_known if grows else n
