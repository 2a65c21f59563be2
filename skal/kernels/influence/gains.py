"""The change of a goal with the logits of its rows: prepared once, then computed for any moves."""

from skal._array import Array, as_float64, device, exp_in_place, namespace
from skal.kernels.influence.goals import GoalRows
from skal.kernels.softmax import log_softmax


class Gains:
    """τ after the logits of the m rows have moved, less τ before.

    Logits count up to a number for each row, so that moves are relative to the last class, which is
    left out: of k classes k − 1 have to be computed.
    """

    def __init__(self, rows: GoalRows):
        log_P = log_softmax(as_float64(rows.logits)).T
        xp = namespace(log_P)
        self._log_P, self._last = log_P[:-1], log_P[-1]
        self._ones = xp.ones((1, log_P.shape[0] - 1), dtype=log_P.dtype, device=device(log_P))
        self._of = {"holdout": self._holdout, "entropy": self._entropy, "fisher": self._fisher}[
            rows.name
        ]
        if rows.name == "holdout":
            truth = xp.zeros_like(log_P)
            truth[rows.columns, xp.arange(log_P.shape[1], device=device(log_P))] = 1
            self._truth = xp.reshape(truth[:-1], (-1,))
        elif rows.name == "entropy":
            self._now = (xp.exp(log_P) * log_P).sum()
        else:
            self._norms, self._now = rows.norms(), xp.exp(2 * log_P).sum(0)

    def __call__(self, change: Array, far: bool = True) -> Array:
        """The gains (…) of moves (…×(k−1)×m), which are written over; `far` if exp may overflow."""
        return self._of(change, far)

    def _holdout(self, change, far):
        """Nothing is subtracted from itself: change_y − log Σ_c p_c·exp(change_c), summed."""
        xp = namespace(change)
        own = xp.reshape(change, (*change.shape[:-2], -1)) @ self._truth
        top, last = self._moved(change, far)
        sums = self._summed(exp_in_place(change)) + xp.exp(last)
        gained = own - _log_total(sums)
        return gained - top.sum(-1) if far else gained

    def _entropy(self, change, far):
        xp = namespace(change)
        _, last = self._moved(change, far)
        W, W_last = exp_in_place(xp.asarray(change, copy=True)), xp.exp(last)
        sums = self._summed(W) + W_last
        W *= change
        kept = ((self._summed(W) + W_last * last) / sums).sum(-1)
        return kept - _log_total(sums) - self._now

    def _fisher(self, change, far):
        xp = namespace(change)
        _, last = self._moved(change, far)
        W, W_last = exp_in_place(change), xp.exp(last)
        sums = self._summed(W) + W_last
        W *= W
        kept = (self._summed(W) + W_last**2) / sums**2 - self._now
        return (kept * self._norms).sum(-1) / change.shape[-1]

    def _moved(self, change, far):
        """Log p after the moves, up to a number for each row, in place; this number; the last's."""
        xp = namespace(change)
        change += self._log_P
        if not far:
            return None, self._last
        top = xp.maximum(xp.max(change, axis=-2), self._last)
        change -= top[..., None, :]
        return top, self._last - top

    def _summed(self, W):
        """Σ over all classes but the last (…×m); a product is faster than a sum."""
        return (self._ones @ W)[..., 0, :]


def _log_total(sums):
    """Σ log s over the last axis; a product of two stays in range, and two have one log."""
    xp, half = namespace(sums), sums.shape[-1] // 2
    pairs = xp.log(sums[..., :half] * sums[..., half : 2 * half]).sum(-1)
    return pairs + xp.log(sums[..., 2 * half :]).sum(-1)
