"""Probabilities out of values that are none: how sharp, the labelled rows tell."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

# Between these factors of the values lies the one that is looked for.
LEAST, MOST = 1e-2, 1e2
# What the logarithm of a probability of 0 counts.
FLOOR = -1e6


def sharpened(F: np.ndarray, factor: float) -> np.ndarray:
    """softmax(factor · F), row by row."""
    return softmax(factor * F, axis=1)


def best_factor(F: np.ndarray, codes: np.ndarray) -> float:
    """The factor a for which softmax(a·F) says best which class (codes, n) each row is of.

    Rows that a model was fitted on are too easy for it.  So the targets are those of Platt: of a
    class with N rows the probability (N + 1)/(N + k), and what is left is shared by the others.
    """
    n, k = F.shape
    counts = np.bincount(codes, minlength=k)[codes]
    targets = np.repeat(1 / (counts + k), k).reshape(n, k)
    targets[np.arange(n), codes] = (counts + 1) / (counts + k)

    def loss(log_factor):
        log_P = log_softmax(np.exp(log_factor) * F, axis=1)
        return -(targets * np.maximum(log_P, FLOOR)).sum()

    return float(np.exp(minimize_scalar(loss, bounds=np.log([LEAST, MOST]), method="bounded").x))
