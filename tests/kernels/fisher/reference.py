"""Selection by Fisher information the slow way: every matrix written out, and inverted each time."""

from types import SimpleNamespace

import numpy as np

from skal.models import LastLayer


def state_of(
    Z, P=None, *, known, intercept=False, candidates=None, holdout=None, weights=None, ridge=None
):
    """A query state of rows, the first `known` of which are labelled; P None is a regression."""

    def view(rows):
        features = Z[rows]
        proba = None if P is None else P[rows]
        prediction = np.zeros((features.shape[0], 1)) if P is None else None
        classes = None if P is None else np.arange(P.shape[1])
        layer = LastLayer(features, None, intercept, ridge, proba, prediction, classes)
        return SimpleNamespace(
            last_layer=layer, sample_weight=weights, classes=classes, model=None, y=None
        )

    n = Z.shape[0] - known
    records = {}
    return SimpleNamespace(
        pool=view(slice(known, None)),
        labelled=view(slice(0, known)),
        holdout=None if holdout is None else view(holdout),
        view=lambda rows: view(rows),
        candidates=np.arange(n) if candidates is None else candidates,
        classes=None if P is None else np.arange(P.shape[1]),
        sums=None,
        records=records,
        record=records.update,
    )


def informations(Z, P, intercept, structure):
    """I(x) of every row in all k classes, without a basis, and the dimensions it has a feature."""
    Z = np.asarray(Z, dtype=np.float64)
    Z = np.column_stack([Z, np.ones(len(Z))]) if intercept else Z
    if P is None:
        return [np.outer(z, z) for z in Z], Z, 1
    P = np.asarray(P, dtype=np.float64)
    if structure == "binary":
        top = P.max(axis=1)
        return [2 * p * (1 - p) * np.outer(z, z) for z, p in zip(Z, top)], Z, 1
    if structure == "block":
        return [np.kron(np.outer(z, z), np.diag(p * (1 - p))) for z, p in zip(Z, P)], Z, P.shape[1]
    full = [np.kron(np.outer(z, z), np.diag(p) - np.outer(p, p)) for z, p in zip(Z, P)]
    return full, Z, P.shape[1] - 1


def strengths(Z, infos, dimensions):
    """λ of each feature: the mean of its own information."""
    n, d = Z.shape
    blocks = [
        np.trace(info.reshape(d, -1, d, info.shape[0] // d), axis1=1, axis2=3) for info in infos
    ]
    return np.mean([np.diag(block) for block in blocks], axis=0) / dimensions


def likeliest(z, p, r):
    """The columns √(p_c/Σp)·z⊗(e_c − p) of the r most likely classes, as a matrix."""
    top = np.argsort(-p)[:r]
    columns = [np.sqrt(p[c] / p[top].sum()) * np.kron(z, np.eye(len(p))[c] - p) for c in top]
    return sum(np.outer(v, v) for v in columns)


def bait(
    Z, P, known, n, *, intercept=False, structure="full", weighting="sum", regularization="auto",
    oversample=2, target="pool", rank=None, candidates=None, logdet=False, weights=None,
):  # fmt: skip
    """Positions in the pool, and the objective tr(M⁻¹F) after them."""
    infos, Z, dimensions = informations(Z, P, intercept, structure)
    width = infos[0].shape[0] // Z.shape[1]
    lam = strengths(Z, infos, dimensions) if regularization == "auto" else regularization
    lam = np.broadcast_to(lam, Z.shape[1])
    weights = np.ones(known) if weights is None else weights
    share = 1 if weighting == "sum" else 1 / sum(weights)
    share, of_pick = (share, 1) if weighting != "authors" else (
        share * known / (known + n), n / (known + n)
    )  # fmt: skip
    given = sum(weight * info for weight, info in zip(weights, infos))
    M = np.diag(np.repeat(lam, width)) + share * given
    rows = range(len(infos)) if isinstance(target, str) else target
    F = np.mean([infos[i] for i in rows], axis=0)
    F = np.eye(len(M)) if isinstance(target, str) and target == "identity" else F
    pool = seen = [of_pick * info for info in infos[known:]]
    if rank is not None:
        seen = [of_pick * likeliest(z, p, rank) for z, p in zip(Z[known:], P[known:])]
    left = list(range(len(pool)) if candidates is None else candidates)

    def objective(M):
        if logdet:
            return -np.linalg.slogdet(M)[1]
        return np.trace(np.linalg.inv(M) @ F)

    picks = []
    for _ in range(min(int(np.ceil(oversample * n)), len(left))):
        j = left[np.argmin([objective(M + seen[i]) for i in left])]
        picks.append(j)
        left.remove(j)
        M = M + pool[j]
    while len(picks) > n:
        j = picks[np.argmin([objective(M - pool[i]) for i in picks])]
        picks.remove(j)
        M = M - pool[j]
    return picks, objective(M)
