"""The kernel of equations 6, 11 and 12 and algorithm 1, against loops over pairs of rows."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.kernels.matching import similarity as matching
from skal.strategies import FisherKernel
from skal.strategies._fisher_kernel.matched_rows import matched_rows
from skal.strategies._fisher_kernel.pseudo_labels import pseudo_labels

RNG = np.random.default_rng(0)


# ------------------------------------------------------------------ the slow way, in float64
def standard(vector):
    """Zero mean, unit variance; a constant vector gives 0."""
    vector = np.asarray(vector, dtype=np.float64)
    if np.ptp(vector) == 0:
        return np.zeros(len(vector))
    return (vector - vector.mean()) / vector.std()


def unit(vector):
    """That, divided by √L."""
    return standard(vector) / np.sqrt(len(vector))


def dense_kernel(
    holdout, pool, kernel="fisher", combine="product", clip=False, scale_weights="length"
):
    """R (m×n), a pair of rows at a time; holdout and pool are lists of scales (Z, G)."""
    m, n = len(holdout[0][0]), len(pool[0][0])
    R = np.zeros((m, n))
    scaled = standard if scale_weights == "length" else unit
    holdout, pool = (
        [tuple([scaled(row) for row in part] for part in scale) for scale in side]
        for side in (holdout, pool)
    )
    for (Zv, Gv), (Z, G) in zip(holdout, pool):
        for i in range(m):
            for j in range(n):
                features = Zv[i] @ Z[j]
                gradients = Gv[i] @ G[j]
                if clip:
                    features, gradients = max(features, 0), max(gradients, 0)
                if kernel == "feature":
                    R[i, j] += features
                else:
                    R[i, j] += (
                        features * gradients if combine == "product" else features + gradients
                    )
    return R


def gradient(p, y):
    """∂ log p_y/∂η, by finite differences of the log-softmax about η = log p."""
    eta, step = np.log(p), 1e-6
    out = np.empty(len(p))
    for c in range(len(p)):
        up, down = eta.copy(), eta.copy()
        up[c] += step
        down[c] -= step
        out[c] = ((up - np.logaddexp.reduce(up))[y] - (down - np.logaddexp.reduce(down))[y]) / (
            2 * step
        )
    return out


def algorithm_1(R, own, between, loss, wrong, b):
    """Rows of the pool: R (m×n), kernel among holdout rows, their losses, the misclassified."""
    centres = list(wrong) if len(wrong) else list(range(len(loss)))
    centres.sort(key=lambda i: (-loss[i], i))
    if len(centres) > b:
        chosen = [centres[0]]
        while len(chosen) < b:

            def nearest(i):
                return min(own[i] + own[c] - 2 * between[i, c] for c in chosen)

            chosen.append(max((i for i in centres if i not in chosen), key=nearest))
        centres = chosen
    picks = []
    while len(picks) < b:
        for centre in centres:
            if len(picks) == b:
                break
            left = [j for j in range(R.shape[1]) if j not in picks]
            picks.append(max(left, key=lambda j: (R[centre, j], -j)))
    return picks


def problem(n=120, m=40, d=6, k=3, seed=0, spread=2.0):
    """Clouds, a biased pool, a balanced holdout."""
    rng = np.random.default_rng(seed)
    places = rng.normal(size=(k, d))
    weights = np.arange(k, 0, -1) ** 2.0
    truth = rng.choice(k, n, p=weights / weights.sum())
    truth[:k] = np.arange(k)
    y_val = np.arange(m) % k
    X = places[truth] + spread * rng.normal(size=(n, d)) / 2
    X_val = places[y_val] + spread * rng.normal(size=(m, d)) / 2
    y = np.where(np.arange(n) < 15, truth, -1)
    return X, truth, y, X_val, y_val


def fitted(strategy, data, estimator=None, **kwargs):
    X, truth, y, X_val, y_val = data
    estimator = LogisticRegression() if estimator is None else estimator
    learner = ActiveLearner(estimator, strategy, missing_label=-1, **kwargs)
    return learner.fit(X, y, X_val=X_val, y_val=y_val)


def by_hand(learner, data, b, label="neighbour", mistakes=False, **kernel):
    """What FisherKernel should ask for, on the last layer."""
    X, truth, _, X_val, y_val = data
    pool = np.flatnonzero(data[2] == -1)
    P, P_val = learner.estimator_.predict_proba(X[pool]), learner.estimator_.predict_proba(X_val)
    predicted = P_val.argmax(axis=1)
    if label == "neighbour":
        labels = y_val[dense_kernel([(X_val, P_val)], [(X[pool], P)], "feature").argmax(axis=0)]
    else:
        labels = P.argmax(axis=1) if label == "predicted" else truth[pool]
    G = np.array([gradient(p, y) for p, y in zip(P, labels)])
    wrong = np.flatnonzero(predicted != y_val)
    if mistakes:
        G_val = np.array([gradient(p, y) for p, y in zip(P_val, predicted)])
        G_val[wrong] *= -(P_val.max(axis=1) / (1 - P_val.max(axis=1)))[wrong, None]
        loss = -np.log(np.where(predicted != y_val, 1 - P_val.max(axis=1), P_val.max(axis=1)))
    else:
        G_val = np.array([gradient(p, y) for p, y in zip(P_val, y_val)])
        loss = -np.log(P_val[np.arange(len(y_val)), y_val])
    holdout = [(X_val, G_val)]
    R, between = (
        dense_kernel(holdout, [(X[pool], G)], **kernel),
        dense_kernel(holdout, holdout, **kernel),
    )
    return pool[algorithm_1(R, np.diag(between).round(9), between, loss, wrong, b)]


# ------------------------------------------------------------------ tests
@pytest.mark.parametrize("b", [1, 3, 8, 30, 105])
@pytest.mark.parametrize("label", ["neighbour", "predicted"])
@pytest.mark.parametrize("k", [2, 3, 5])
def test_algorithm_1(b, label, k):
    data = problem(k=k, seed=k)
    learner = fitted(FisherKernel(pseudo_label=label), data)
    np.testing.assert_array_equal(learner.query(batch_size=b), by_hand(learner, data, b, label))


@pytest.mark.parametrize(
    "params",
    [
        {"combine": "sum"},
        {"clip": True},
        {"combine": "sum", "clip": True},
        {"kernel": "feature"},
        {"kernel": "feature", "clip": True},
    ],
    ids=str,
)
def test_kernels(params):
    for seed in range(3):
        data = problem(seed=seed)
        learner = fitted(FisherKernel(**params), data)
        for b in (4, 50):
            np.testing.assert_array_equal(
                learner.query(batch_size=b), by_hand(learner, data, b, **params)
            )


def test_rules_on_a_case_worked_out_by_hand():
    """Two pool rows that the model takes for class 0, one like a holdout row of class 1."""
    rising, falling, hump = [0.0, 1, 2, 3], [3.0, 2, 1, 0], [0.0, 3, 3, 0]
    X = np.array([rising, falling, [0, 1, 2, 9], [1, 8, 7, 0]])
    y, truth = np.array([0, 1, -1, -1]), np.array([0, 1, 0, 2])
    X_val, y_val = np.array([rising, hump, falling]), np.array([0, 2, 1])
    data = X, truth, y, X_val, y_val
    state = fitted(FisherKernel(), data).query_state()
    state.pool = state.source.view(replace(state.pool.data, labels=truth[2:], known=None))
    holdout = matched_rows(state.holdout, state.classes, None, None)

    def labels(rule):
        label = pseudo_labels(rule, state, state.pool, holdout)
        layer = state.pool.last_layer
        P = np.column_stack([layer.proba, np.zeros(2)])
        return label([layer.features], P, slice(None)).tolist()

    assert labels("neighbour") == [0, 2]  # correlations with rising: +, with the hump: +
    assert labels("predicted") == state.pool.last_layer.proba.argmax(axis=1).tolist()
    assert labels("oracle") == [0, 2]


@pytest.mark.parametrize("b", [2, 40])
def test_weak_supervision(b):
    data = problem(seed=4)
    X_val, y_val = data[3:]

    def mistakes(X, prediction):
        assert X is X_val
        return prediction != y_val

    learner = fitted(FisherKernel(pseudo_label="predicted", mistakes=mistakes), data)
    expected = by_hand(learner, data, b, "predicted", mistakes=True)
    np.testing.assert_array_equal(learner.query(batch_size=b), expected)
    # the labels of the holdout are not looked at
    blind = fitted(
        FisherKernel(pseudo_label="predicted", mistakes=mistakes), (*data[:4], y_val[::-1])
    )
    np.testing.assert_array_equal(blind.query(batch_size=b), expected)


def test_weak_supervision_of_two_classes_is_full_supervision():
    """A wrong prediction of two leaves one label, and its gradient is the same."""
    data = problem(k=2, seed=1)
    full = fitted(FisherKernel(pseudo_label="predicted"), data)
    weak = fitted(FisherKernel(pseudo_label="predicted", mistakes=lambda X, p: p != data[4]), data)
    np.testing.assert_array_equal(full.query(batch_size=20), weak.query(batch_size=20))


def test_a_holdout_without_labels():
    """X_val alone is enough where mistakes= judges; nobody else takes it."""
    X, _, y, X_val, y_val = data = problem(seed=4)

    def judge(X, prediction):
        return prediction != y_val

    strategy = FisherKernel(pseudo_label="predicted", mistakes=judge)
    learner = ActiveLearner(LogisticRegression(), strategy, missing_label=-1).fit(X, y, X_val=X_val)
    assert not learner.query_state().holdout.is_labelled
    np.testing.assert_array_equal(
        learner.query(batch_size=9), fitted(strategy, data).query(batch_size=9)
    )
    feature = FisherKernel(kernel="feature", mistakes=judge)
    rows = (
        ActiveLearner(LogisticRegression(), feature, missing_label=-1)
        .fit(X, y, X_val=X_val)
        .query()
    )
    assert rows == fitted(FisherKernel(kernel="feature", mistakes=judge), data).query()
    with pytest.raises(ValueError, match="X_val and y_val"):
        ActiveLearner(LogisticRegression(), FisherKernel(), missing_label=-1).fit(X, y, X_val=X_val)
    with pytest.raises(ValueError, match="X_val and y_val"):
        ActiveLearner(LogisticRegression(), strategy, missing_label=-1).fit(X, y, y_val=y_val)
    with pytest.raises(
        ValueError, match="needs a holdout whose predictions can be judged: pass X_val="
    ):
        ActiveLearner(LogisticRegression(), strategy, missing_label=-1).fit(X, y)


def test_nothing_misclassified_means_all_of_the_holdout():
    data = problem(seed=5, spread=0.02)
    learner = fitted(FisherKernel(), data, LogisticRegression(C=1e4))
    assert (learner.predict(data[3]) == data[4]).all()
    for b in (3, 60):
        np.testing.assert_array_equal(learner.query(batch_size=b), by_hand(learner, data, b))
    learner.teach(learner.query(batch_size=4), data[1][learner.query(batch_size=4)])
    assert learner.history_[-1]["n_misclassified"] == 0
    assert learner.history_[-1]["n_centres"] == 4


def test_oracle_in_a_replay():
    X, truth, _, X_val, y_val = problem(seed=6)
    learner = ActiveLearner(
        LogisticRegression(),
        FisherKernel(pseudo_label="oracle"),
        replay_budget=19,
        batch_size=4,
        initial_size=15,
        random_state=0,
    ).fit(X, truth, X_val=X_val, y_val=y_val)
    first, rows = learner.history_[0]["rows"], learner.history_[1]["rows"]
    y = np.full(len(X), -1)
    y[first] = truth[first]
    again = fitted(FisherKernel(), (X, truth, y, X_val, y_val))
    np.testing.assert_array_equal(rows, by_hand(again, (X, truth, y, X_val, y_val), 4, "oracle"))


def test_classes_that_only_the_holdout_has():
    X, truth, y, X_val, y_val = problem(k=4, seed=7)
    y = np.where(truth == 3, -1, y)
    learner = fitted(FisherKernel(), (X, truth, y, X_val, y_val))
    assert learner.estimator_.classes_.tolist() == [0, 1, 2]
    assert learner.classes_.tolist() == [0, 1, 2, 3]
    rows = learner.query(batch_size=8)
    assert len(set(rows)) == 8
    # rows of class 3 are misclassified with infinite loss: the first centre is one of them
    layer = learner.query_state().holdout.last_layer
    P = np.column_stack([layer.proba, np.zeros(len(y_val))])
    pool = np.flatnonzero(y == -1)
    nearest = y_val[dense_kernel([(X_val, X_val)], [(X[pool], X[pool])], "feature").argmax(axis=0)]
    P_pool = np.column_stack([learner.estimator_.predict_proba(X[pool]), np.zeros(len(pool))])
    eye = np.eye(4)
    R = dense_kernel([(X_val, eye[y_val] - P)], [(X[pool], eye[nearest] - P_pool)])
    first = np.flatnonzero(y_val == 3)[0]
    assert rows[0] == pool[R[first].argmax()]


def test_labels_may_be_words():
    X, truth, y, X_val, y_val = data = problem(seed=3)
    words = np.array(["ash", "elm", "oak"], dtype=object)
    named = np.where(y == -1, None, words[y])
    rows = fitted(FisherKernel(), data).query(batch_size=9)
    learner = ActiveLearner(LogisticRegression(), FisherKernel()).fit(
        X, named, X_val=X_val, y_val=words[y_val]
    )
    np.testing.assert_array_equal(learner.query(batch_size=9), rows)


@pytest.mark.parametrize("label", ["neighbour", "predicted"])
def test_sparse_rows(label):
    X, truth, y, X_val, y_val = problem(seed=8, d=30)
    X, X_val = X * (RNG.random(X.shape) < 0.3), X_val * (RNG.random(X_val.shape) < 0.3)
    X[40], X_val[3] = 0, 0  # constant
    dense = fitted(FisherKernel(pseudo_label=label), (X, truth, y, X_val, y_val))
    thin = fitted(
        FisherKernel(pseudo_label=label),
        (sparse.csr_array(X), truth, y, sparse.csr_array(X_val), y_val),
    )
    for b in (3, 20):
        np.testing.assert_array_equal(dense.query(batch_size=b), thin.query(batch_size=b))
    A, B = sparse.csr_array(X), sparse.csr_array(X_val)
    R = matching.correlations(matching.unit_rows(A), matching.unit_rows(B))
    expected = matching.correlations(matching.unit_rows(X), matching.unit_rows(X_val))
    np.testing.assert_allclose(R, expected, atol=1e-12)
    own = matching.self_similarities([(matching.unit_rows(A),)])
    np.testing.assert_allclose(own, (np.ptp(X, axis=1) > 0).astype(float), atol=1e-12)


def test_unit_rows():
    A = RNG.normal(size=(5, 7))
    A[2] = 0.1
    A[3] *= 1e200
    A[4] *= 1e-200
    ours = matching.unit_rows(A).rows
    expected = [unit(A[0]), unit(A[1]), np.zeros(7), unit(A[3] / 1e200), unit(A[4] * 1e200)]
    np.testing.assert_allclose(ours, expected, atol=1e-14)
    single = matching.unit_rows((A[:2] * 1e30).astype(np.float32)).rows
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected[:2], atol=1e-6)
    far = matching.unit_rows(A[:2] + 1e6).rows  # a large mean
    np.testing.assert_allclose(far, expected[:2], atol=1e-9)
    nearly = np.array([[0.3, 0.1 + 0.2]])  # constant but for rounding
    assert (matching.unit_rows(nearly).rows == 0).all()
    assert matching.unit_rows(np.ones((3, 1))).rows.tolist() == [[0], [0], [0]]
    assert (A[2] == 0.1).all()  # not changed in place
    pairs = matching.unit_rows(RNG.normal(size=(50, 2))).rows
    assert set(np.unique(pairs @ pairs.T).round(12)) == {-1.0, 1.0}
    assert len(np.unique(pairs @ pairs.T)) == 2  # exactly


def test_blocks_make_no_difference(monkeypatch):
    data = problem(n=200, m=60, seed=9)
    learner = fitted(FisherKernel(), data)
    whole = {b: learner.query(batch_size=b) for b in (3, 25, 150)}
    monkeypatch.setattr(matching, "BLOCK_ENTRIES", 40)
    monkeypatch.setattr(matching, "BLOCK_NUMBERS", 50)
    monkeypatch.setattr(matching, "CENTRES", 7)
    for b, rows in whole.items():
        np.testing.assert_array_equal(learner.query(batch_size=b), rows)


def test_nearest_rows_takes_the_first_of_equals():
    Z = np.array([[1.0, 2, 4], [4, 2, 1]])
    holdout = [matching.unit_rows(np.array([[9.0, 1, 2], [1, 2, 4], [1, 2, 4], [8, 4, 2]]))]
    assert matching.nearest_rows([Z], holdout).tolist() == [1, 3]


def test_ties_go_to_the_first_row():
    """Duplicated rows are asked for in pool order."""
    X, truth, y, X_val, y_val = problem(seed=2)
    X = np.vstack([X, X[15:]])
    y = np.append(y, np.full(105, -1))
    rows = fitted(FisherKernel(), (X, truth, y, X_val, y_val)).query(batch_size=12)
    seen = {}
    for row in rows:
        seen.setdefault((row - 15) % 105, []).append(row)
    assert all(group == sorted(group) for group in seen.values())
    assert any(len(group) == 2 for group in seen.values())


def refused(match, error=ValueError, data=None, **params):
    with pytest.raises(error, match=match):
        fitted(FisherKernel(**params), data or problem()).query()


def test_refusals():
    refused("'kernel' parameter", kernel="linear")
    refused("'combine' parameter", combine="mean")
    refused("'pseudo_label' parameter", pseudo_label="guess")
    refused("cannot tell labels apart on the last layer", pseudo_label="covariance")
    refused("cannot tell labels apart on the last layer", pseudo_label="mutual_information")
    refused("'draws' parameter", pseudo_label="covariance", layers=["a"], draws=1)
    refused(r"perturb=.* has a part in pseudo_label='covariance'", perturb=lambda X, rng: X)
    refused("'perturb' parameter", perturb=3, pseudo_label="covariance", layers=["a"])
    refused("with mistakes= these are not looked at", mistakes=lambda X, p: p > 0)
    refused("'mistakes' parameter", ValueError, mistakes=3, pseudo_label="predicted")
    refused(
        "must say True or False of each of 40",
        mistakes=lambda X, p: [True],
        pseudo_label="predicted",
    )
    refused("must say True or False", mistakes=lambda X, p: p, pseudo_label="predicted")
    refused("combine='sum' has no part in kernel='feature'", kernel="feature", combine="sum")
    refused("pseudo_label='predicted' has no part", kernel="feature", pseudo_label="predicted")
    refused("perturb=.* has no part in kernel='feature'", kernel="feature", perturb=abs)
    refused("'layers' parameter", layers=3)
    refused("'layers' parameter", layers="conv")
    refused("must be a list of names", layers=[])
    refused("must be a list of names", layers=["a", "a"])
    refused("'scale_weights' parameter", scale_weights="none")
    refused("'after' parameter", after="relu")
    refused("'order' parameter", order="random")
    refused("after='module' says where descriptors of named modules", after="module")
    refused("scale_weights='equal' has no part in a kernel of one scale", scale_weights="equal")
    refused("no part in a kernel of one scale", scale_weights="equal", layers=["a"])
    FisherKernel(scale_weights="equal", combine="sum").check()  # two similarities of one scale
    refused("105 of 105 are not known: use it only in replays", pseudo_label="oracle")
    refused("needs a net under skorch.*, and LogisticRegression is not one", layers=["a"])
    state = fitted(FisherKernel(), problem()).query_state()
    with pytest.raises(TypeError, match="LogisticRegression has no modules to name"):
        next(state.pool.descriptors(["a"], None))
    X, _, y, _, _ = problem()
    with pytest.raises(ValueError, match="needs a trusted holdout"):
        ActiveLearner(LogisticRegression(), FisherKernel(), missing_label=-1).fit(X, y)


# ------------------------------------------------------------------ meant to break it
def test_saturated_probabilities():
    """Rows that the model is certain of have no gradient, and tie."""
    data = problem(seed=1, spread=0.1)
    for label in ("neighbour", "predicted"):
        learner = fitted(
            FisherKernel(pseudo_label=label),
            data,
            LogisticRegression(C=1e12, max_iter=5000, tol=1e-12),
        )
        learner.estimator_.coef_ *= 1e6
        P = learner.predict_proba(data[0])
        assert np.isin(P, [0, 1]).all()
        for b in (1, 10, 60):
            assert len(set(learner.query(batch_size=b))) == b


@pytest.mark.parametrize("factor", [1e-150, 1e-30, 1e30, 1e70])
def test_scales_make_no_difference(factor):
    X, truth, y, X_val, y_val = data = problem(seed=3)
    learner = fitted(FisherKernel(pseudo_label="predicted"), data)
    state = learner.query_state()
    rows = learner.query(batch_size=20)
    learner.estimator_.coef_ /= factor
    session = learner._session
    training = replace(session.training, X=X * factor)
    holdout = replace(session.holdout, container=X_val * factor)
    learner._session = replace(session, training=training, holdout=holdout)
    np.testing.assert_array_equal(learner.query(batch_size=20), rows)
    assert len(state.candidates) == 105


def test_wide_and_collinear_features():
    X, truth, y, X_val, y_val = problem(seed=3)
    wide = np.tile(X, (1, 300)), truth, y, np.tile(X_val, (1, 300)), y_val
    plain = fitted(FisherKernel(kernel="feature"), problem(seed=3)).query_state()
    learner = fitted(FisherKernel(), wide)
    assert len(set(learner.query(batch_size=50))) == 50
    Z = [matching.unit_rows(part) for part in (X, wide[0])]
    np.testing.assert_allclose(
        matching.correlations(Z[0], Z[0]), matching.correlations(Z[1], Z[1]), atol=1e-12
    )
    assert len(plain.pool) == 105


@pytest.mark.parametrize("n_val", [1, 2])
def test_tiny_holdouts_and_pools(n_val):
    X, truth, y, X_val, y_val = problem(seed=2)
    data = X[:18], truth[:18], y[:18], X_val[:n_val], y_val[:n_val]
    learner = fitted(FisherKernel(), data)
    assert sorted(learner.query(batch_size=3)) == [15, 16, 17]


def test_a_pool_of_its_own_frames_and_wrappers():
    from skal.strategies import Diversify, Shortlist, Subsample

    X, truth, y, X_val, y_val = data = problem(seed=5)
    learner = fitted(FisherKernel(), data)
    rows = learner.query(batch_size=7)
    np.testing.assert_array_equal(learner.query(X[15:], batch_size=7) + 15, rows)
    pandas = pytest.importorskip("pandas")
    frames = [pandas.DataFrame(part, columns=list("abcdef")) for part in (X, X_val)]
    framed = fitted(FisherKernel(), (frames[0], truth, y, frames[1], y_val))
    np.testing.assert_array_equal(framed.query(batch_size=7), rows)
    for wrapper in (
        Diversify(FisherKernel()),
        Shortlist(FisherKernel(), size=30),
        Subsample(FisherKernel(), 20),
    ):
        assert len(set(fitted(wrapper, data, random_state=0).query(batch_size=6))) == 6


def test_a_surrogate_is_looked_through():
    from sklearn.ensemble import RandomForestClassifier

    data = problem(seed=5)
    forest = RandomForestClassifier(5, random_state=0)
    learner = fitted(FisherKernel(), data, forest, surrogate=LogisticRegression())
    np.testing.assert_array_equal(
        learner.query(batch_size=9), fitted(FisherKernel(), data).query(batch_size=9)
    )


def test_memory_is_that_of_blocks():
    """No holdout × pool matrix: a query takes a small part of its size."""
    import tracemalloc

    rng = np.random.default_rng(0)
    X, X_val = (
        rng.normal(size=(20_010, 16)).astype(np.float32),
        rng.normal(size=(3_000, 16)).astype(np.float32),
    )
    y = np.append(np.arange(10) % 3, np.full(20_000, -1))
    learner = fitted(FisherKernel(), (X, y, y, X_val, rng.integers(0, 3, 3_000)))
    learner.query(batch_size=2_000)
    tracemalloc.start()
    learner.query(batch_size=2_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000 * 3_000 * 4 / 10
