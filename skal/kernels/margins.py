"""How sure a model is of each row, from its class probabilities P (n×k)."""

import numpy as np
from scipy.special import entr

from skal._array import device, namespace


def margin(P):
    """Most likely class over the second: p₍₁₎ − p₍₂₎, in [0, 1]."""
    second, first = np.partition(P, P.shape[1] - 2, axis=1)[:, -2:].T
    return first - second


def confidence(P):
    """Probability of the most likely class: p₍₁₎."""
    return P.max(axis=1)


def entropy(P):
    """Entropy in nats: −Σ p log p, with 0 log 0 = 0."""
    return entr(P).sum(axis=1)


def relative_certainty(P):
    """1 − H/log k: 0 where all k classes are alike, 1 where one is certain."""
    return 1 - entropy(P) / np.log(P.shape[1])


def shift(previous, current):
    """How much of its certainty a row has lost: (previous − current)/(previous + current).

    In [−1, 1]; 0 where both are 0.
    """
    total = previous + current
    return np.divide(previous - current, total, out=np.zeros_like(total), where=total != 0)


def surprise(P):
    """u = p − e_ŷ: the gradient of the log loss in the logits if the prediction were right."""
    xp = namespace(P)
    U = xp.asarray(P, copy=True)
    first = xp.argmax(U, axis=1)
    U[xp.arange(U.shape[0], device=device(U)), first] -= 1
    return U
