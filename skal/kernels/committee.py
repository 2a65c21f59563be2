"""How much several opinions of the same rows differ."""

import numpy as np
from scipy.special import entr, rel_entr

from skal.kernels.margins import entropy


def mutual_information(P):
    """H(mean p) − mean H(p) of draws P (m×n×k): what the draws disagree on, not what none knows."""
    return entropy(P.mean(axis=0)) - entr(P).sum(axis=2).mean(axis=0)


def votes(P):
    """Share of the draws (m×n×k) that find each class most likely: n×k."""
    m, n, k = P.shape
    tops = P.argmax(axis=2)
    counts = np.zeros((n, k))
    np.add.at(counts, (np.tile(np.arange(n), m), tops.ravel()), 1)
    return counts / m


def variation_ratio(P):
    """Share of the draws that do not vote for the class most votes are for."""
    return 1 - votes(P).max(axis=1)


def vote_entropy(P):
    """Entropy of the votes."""
    return entropy(votes(P))


def divergence(P):
    """Mean Kullback-Leibler divergence of each draw from their mean."""
    return rel_entr(P, P.mean(axis=0)).sum(axis=2).mean(axis=0)


def variance(Y):
    """Variance of numbers (m×n, or m×n×outputs: summed over them)."""
    return Y.var(axis=0).reshape(Y.shape[1], -1).sum(axis=1)
