"""How sure a model is of each row, and how much several opinions of it differ.

P is n×k, class probabilities; of several opinions m×n×k.  What comes out is one number a row (n),
unless said otherwise.
"""

import numpy as np
from scipy.special import entr, rel_entr

from skal._array import Array, device, namespace

# Rows whose probabilities stay in the processor's cache.
FEW = 4096


def margin(P: np.ndarray) -> np.ndarray:
    """Most likely class over the second: p₍₁₎ − p₍₂₎, in [0, 1]."""
    return _of_columns(_first_less_second, P)


def confidence(P: np.ndarray) -> np.ndarray:
    """Probability of the most likely class: p₍₁₎."""
    return _of_columns(lambda columns: columns.max(axis=0), P)


def entropy(P: np.ndarray) -> np.ndarray:
    """Entropy in nats: −Σ p log p, with 0 log 0 = 0."""
    return entr(P).sum(axis=1)


def relative_certainty(P: np.ndarray) -> np.ndarray:
    """1 − H/log k: 0 where all k classes are alike, 1 where one is certain."""
    return 1 - entropy(P) / np.log(P.shape[1])


def shift(previous: np.ndarray, current: np.ndarray) -> np.ndarray:
    """How much of its certainty a row has lost: (previous − current)/(previous + current).

    In [−1, 1]; 0 where both are 0.
    """
    total = previous + current
    return np.divide(previous - current, total, out=np.zeros_like(total), where=total != 0)


def surprise(P: Array) -> Array:
    """u = p − e_ŷ (n×k): the gradient of the log loss in the logits, were the prediction right."""
    xp = namespace(P)
    U = xp.asarray(P, copy=True)
    first = xp.argmax(U, axis=1)
    U[xp.arange(U.shape[0], device=device(U)), first] -= 1
    return U


def _first_less_second(columns):
    """The largest of each column less the one after it (k×n ↦ n), in one pass over the rows."""
    first, second = np.maximum(columns[0], columns[1]), np.minimum(columns[0], columns[1])
    for row in columns[2:]:
        np.maximum(second, np.minimum(first, row), out=second)
        np.maximum(first, row, out=first)
    return first - second


def _of_columns(function, P):
    """A number a row of P, of a function of k×n: NumPy is slow where k is small and comes last."""
    if len(P) <= FEW:
        return function(np.ascontiguousarray(P.T))
    result = np.empty(len(P), P.dtype)
    for start in range(0, len(P), FEW):
        few = slice(start, start + FEW)
        result[few] = function(np.ascontiguousarray(P[few].T))
    return result


# ---------------------------------------------------------------------- several opinions
def mutual_information(P: np.ndarray) -> np.ndarray:
    """H(mean p) − mean H(p) of draws P (m×n×k): what the draws disagree on, not what none knows."""
    return entropy(P.mean(axis=0)) - entr(P).sum(axis=2).mean(axis=0)


def votes(P: np.ndarray) -> np.ndarray:
    """Share of the draws (m×n×k) that find each class most likely (n×k)."""
    m, n, k = P.shape
    tops = P.argmax(axis=2)
    counts = np.zeros((n, k))
    np.add.at(counts, (np.tile(np.arange(n), m), tops.ravel()), 1)
    return counts / m


def variation_ratio(P: np.ndarray) -> np.ndarray:
    """1 − max votes: the share of the draws that do not vote for the class with most votes."""
    return 1 - votes(P).max(axis=1)


def vote_entropy(P: np.ndarray) -> np.ndarray:
    """−Σ v log v of the votes v: their entropy in nats."""
    return entropy(votes(P))


def divergence(P: np.ndarray) -> np.ndarray:
    """mean KL(p ‖ mean p): how far the draws are from their mean."""
    return rel_entr(P, P.mean(axis=0)).sum(axis=2).mean(axis=0)


def variance(Y: np.ndarray) -> np.ndarray:
    """Variance of numbers (m×n, or m×n×outputs: summed over them)."""
    return Y.var(axis=0).reshape(Y.shape[1], -1).sum(axis=1)
