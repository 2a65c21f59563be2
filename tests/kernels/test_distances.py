"""CoreSet and Badge against slow versions; NumPy against torch."""

import numpy as np
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import pairwise_distances

from skal import ActiveLearner
from skal.kernels.distances import (
    feature_distances,
    gradient_distances,
    gradient_norms,
    nearest_distances,
)
from skal.kernels.uncertainty import surprise
from skal.selection import k_centre, k_means_pp
from skal.strategies import Badge, CoreSet, Lcmd, Margin, TypiClust

RNG = np.random.default_rng(0)
Z = RNG.normal(size=(60, 5))
OTHERS = RNG.normal(size=(7, 5))
P = RNG.dirichlet(np.ones(4), size=60)


def naive_gradients(Z, P, intercept):
    Z = np.column_stack([Z, np.ones(len(Z))]) if intercept else Z
    U = P.copy()
    for i, p in enumerate(P):
        U[i, p.argmax()] -= 1
    return np.array([np.outer(z, u).ravel() for z, u in zip(Z, U)])


def slow_k_centre(Z, others, n):
    picks = []
    for _ in range(n):
        centres = np.vstack([others, Z[picks]])
        far = pairwise_distances(Z, centres).min(axis=1)
        far[picks] = -1
        picks.append(int(far.argmax()))
    return picks


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix], ids=["dense", "sparse"])
def test_k_centre(make):
    nearest = nearest_distances(make(Z), make(OTHERS), block=3)
    np.testing.assert_allclose(nearest, pairwise_distances(Z, OTHERS).min(axis=1) ** 2)
    picks = k_centre(feature_distances(make(Z)), 20, nearest)
    assert picks.tolist() == slow_k_centre(Z, OTHERS, 20)


@pytest.mark.parametrize("intercept", [True, False])
def test_gradient_distances(intercept):
    G = naive_gradients(Z, P, intercept)
    U = surprise(P)
    np.testing.assert_allclose(gradient_norms(Z, U, intercept), (G**2).sum(axis=1))
    distances = gradient_distances(Z, U, intercept)
    for j in (0, 17, 59):
        np.testing.assert_allclose(distances(j), ((G - G[j]) ** 2).sum(axis=1), atol=1e-12)


def test_core_set_in_the_learner(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), CoreSet(), batch_size=10).fit(X, y)
    expected = 12 + np.array(slow_k_centre(X[12:], X[:12], 10))
    np.testing.assert_array_equal(learner.query(), expected)
    assert (
        ActiveLearner(Ridge(), CoreSet()).fit(X, y).query(batch_size=10).tolist()
        == expected.tolist()
    )


def test_core_set_before_there_is_a_model(blobs):
    X, truth, _ = blobs
    learner = ActiveLearner(LogisticRegression(), Margin(), initial=CoreSet(), initial_size=5).fit(
        X, [None] * 90
    )
    rows = learner.query()
    first = ((X - X.mean(axis=0)) ** 2).sum(axis=1).argmin()
    expected = [first]
    for _ in range(4):
        expected.append(pairwise_distances(X, X[expected]).min(axis=1).argmax())
    np.testing.assert_array_equal(rows, expected)
    assert learner.teach(rows, truth[rows]).query().shape == (1,)
    words = ActiveLearner(LogisticRegression(), initial=CoreSet()).fit(
        np.array([["a"], ["b"]], object), [None] * 2
    )
    with pytest.raises(TypeError, match="X is not numeric"):
        words.query()


@pytest.mark.parametrize("n", [3_000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_badge_draws_from_the_naive_distribution(n):
    """Frequencies of the second and third pick over many seeds, against their exact chances."""
    G = naive_gradients(Z[:8], P[:8], True)
    D = ((G[:, None] - G[None]) ** 2).sum(axis=2)
    first = (G**2).sum(axis=1).argmax()
    second = D[first] / D[first].sum()
    third = np.zeros(8)
    for j in range(8):
        if j != first:
            left = np.minimum(D[first], D[j])
            third += second[j] * left / left.sum()
    U = surprise(P[:8])
    distances = gradient_distances(Z[:8], U, True)
    seen = np.zeros((3, 8))
    for seed in range(n):
        picks = k_means_pp(distances, 3, first, np.random.default_rng(seed))
        assert len(set(picks)) == 3
        seen[[0, 1, 2], picks] += 1
    assert seen[0, first] == n
    for observed, expected in ((seen[1], second), (seen[2], third)):
        error = np.sqrt(expected * (1 - expected) / n)
        assert (np.abs(observed / n - expected) <= 4.5 * error + 1e-12).all()


def test_badge_in_the_learner(blobs):
    X, _, y = blobs
    learner = ActiveLearner(LogisticRegression(), Badge(), random_state=0, batch_size=20).fit(X, y)
    G = naive_gradients(X[12:], learner.predict_proba(X[12:]), True)
    rows = learner.query()
    assert rows[0] == 12 + (G**2).sum(axis=1).argmax()
    assert len(set(rows)) == 20


def test_all_rows_alike_are_drawn_once_each():
    same = np.ones((6, 3))
    picks = k_means_pp(feature_distances(same), 6, 2, np.random.default_rng(0))
    assert sorted(picks) == list(range(6))
    assert k_centre(feature_distances(same), 6, first=3).tolist() == [3, 0, 1, 2, 4, 5]


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_torch_picks_like_numpy(device):
    torch = pytest.importorskip("torch", reason="compares with torch")
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    T, C, Q = (torch.as_tensor(a, device=device) for a in (Z, OTHERS, P))
    ours = k_centre(feature_distances(T), 20, nearest_distances(T, C, block=3))
    np.testing.assert_array_equal(
        ours, k_centre(feature_distances(Z), 20, nearest_distances(Z, OTHERS))
    )
    U, V = surprise(P), surprise(Q)
    np.testing.assert_allclose(V.cpu(), U)
    picks = [
        k_means_pp(gradient_distances(*pair, True), 20, 3, np.random.default_rng(1))
        for pair in ((Z, U), (T, V))
    ]
    np.testing.assert_array_equal(*picks)


@pytest.mark.parametrize(
    ("shift", "dtype"), [(0, np.float32), (1e3, np.float32), (1e4, np.float32), (1e8, np.float64)]
)
def test_an_offset_does_not_round_distances_away(shift, dtype):
    """Picks are those of the same numbers near 0."""
    shifted = (RNG.normal(size=(400, 6)) + shift).astype(dtype)
    near = shifted.astype(np.float64) - shift
    expected = slow_k_centre(near[20:], near[:20], 15)
    nearest = nearest_distances(shifted[20:], shifted[:20])
    assert k_centre(feature_distances(shifted[20:]), 15, nearest).tolist() == expected


def test_one_column_of_timestamps():
    X = RNG.normal(size=(300, 3)) * 3
    X[:, 0] = 1.6e9 + RNG.uniform(0, 10, 300)
    expected = slow_k_centre(X[20:] - [1.6e9, 0, 0], X[:20] - [1.6e9, 0, 0], 15)
    nearest = nearest_distances(X[20:], X[:20])
    assert k_centre(feature_distances(X[20:]), 15, nearest).tolist() == expected


def test_whole_numbers_in_sparse_rows_do_not_overflow(blobs):
    X, _, y = blobs
    counts = sparse.csr_matrix((np.abs(X) * 30).astype(np.uint8))
    for strategy in (Badge(), CoreSet()):
        asked = [
            ActiveLearner(LogisticRegression(max_iter=2000), strategy, random_state=0, batch_size=5)
            .fit(S, y)
            .query()
            for S in (counts, counts.astype(float))
        ]
        np.testing.assert_array_equal(*asked)
    rows = (
        ActiveLearner(LogisticRegression(), initial=CoreSet())
        .fit(counts, [None] * 90)
        .query(batch_size=5)
    )
    assert len(set(rows)) == 5


@pytest.mark.parametrize("initial", [CoreSet(), Lcmd(), TypiClust()], ids=repr)
def test_no_distances_to_nan(initial, blobs):
    X, _, _ = blobs
    X = np.where(np.arange(90)[:, None] == 5, np.nan, X)
    learner = ActiveLearner(HistGradientBoostingClassifier(), initial=initial).fit(X, [None] * 90)
    with pytest.raises(ValueError, match="contain NaN or infinity"):
        learner.query(batch_size=3)


def test_a_scattered_pool_is_copied_once():
    import tracemalloc

    X = RNG.normal(size=(20_000, 256)).astype(np.float32)
    y = np.where(np.arange(20_000) % 100 == 0, (X[:, 0] > 0).astype(float), np.nan)
    learner = ActiveLearner(LogisticRegression(), CoreSet(), batch_size=5).fit(X, y)
    tracemalloc.start()
    with config_context(working_memory=64):  # blocks that are small beside this pool
        learner.query()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.8 * X.nbytes
