"""Strategies of papers, and choices that adapt, by their formulas: candidates for the default.

They are measured here alone.  `python benchmarks/peers/default.py choosing candidates` compares
them with the default on the sets that choose; what wins there by the rule in data_sets.py becomes
a strategy of skal.
"""

import numpy as np

from skal.kernels.uncertainty import entropy, margin
from skal.selection import k_means
from skal.strategies import Badge, Margin, Random, Spread, Strategy, TypiClust, UncertaintyHerding

DEFAULT = UncertaintyHerding(factor=10)
PROPOSERS = (Margin(), Spread(Margin(), factor=20), Badge(), TypiClust(), DEFAULT)


class OfClasses(Strategy):
    """A strategy for a linear classifier."""

    needs = frozenset({"model", "classifier", "proba", "last_layer"})


class DropQuery(OfClasses):
    """Cluster the rows whose prediction changes when features are dropped (Gupte et al., 2024).

    Candidates are rows that at most half of three predictions with 75% of the features dropped
    agree on; they form n clusters, and each gives the row nearest to its centre.
    """

    def select(self, state, n):
        pool = state.pool.part(state.candidates)
        Z, W = np.asarray(pool.features), _weights(pool)
        predicted = np.asarray(pool.proba).argmax(axis=1)
        agree = np.zeros(len(Z))
        for _ in range(3):
            kept = state.rng.random(Z.shape) >= 0.75
            agree += (_with_intercept(Z * kept / 0.25) @ W).argmax(axis=1) == predicted
        unsure = np.flatnonzero(agree <= 1.5)
        if len(unsure) < n:
            unsure = np.argsort(agree, kind="stable")[:n]
        return state.candidates[_nearest_to_centres(Z, unsure, n, state.rng)]


class Falcun(OfClasses):
    """Draw rows by uncertainty plus distance in probabilities (Gilhuber et al., 2024).

    Relevance is u + d: u = 1 − margin, and d the smallest L1 distance to the probabilities of the
    picks so far, scaled to [0, 1] and at first u.  Rows are drawn in proportion to its tenth power.
    """

    def select(self, state, n):
        P = np.asarray(state.pool.part(state.candidates).proba)
        u = 1 - margin(P)
        distances, picks = u.copy(), []
        for _ in range(n):
            scale = np.ptp(distances)
            d = (distances - distances.min()) / scale if scale > 0 else np.zeros(len(u))
            relevance = (u + d) ** 10
            relevance[picks] = 0
            pick = int(state.rng.choice(len(u), p=_shares(relevance, picks)))
            picks.append(pick)
            distances = np.minimum(distances, np.abs(P - P[pick]).sum(axis=1))
        return state.candidates[picks]


class Clue(OfClasses):
    """Cluster all rows, weighted by the entropy of their probabilities (Prabhu et al., 2021)."""

    def select(self, state, n):
        pool = state.pool.part(state.candidates)
        weights = entropy(np.asarray(pool.proba)) + 1e-12
        rows = np.arange(len(weights))
        picks = _nearest_to_centres(np.asarray(pool.features), rows, n, state.rng, weights)
        return state.candidates[picks]


class Refinement(OfClasses):
    """Let several strategies propose on random parts of the pool, and the default decide."""

    def select(self, state, n):
        proposed = [
            strategy.select(state.restrict(np.sort(some)), n)
            for strategy in PROPOSERS
            for some in _halves(state.candidates, state.rng)
        ]
        union = np.unique(np.concatenate(proposed))
        return UncertaintyHerding(factor=None).select(state.restrict(union), n)


class LookAhead(OfClasses):
    """Take the batch of several strategies after which the expected variance is least.

    The variance is tr(M⁻¹ Σ_pool w z zᵀ) with M = I + Σ_labelled and batch w z zᵀ; w = 1 − Σp² is
    what the model expects of the labels.
    """

    def select(self, state, n):
        batches = [strategy.select(state, n) for strategy in (*PROPOSERS, Random())]
        Z, weights = _fisher(state.pool)
        labelled, known = _fisher(state.labelled)
        M = np.eye(Z.shape[1]) + (labelled * known[:, None]).T @ labelled
        pool = (Z * weights[:, None]).T @ Z

        def variance(batch):
            rows = Z[batch] * np.sqrt(weights[batch])[:, None]
            return np.trace(np.linalg.solve(M + rows.T @ rows, pool))

        return min(batches, key=variance)


class OneWidth(UncertaintyHerding):
    """Herding as it was: the kernel does not narrow within a batch."""

    def _step(self, kernel, n_known, n):
        return n


def _weights(view):
    """Weights of a linear model, a column a class, the intercept last."""
    W = np.asarray(view.last_layer.weights)
    return np.column_stack([np.zeros(len(W)), W]) if W.shape[1] == 1 else W


def _with_intercept(Z):
    return np.column_stack([Z, np.ones(len(Z))])


def _fisher(view):
    P = np.asarray(view.proba)
    return _with_intercept(np.asarray(view.features)), 1 - (P**2).sum(axis=1)


def _nearest_to_centres(Z, rows, n, rng, weights=None):
    """The row nearest to each centre of n clusters; random ones for clusters that are empty."""
    clusters, centres = k_means(Z[rows], n, rng, weights)
    to_own = ((Z[rows] - centres[clusters]) ** 2).sum(axis=1)
    order = np.lexsort((to_own, clusters))
    picks = rows[order[np.unique(clusters[order], return_index=True)[1]]]
    others = np.setdiff1d(rows, picks)
    return np.append(picks, rng.permutation(others)[: n - len(picks)])


def _shares(relevance, picks):
    """Probabilities in proportion to the relevance; uniform where there is none."""
    if relevance.sum() <= 0:
        relevance = np.ones(len(relevance))
        relevance[picks] = 0
    return relevance / relevance.sum()


def _halves(candidates, rng):
    order = rng.permutation(candidates)
    return order[: len(order) // 2], order[len(order) // 2 :]


CANDIDATES = {
    "DropQuery": DropQuery(),
    "Falcun": Falcun(),
    "Clue": Clue(),
    "Refinement": Refinement(),
    "LookAhead": LookAhead(),
}
