"""Determinantal against determinants of matrices written out."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Determinantal
from tests.kernels.fisher import reference


def by_gradients(Z, P, known, n, intercept, weighting, regularization, weights=None):
    """Algorithm 2: determinants of sums of ggᵀ."""
    infos, Z, dimensions = reference.informations(Z, P, intercept, "full")
    lam = reference.strengths(Z, infos, dimensions) if regularization is None else regularization
    k = P.shape[1]
    G = np.array([np.kron(z, p - np.eye(k)[p.argmax()]) for z, p in zip(Z, P)])
    weights = np.ones(known) if weights is None else weights
    weights = weights / weights.sum() if weighting == "paper" else weights
    M = np.diag(np.repeat(np.broadcast_to(lam, Z.shape[1]), k))
    M = M + (G[:known].T * weights) @ G[:known]
    picks, left = [], list(range(len(G) - known))
    while len(picks) < n:
        scores = [np.linalg.slogdet(M + np.outer(g, g))[1] for g in G[known:][left]]
        picks.append(left.pop(int(np.argmax(scores))))
        M = M + np.outer(G[known + picks[-1]], G[known + picks[-1]])
    return picks


def problem(seed):
    rng = np.random.default_rng(seed)
    n, d, k = int(rng.integers(30, 60)), int(rng.integers(1, 5)), int(rng.integers(2, 6))
    known = int(rng.integers(1, 25))  # sometimes more than g has dimensions
    Z = rng.normal(size=(n, d)) * 10 ** rng.uniform(-1, 1, d)
    return Z, rng.dirichlet(np.ones(k), n), known, bool(rng.integers(2))


@pytest.mark.parametrize("seed", range(40))
def test_picks_are_those_of_the_references(seed):
    Z, P, known, intercept = problem(seed)
    weighting = ("paper", "sum")[seed % 2]
    lam = None if seed % 3 else 0.1
    params = {"weighting": weighting, "regularization": "auto" if lam is None else lam}
    state = reference.state_of(Z, P, known=known, intercept=intercept)
    expected = by_gradients(Z, P, known, 6, intercept, weighting, lam)
    assert Determinantal("one", **params).select(state, 6).tolist() == expected
    expected, _ = reference.bait(
        Z, P, known, 6, intercept=intercept, oversample=1, logdet=True, **params
    )
    assert Determinantal("full", **params).select(state, 6).tolist() == expected


@pytest.mark.parametrize("shape", ["tall", "wide"])
@pytest.mark.parametrize("seed", range(6))
def test_labelled_rows_count_by_their_weights(shape, seed):
    Z, P, known, intercept = (problem if shape == "tall" else wide)(seed)
    weights = np.random.default_rng(seed).exponential(size=known) * 10
    weighting = ("paper", "sum")[seed % 2]
    state = reference.state_of(Z, P, known=known, intercept=intercept, weights=weights)
    expected = by_gradients(Z, P, known, 5, intercept, weighting, None, weights)
    assert Determinantal("one", weighting=weighting).select(state, 5).tolist() == expected
    expected, _ = reference.bait(
        Z, P, known, 5, intercept=intercept, oversample=1, logdet=True, weighting=weighting,
        weights=weights,
    )  # fmt: skip
    assert Determinantal(weighting=weighting).select(state, 5).tolist() == expected


@pytest.mark.parametrize("rank", ["one", "full"])
@pytest.mark.parametrize("kind", ["torch", "sparse", "float32"])
@pytest.mark.parametrize("seed", [3, 4])
def test_arrays_of_every_kind_pick_alike(rank, kind, seed):
    Z, P, known, intercept = problem(seed)
    expected = Determinantal(rank).select(
        reference.state_of(Z, P, known=known, intercept=intercept), 6
    )
    if kind == "torch":
        torch = pytest.importorskip("torch")
        Z, P = torch.as_tensor(Z), torch.as_tensor(P)
    else:
        Z = sparse.csr_matrix(Z) if kind == "sparse" else Z.astype(np.float32)
    state = reference.state_of(Z, P, known=known, intercept=intercept)
    assert Determinantal(rank).select(state, 6).tolist() == expected.tolist()


def wide(seed):
    """A problem of more features than twice the labelled rows and the picks."""
    rng = np.random.default_rng(seed)
    n, k, known = int(rng.integers(12, 20)), int(rng.integers(2, 5)), int(rng.integers(1, 8))
    d = 2 * (known + 5) + int(rng.integers(0, 9))
    Z = rng.normal(size=(n + known, d)) * 10 ** rng.uniform(-1, 1, d)
    Z[-1] = Z[-2]
    return Z, rng.dirichlet(np.ones(k), n + known), known, bool(rng.integers(2))


@pytest.mark.parametrize("seed", range(8))
def test_without_the_matrix_picks_are_those_of_the_reference(seed):
    Z, P, known, intercept = wide(seed)
    params = {"weighting": ("paper", "sum")[seed % 2]}
    expected, _ = reference.bait(
        Z, P, known, 5, intercept=intercept, oversample=1, logdet=True, **params
    )
    for kind in (np.asarray, sparse.csr_matrix, np.float32):
        state = reference.state_of(kind(Z), P, known=known, intercept=intercept)
        assert Determinantal(**params).select(state, 5).tolist() == expected


def test_without_the_matrix_tensors_pick_alike():
    torch = pytest.importorskip("torch")
    Z, P, known, intercept = wide(1)
    expected = Determinantal().select(reference.state_of(Z, P, known=known, intercept=intercept), 5)
    Z, P = torch.as_tensor(Z), torch.as_tensor(P)
    state = reference.state_of(Z, P, known=known, intercept=intercept)
    assert Determinantal().select(state, 5).tolist() == expected.tolist()


def test_where_the_matrix_does_not_fit_picks_are_the_same():
    rng = np.random.default_rng(0)
    Z, P = rng.normal(size=(60, 30)), rng.dirichlet(np.ones(8), 60)
    picks = [
        Determinantal(max_memory=memory).select(reference.state_of(Z, P, known=10), 10).tolist()
        for memory in (4e9, 1e6)
    ]
    assert picks[0] == picks[1]
    for rank, way in (("full", 'take rank="one", or put'), ("one", "does, or put a projection")):
        state = reference.state_of(Z, P, known=10)
        with pytest.raises(ValueError, match=f"max_memory of Determinantal is 1.*{way}"):
            Determinantal(rank, max_memory=10).select(state, 10)


@pytest.mark.parametrize("rank", ["one", "full"])
def test_odd_problems_have_answers(rank):
    from tests.strategies.test_bait import odd_problems

    for name, Z, P in odd_problems():
        for dtype in (np.float64, np.float32):
            state = reference.state_of(Z.astype(dtype), P, known=2, intercept=name != "all zero")
            picks = Determinantal(rank, regularization=1e-8).select(state, 20)
            assert len(set(picks.tolist())) == 20, name


def test_parameters_that_cannot_be(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="'rank' parameter"):
        ActiveLearner(LogisticRegression(), Determinantal(2)).fit(X, y)
