"""Bait against a reference that inverts every matrix, and against its own numerics."""

import numpy as np
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.svm import LinearSVC

from skal import ActiveLearner
from skal.strategies import Bait, Determinantal, Shortlist
from skal.strategies._fisher.memory import Size
from tests.kernels.fisher import reference


def problem(seed, k, known=None):
    """A few rows with probabilities, of which some are nearly certain."""
    rng = np.random.default_rng(seed)
    n, d, intercept = int(rng.integers(8, 60)), int(rng.integers(1, 7)), bool(rng.integers(2))
    Z = rng.normal(size=(n, d)) * 10 ** rng.uniform(-1, 1, d)
    P = rng.dirichlet(np.ones(k) * rng.choice([0.1, 1]), n) if k else None
    known = int(rng.integers(1, 5))
    b = int(rng.integers(1, max(2, (n - known) // 2)))
    return Z, P, known, b, intercept


CASES = {
    "full": {},
    "paper": {"weighting": "paper"},
    "authors": {"weighting": "authors"},
    "block": {"structure": "block"},
    "binary": {"structure": "binary"},
    "one λ": {"regularization": 1e-3},
    "forward": {"oversample": 1},
    "identity": {"target": "identity"},
    "rank 2": {"rank": 2},
    "regression": {"weighting": "paper"},
    "regression, one λ": {"regularization": 0.1},
}


FEW, MORE = range(6), (pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 24))


@pytest.mark.parametrize("seed", [*FEW, *MORE])
@pytest.mark.parametrize("case", CASES)
def test_picks_are_those_of_the_reference(case, seed):
    params = CASES[case]
    Z, P, known, b, intercept = problem(seed, 0 if "regression" in case else 2 + seed % 4)
    state = reference.state_of(Z, P, known=known, intercept=intercept)
    picks = Bait(**{"structure": "full", **params}).select(state, b)
    expected, objective = reference.bait(Z, P, known, b, intercept=intercept, **params)
    assert picks.tolist() == expected
    if "target" not in params:  # without a basis, identity has one direction a feature more
        assert state.records["objective"] == pytest.approx(objective, rel=1e-8)


@pytest.mark.parametrize("weighting", ["sum", "paper", "authors"])
@pytest.mark.parametrize("structure", ["full", "block", "binary", "regression"])
def test_labelled_rows_count_by_their_weights(structure, weighting):
    for seed in range(5):
        Z, P, known, b, intercept = problem(seed, 0 if structure == "regression" else 3)
        weights = np.random.default_rng(seed).exponential(size=known) * 5
        weights[0] = 0 if known > 1 else 3
        name = "full" if structure == "regression" else structure
        params = {"structure": name, "weighting": weighting}
        state = reference.state_of(Z, P, known=known, intercept=intercept, weights=weights)
        picks = Bait(**params).select(state, b)
        expected, objective = reference.bait(
            Z, P, known, b, intercept=intercept, weights=weights, **params
        )
        assert picks.tolist() == expected
        assert state.records["objective"] == pytest.approx(objective, rel=1e-8)


def test_rows_of_no_weight_are_as_if_they_were_not_labelled():
    Z, P, known, b, _ = problem(2, 3)
    for weighting in ("sum", "paper", "authors"):
        state = reference.state_of(Z, P, known=known, weights=np.zeros(known))
        picks = Bait("full", weighting=weighting, regularization=1.0).select(state, b)
        assert len(set(picks.tolist())) == b


@pytest.mark.parametrize("seed", range(8))
def test_two_classes_are_one_against_the_other(seed):
    Z, P, known, b, intercept = problem(seed, 2)
    answers = [
        Bait(structure).select(reference.state_of(Z, P, known=known, intercept=intercept), b)
        for structure in ("full", "binary", "auto")
    ]
    assert answers[0].tolist() == answers[1].tolist() == answers[2].tolist()


@pytest.mark.parametrize("structure", ["full", "block", "binary", "regression"])
@pytest.mark.parametrize("target", ["holdout", "rows"])
def test_the_target_is_what_f_is_the_mean_over(structure, target):
    Z, P, known, b, _ = problem(5, 0 if structure == "regression" else 3)
    rows = np.arange(0, len(Z), 3)
    state = reference.state_of(Z, P, known=known, holdout=rows)
    structure = "full" if structure == "regression" else structure
    picks = Bait(structure, target=rows if target == "rows" else target).select(state, b)
    assert picks.tolist() == reference.bait(Z, P, known, b, structure=structure, target=rows)[0]


@pytest.mark.parametrize("structure", ["full", "binary"])
def test_only_candidates_are_picked_but_all_rows_are_looked_at(structure):
    Z, P, known, _, intercept = problem(3, 4)
    candidates = np.arange(1, len(Z) - known, 2)
    state = reference.state_of(Z, P, known=known, intercept=intercept, candidates=candidates)
    picks = Bait(structure).select(state, 3)
    expected, _ = reference.bait(
        Z, P, known, 3, intercept=intercept, structure=structure, candidates=candidates
    )
    assert picks.tolist() == expected


@pytest.mark.parametrize("structure", ["full", "block", "binary", "regression"])
def test_float32_picks_like_float64(structure):
    for seed in range(10):
        Z, P, known, b, intercept = problem(seed, 0 if structure == "regression" else 4)
        Z = Z.astype(np.float32)
        name = "full" if structure == "regression" else structure
        answers = [
            Bait(name).select(reference.state_of(X, P, known=known, intercept=intercept), b)
            for X in (Z, Z.astype(np.float64))
        ]
        assert answers[0].tolist() == answers[1].tolist()


@pytest.mark.parametrize("structure", ["full", "block", "binary", "regression"])
@pytest.mark.parametrize("kind", ["torch", "device", "sparse"])
def test_arrays_of_every_kind_pick_alike(structure, kind):
    Z, P, known, b, intercept = problem(11, 0 if structure == "regression" else 4)
    name = "full" if structure == "regression" else structure
    expected = Bait(name).select(reference.state_of(Z, P, known=known, intercept=intercept), b)
    strategy = Bait(name)
    if kind == "torch":
        torch = pytest.importorskip("torch")
        Z, P = torch.as_tensor(Z), None if P is None else torch.as_tensor(P)
    elif kind == "device":
        pytest.importorskip("torch")
        strategy.device = "cpu"
        Z.flags.writeable = False  # torch would warn of it
    else:
        Z = sparse.csr_matrix(Z)
    picks = strategy.select(reference.state_of(Z, P, known=known, intercept=intercept), b)
    assert picks.tolist() == expected.tolist()


def test_rescaling_a_feature_leaves_the_picks_alone():
    Z, P, known, b, _ = problem(7, 4)
    expected = Bait().select(reference.state_of(Z, P, known=known, intercept=True), b)
    for factor in (1e-6, 1e6):
        scaled = Z * np.where(np.arange(Z.shape[1]) == 0, factor, 1)
        picks = Bait().select(reference.state_of(scaled, P, known=known, intercept=True), b)
        assert picks.tolist() == expected.tolist()


# ---------------------------------------------------------------------- numerics
@pytest.mark.parametrize(
    ("k", "dtype"),
    [
        (0, "float64"),
        (0, "float32"),
        (3, "float64"),
        pytest.param(3, "float32", marks=pytest.mark.slow),
    ],
)
def test_a_thousand_picks_at_a_tiny_regularization(k, dtype, monkeypatch):
    """Each pick's gain is the best there is, by matrices computed from scratch."""
    rng = np.random.default_rng(0)
    n, d = 1200, 4
    Z = (rng.normal(size=(n, d)) * [1, 0.3, 0.1, 0.03]).astype(dtype)
    P = rng.dirichlet(np.ones(k), n) if k else None
    pushed = []
    import skal.kernels.fisher.rank_one_rows
    import skal.kernels.fisher.softmax_rows

    for module, name in (
        (skal.kernels.fisher.softmax_rows, "SoftmaxRows"),
        (skal.kernels.fisher.rank_one_rows, "RankOneRows"),
    ):
        push = getattr(module, name).push
        monkeypatch.setattr(
            getattr(module, name),
            "push",
            lambda self, j, push=push: (pushed.append(j), push(self, j))[1],
        )
    Bait(regularization=1e-6).select(reference.state_of(Z, P, known=1), 500)
    infos, _, _ = reference.informations(Z, P, False, "full")
    infos = np.array(infos)
    F, M = infos.mean(axis=0), 1e-6 * np.eye(infos.shape[1]) + infos[0]
    infos, taken = infos[1:], np.zeros(n - 1, dtype=bool)
    allowed = 1e-6 if dtype == "float64" else 1e-2
    for step, j in enumerate(pushed):
        if step < 20 or step % 50 == 0:
            now = np.trace(np.linalg.inv(M) @ F)
            gains = now - (np.linalg.inv(M + infos) * F).sum(axis=(1, 2))  # F = Fᵀ
            assert gains[j] >= gains[~taken].max() * (1 - allowed)
        taken[j] = True
        M = M + infos[j]
    assert len(pushed) == 1000


def ill_conditioned(seed, k):
    """Features in float32 whose spectrum falls by six orders, some nearly equal, with labels few."""
    rng = np.random.default_rng(seed)
    n, d = 80, 6
    Z = rng.normal(size=(n, d)) * np.logspace(0, -rng.uniform(2, 6), d)
    Z = Z @ np.linalg.qr(rng.normal(size=(d, d)))[0]
    Z[:, 1] = Z[:, 0] * (1 + 1e-4 * rng.normal(size=n))
    Z[10:20] = Z[20:30]
    P = rng.dirichlet(np.ones(k) * rng.choice([0.02, 0.1, 1]), n) if k else None
    return (Z * 10 ** rng.uniform(-3, 3)).astype(np.float32), P


def objective_from_scratch(Z, P, known, picks, regularization):
    """tr(M⁻¹F) in float64 after labelling the picks, in a basis of the classes' contrasts."""
    from scipy.linalg import cho_factor, cho_solve, helmert

    infos, Z, dimensions = reference.informations(Z, P, False, "full")
    lam = reference.strengths(Z, infos, dimensions) if regularization == "auto" else regularization
    basis = np.eye(Z.shape[1])
    basis = basis if P is None else np.kron(basis, helmert(P.shape[1]).T)
    infos = [basis.T @ info @ basis for info in infos]
    lam = np.broadcast_to(lam, Z.shape[1])
    M = np.diag(np.repeat(lam, dimensions)) + sum(infos[i] for i in [*range(known), *known + picks])
    return np.trace(cho_solve(cho_factor(M), np.mean(infos, axis=0)))


@pytest.mark.parametrize(
    "seeds", [range(4), pytest.param(range(4, 12), marks=pytest.mark.slow)], ids=str
)
@pytest.mark.parametrize("regularization", ["auto", 1e-4, 1e-6])
@pytest.mark.parametrize("k", [0, 2, 4])
def test_float32_reaches_what_float64_reaches_on_ill_conditioned_problems(k, regularization, seeds):
    for seed in seeds:
        Z, P = ill_conditioned(seed, k)
        reached = []
        for X in (Z, Z.astype(np.float64)):
            state = reference.state_of(X, P, known=2)
            size = regularization
            if size != "auto":  # as a share of the mean square of a feature
                size = float(size * (Z.astype(np.float64) ** 2).mean())
            picks = Bait("full", regularization=size).select(state, 12)
            reached.append(objective_from_scratch(X, P, 2, picks, size))
            if X.dtype == np.float64:
                assert state.records["objective"] == pytest.approx(reached[-1], rel=1e-4)
        assert reached[0] <= 1.01 * reached[1], seed


def odd_problems():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(40, 4))
    P = rng.dirichlet(np.ones(4), 40)
    sure = np.eye(4)[rng.integers(4, size=40)]
    collinear = np.column_stack([Z, Z[:, 0], Z[:, 1] + Z[:, 2]])
    yield "collinear", collinear, P
    yield "duplicates", np.repeat(Z[:4], 10, axis=0), np.repeat(P[:4], 10, axis=0)
    yield "all sure", Z, sure
    yield "most sure", Z, np.where(np.arange(40)[:, None] % 8 == 0, P, sure)
    yield "all zero", np.zeros((40, 3)), P
    yield "one column", Z[:, :1], P
    yield "a feature of zeros", np.column_stack([Z, np.zeros(40)]), P
    yield "huge", Z * 1e8, P
    yield "tiny", Z * 1e-8, P
    yield "far apart", Z * [1e-8, 1, 1e4, 1e8], P
    yield "nearly sure", Z, (P * 1e-14 + sure) / (1 + 1e-14)


@pytest.mark.parametrize(
    ("regularization", "dtype"),
    [
        ("auto", "float64"),
        (1e-10, "float32"),
        *(
            pytest.param(regularization, dtype, marks=pytest.mark.slow)
            for regularization, dtype in (
                ("auto", "float32"),
                (1e-10, "float64"),
                (1e6, "float64"),
                (1e6, "float32"),
            )
        ),
    ],
)
@pytest.mark.parametrize("structure", ["full", "block", "binary", "regression"])
def test_odd_problems_have_answers(structure, regularization, dtype):
    for name, Z, P in odd_problems():
        P = None if structure == "regression" else P
        kind = "full" if structure == "regression" else structure
        strategy = Bait(kind, regularization=regularization, certify=True)
        state = reference.state_of(Z.astype(dtype), P, known=2, intercept=name != "all zero")
        picks = strategy.select(state, 15)
        assert len(set(picks.tolist())) == 15, name
        assert np.isfinite(state.records["objective"]), name
        assert state.records["objective"] >= 0, name
        assert state.records["lower_bound"] <= state.records["objective"] * (1 + 1e-3) + 1e-12, name


@pytest.mark.parametrize("k", [0, 3])
def test_rows_that_m_cannot_do_without_leave_from_the_end(k):
    """With hardly any λ each row is all there is of its direction: the last ones are taken out."""
    Z, P = np.eye(12), np.random.default_rng(0).dirichlet(np.ones(k), 12) if k else None
    state = reference.state_of(Z, P, known=1)
    added = Bait(regularization=1e-13, oversample=1).select(state, 8)
    assert Bait(regularization=1e-13).select(state, 4).tolist() == added[:4].tolist()
    assert np.isfinite(state.records["objective"])


def test_greedy_is_optimal_on_an_orthonormal_design():
    """Proposition 2: rows that are standard basis vectors, some more frequent than others."""
    from itertools import combinations_with_replacement

    counts, first = np.array([20, 9, 5, 3]), np.array([1, 0, 0, 0])
    Z = np.repeat(np.eye(4), counts, axis=0)
    state = reference.state_of(np.vstack([np.eye(4)[:1], Z]), known=1)
    for oversample in (1, 2):
        picks = Bait(regularization=0.5, oversample=oversample).select(state, 7)
        frequency = (counts + first) / (len(Z) + 1)

        def value(chosen, frequency=frequency):
            times = np.bincount(chosen, minlength=4) + first
            return (frequency / (times + 0.5)).sum()

        every = combinations_with_replacement(range(4), 7)
        best = min(
            value(chosen) for chosen in every if (np.bincount(chosen, minlength=4) <= counts).all()
        )
        assert value(Z[picks].argmax(axis=1)) == pytest.approx(best, rel=1e-12)
        assert state.records["objective"] == pytest.approx(best, rel=1e-9)


def test_the_objective_is_the_risk_of_bayesian_ridge():
    """σ²tr(Λ⁻¹Σ) is the expected squared error of the posterior mean over prior and noise."""
    rng = np.random.default_rng(0)
    Z, noise, prior_precision = rng.normal(size=(30, 3)), 0.7, 2.0
    state = reference.state_of(Z, known=2)
    picks = Bait(regularization=prior_precision * noise**2).select(state, 4)
    rows = np.r_[0, 1, 2 + picks]
    weights = rng.normal(size=(20_000, 3)) / np.sqrt(prior_precision)
    y = weights @ Z[rows].T + noise * rng.normal(size=(20_000, len(rows)))
    A = Z[rows].T @ Z[rows] + prior_precision * noise**2 * np.eye(3)
    estimates = np.linalg.solve(A, Z[rows].T @ y.T).T
    risk = (((estimates - weights) @ Z.T) ** 2).mean()
    assert noise**2 * state.records["objective"] == pytest.approx(risk, rel=0.02)


# ---------------------------------------------------------------------- certificate
@pytest.mark.parametrize("k", [0, 2, 3])
def test_no_batch_is_below_the_lower_bound(k):
    from itertools import combinations

    for seed in range(5):
        rng = np.random.default_rng(seed)
        Z, P = rng.normal(size=(13, 2)), rng.dirichlet(np.ones(k), 13) if k else None
        state = reference.state_of(Z, P, known=2)
        Bait("full", certify=True).select(state, 4)
        infos, Z1, dimensions = reference.informations(Z, P, False, "full")
        lam = reference.strengths(Z1, infos, dimensions)
        M = np.diag(np.repeat(lam, len(infos[0]) // 2)) + infos[0] + infos[1]
        F = np.mean(infos, axis=0)
        best = min(
            np.trace(np.linalg.inv(M + sum(infos[2 + i] for i in batch)) @ F)
            for batch in combinations(range(11), 4)
        )
        records = state.records
        assert records["lower_bound"] <= best * (1 + 1e-9)
        assert records["gap"] == pytest.approx(records["objective"] / records["lower_bound"] - 1)
        assert records["gap"] < 0.5


# ---------------------------------------------------------------------- fewer rows than features
def wide(seed, k):
    """A problem of twice as many features as rows at least, two of the rows the same."""
    rng = np.random.default_rng(seed)
    n, known = int(rng.integers(8, 14)), int(rng.integers(1, 4))
    d = 2 * n + int(rng.integers(0, 9))
    Z = rng.normal(size=(n, d)) * 10 ** rng.uniform(-1, 1, d)
    Z[-1] = Z[-2]
    return Z, rng.dirichlet(np.ones(k), n) if k else None, known, bool(seed % 2)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("case", CASES)
def test_in_the_span_of_few_rows_picks_are_those_of_the_reference(case, seed):
    Z, P, known, intercept = wide(seed, 0 if "regression" in case else 2 + seed % 3)
    params = CASES[case]
    state = reference.state_of(Z, P, known=known, intercept=intercept)
    picks = Bait(**{"structure": "full", **params}).select(state, 3)
    expected, objective = reference.bait(Z, P, known, 3, intercept=intercept, **params)
    assert picks.tolist() == expected
    if "target" not in params:  # without a basis, identity has one direction a feature more
        assert state.records["objective"] == pytest.approx(objective, rel=1e-8)


@pytest.mark.parametrize("kind", ["sparse", "torch"])
def test_in_the_span_arrays_of_every_kind_pick_alike(kind):
    Z, P, known, intercept = wide(4, 3)
    expected = Bait().select(reference.state_of(Z, P, known=known, intercept=intercept), 3)
    if kind == "sparse":
        Z = sparse.csr_matrix(Z)
    else:
        torch = pytest.importorskip("torch")
        Z, P = torch.as_tensor(Z), torch.as_tensor(P)
    picks = Bait().select(reference.state_of(Z, P, known=known, intercept=intercept), 3)
    assert picks.tolist() == expected.tolist()


@pytest.mark.parametrize("target", ["pool", "identity"])
def test_the_lower_bound_holds_in_the_span(target, monkeypatch):
    Z, P, known, _ = wide(1, 3)
    records = []
    for in_span in (True, False):
        monkeypatch.setattr(Size, "in_span", lambda self, limit, said=in_span: said)
        state = reference.state_of(Z, P, known=known)
        Bait("full", certify=True, target=target, regularization=0.5).select(state, 2)
        records.append(state.records)
    span, everything = records
    assert span["objective"] == pytest.approx(everything["objective"], rel=1e-9)
    assert everything["lower_bound"] * (1 - 1e-9) <= span["lower_bound"] <= span["objective"]


def test_a_shortlist_serves_sparse_text_of_many_words():
    X = sparse.random(600, 50_000, density=2e-4, format="csr", random_state=0)
    y = np.where(np.arange(600) < 30, np.arange(600) % 3, np.nan)
    learner = ActiveLearner(LogisticRegression(), Shortlist(Bait()), batch_size=3).fit(X, y)
    rows = learner.query()
    used = np.unique(X.indices)  # the same problem without the words that no row has
    dense = ActiveLearner(LogisticRegression(), Shortlist(Bait()), batch_size=3)
    dense = dense.fit(X[:, used].toarray(), y)
    assert rows.tolist() == dense.query().tolist()
    learner.set_params(strategy=Bait("full", max_memory=1e7))
    with pytest.raises(
        ValueError, match=r"as Shortlist\(Bait\(\)\) does, take structure=\"auto\", or"
    ):
        learner.fit(X, y).query()


@pytest.mark.parametrize("params", [{}, {"structure": "binary"}, {"structure": "full"}])
def test_max_memory_holds_for_every_structure(params):
    Z, P, known, b, _ = problem(0, 3)
    state = reference.state_of(Z, P, known=known)
    with pytest.raises(ValueError, match="max_memory of Bait is 1"):
        Bait(**params, max_memory=10).select(state, b)
    with pytest.raises(ValueError, match=r"features need .* max_memory of Bait is 1"):
        Bait(max_memory=10).select(reference.state_of(Z, known=known), b)


# ---------------------------------------------------------------------- λ of the model
@pytest.mark.parametrize("structure", ["full", "block", "binary", "regression"])
def test_the_models_own_ridge_is_lambda(structure):
    Z, P, known, b, _ = problem(3, 0 if structure == "regression" else 3)
    ridge = np.random.default_rng(0).exponential(size=Z.shape[1])
    name = "full" if structure == "regression" else structure
    state = reference.state_of(Z, P, known=known, ridge=ridge)
    picks = Bait(name, regularization="model").select(state, b)
    expected, _ = reference.bait(Z, P, known, b, structure=name, regularization=ridge)
    assert picks.tolist() == expected
    np.testing.assert_array_equal(state.records["regularization"], ridge)


@pytest.mark.parametrize(
    ("estimator", "classes", "ridge"),
    [
        (LogisticRegression(C=0.25), 2, 8.0),  # of one vector w for two classes
        (LogisticRegression(C=0.25), 3, 4.0),
        (Ridge(alpha=3.0), None, 3.0),
    ],
)
def test_what_the_ridge_of_a_model_is(blobs, estimator, classes, ridge):
    X, _, y = blobs
    X, codes = np.asarray(X), np.arange(len(X)) % (classes or 7)
    y = np.where(np.arange(len(X)) < 30, codes.astype(float), np.nan)
    learner = ActiveLearner(estimator, Bait(regularization="model"), batch_size=2).fit(X, y)
    rows = learner.query()
    strengths = learner.teach(rows, codes[rows]).history_[-1]["regularization"]
    assert np.all(strengths[:-1] == ridge)
    assert 0 < strengths[-1] <= 1e-3  # next to none where the objective leaves a weight free


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("strategy", [Bait, Determinantal])
def test_a_ridge_that_is_not_known_is_told(blobs, strategy):
    """The one reason that applies."""
    X, _, y = blobs
    unknown = "of this {} is not known: {}. {}ive λ itself"
    for estimator, says in (
        (
            RidgeClassifier(),
            unknown.format("RidgeClassifier", "its losses are squared errors", "G"),
        ),
        (LinearSVC(), unknown.format("LinearSVC", "its losses are hinge losses", "G")),
        (
            LogisticRegression(max_iter=1),
            unknown.format("LogisticRegression", "the fit stopped at max_iter=1", "Raise .* g"),
        ),
        (LogisticRegression(C=np.inf), "and this model has none"),
    ):
        learner = ActiveLearner(estimator, strategy(regularization="model")).fit(X, y)
        with pytest.raises(ValueError, match=says.replace(". ", ".*")):
            learner.query()


def test_class_weights_do_not_hide_the_ridge(blobs):
    X, _, y = blobs
    model = LogisticRegression(C=0.25, class_weight="balanced")
    learner = ActiveLearner(model, Bait(regularization="model"), random_state=0).fit(X, y)
    rows = learner.query()
    strengths = learner.teach(rows, y[:1]).history_[-1]["regularization"]
    assert np.all(strengths[:-1] == (8.0 if len(learner.classes_) == 2 else 4.0))


# ---------------------------------------------------------------------- in a learner
@pytest.mark.parametrize("strategy", [Bait("full"), Determinantal(), Determinantal("one")])
def test_weights_of_samples_and_classes_are_the_same_as_both_multiplied(strategy):
    X, y = load_digits(return_X_y=True)
    X, y = X[y < 3][:200] / 16, y[y < 3][:200]
    some, weights = np.where(np.arange(200) < 40, y, np.nan), np.arange(200) % 5 + 1.0
    of_classes = {0: 5.0, 1: 1.0, 2: 0.2}
    asked = []
    for given, class_weight in (
        (weights, of_classes),
        (weights * [of_classes[label] for label in y], None),
        (weights, None),
    ):
        with config_context(enable_metadata_routing=True):
            model = LogisticRegression(class_weight=class_weight)
            learner = ActiveLearner(
                model.set_fit_request(sample_weight=True), strategy, batch_size=8
            ).fit(X, some, sample_weight=given)
        asked.append(learner.query().tolist())
    assert asked[0] == asked[1] != asked[2]


def test_auto_takes_what_fits_and_says_which():
    X, y = load_digits(return_X_y=True)
    some = np.where(np.arange(len(X)) < 100, y, np.nan)
    for memory, structure in ((4e9, "full"), (2e6, "block"), (3e5, "binary")):
        strategy = Bait(max_memory=memory)
        learner = ActiveLearner(LogisticRegression(C=1e-3), strategy, batch_size=3).fit(X, some)
        rows = learner.query()
        learner.teach(rows, y[rows])
        assert learner.history_[-1]["structure"] == structure
    with pytest.raises(
        ValueError,
        match=r"1697 candidates and 100 labelled rows with 65 features and 10 classes need 1",
    ):
        learner.set_params(strategy__max_memory=10).fit(X, some).query()
    with pytest.raises(
        ValueError,
        match=r"max_memory of Bait is 2\.0e\+06: raise it, narrow .*, leave rank=2 out, or put",
    ):
        learner.set_params(strategy__max_memory=2e6, strategy__rank=2).fit(X, some).query()


def test_a_holdout_and_rows_of_x_are_targets():
    X, y = load_digits(return_X_y=True)
    X, some = X / 16, np.where(np.arange(len(X)) < 100, y, np.nan)[:400]
    answers = []
    for target in ("holdout", X[400:450], "pool"):
        learner = ActiveLearner(LogisticRegression(), Bait(target=target), batch_size=5)
        learner.fit(X[:400], some, X_val=X[400:450], y_val=y[400:450])
        answers.append(learner.query().tolist())
    assert answers[0] == answers[1] != answers[2]
    with pytest.raises(ValueError, match="needs a trusted holdout"):
        ActiveLearner(LogisticRegression(), Bait(target="holdout")).fit(X[:400], some)


def test_several_outputs_count_each():
    X, y = load_diabetes(return_X_y=True)
    objectives = []
    for target in (y, np.column_stack([y, y, y])):
        some = target.copy()
        some[20:] = np.nan
        learner = ActiveLearner(Ridge(), Bait(), batch_size=4).fit(X, some)
        rows = learner.query()
        objectives.append(
            (rows.tolist(), learner.teach(rows, target[rows]).history_[-1]["objective"])
        )
    assert objectives[0][0] == objectives[1][0]
    assert objectives[1][1] == pytest.approx(3 * objectives[0][1])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"structure": "diagonal"}, "'structure' parameter"),
        ({"rank": 0}, "'rank' parameter"),
        ({"rank": 2, "structure": "binary"}, "rank=2 is for structure='full'"),
        ({"oversample": 0.5}, "'oversample' parameter"),
        ({"weighting": "mean"}, "'weighting' parameter"),
        ({"regularization": 0}, "'regularization' parameter"),
        ({"regularization": "none"}, "'regularization' parameter"),
        ({"target": "test"}, "'target' parameter"),
        ({"max_memory": 0}, "'max_memory' parameter"),
    ],
)
def test_parameters_that_cannot_be(blobs, params, message):
    X, _, y = blobs
    with pytest.raises(ValueError, match=message):
        ActiveLearner(LogisticRegression(), Bait(**params)).fit(X, y)


@pytest.mark.parametrize("device", [True, np.nan, -1, 0, ["cuda"], "no torch".split])
def test_a_device_is_a_name_or_of_torch(blobs, device):
    X, _, y = blobs
    says = (
        "The 'device' parameter of Bait must be an instance of 'str', a torch.device or None. Got"
    )
    with pytest.raises(ValueError, match=says):
        ActiveLearner(LogisticRegression(), Bait(device=device)).fit(X, y)


def test_a_device_that_torch_knows(blobs):
    torch = pytest.importorskip("torch")
    X, _, y = blobs
    asked = [
        ActiveLearner(LogisticRegression(), Bait(device=device)).fit(X, y).query().tolist()
        for device in (None, "cpu", torch.device("cpu"))
    ]
    assert asked[0] == asked[1] == asked[2]


@pytest.mark.parametrize("device", ["many", "cuda:99", ""])
def test_a_device_that_torch_refuses(blobs, device):
    pytest.importorskip("torch")
    X, _, y = blobs
    learner = ActiveLearner(LogisticRegression(), Bait(device=device)).fit(X, y)
    with pytest.raises(
        ValueError, match=f"device='{device}' is not a device that torch can use here: .*or"
    ):
        learner.query()


def test_a_sparse_matrix_stays_off_a_device(blobs, monkeypatch):
    X, _, y = blobs
    learner = ActiveLearner(LogisticRegression(), Bait(device="cuda")).fit(sparse.csr_matrix(X), y)
    with pytest.raises(TypeError, match="device='cuda' requires dense features"):
        learner.query()
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(ModuleNotFoundError, match=r'requires torch: pip install "skal\[nets\]"'):
        learner.fit(X, y).query()


@pytest.mark.parametrize("kind", ["float16", "longdouble", "half tensor"])
def test_features_of_types_without_linear_algebra_are_cast(kind):
    Z, P, known, b, _ = problem(4, 3)
    Z = Z.astype(np.float16)
    expected = Bait().select(reference.state_of(Z.astype(np.float32), P, known=known), b)
    if kind == "half tensor":
        torch = pytest.importorskip("torch")
        Z, P = torch.as_tensor(Z), torch.as_tensor(P)
    else:
        Z = Z.astype(kind)
    assert Bait().select(reference.state_of(Z, P, known=known), b).tolist() == expected.tolist()


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_matrix_that_rounding_made_singular_is_lifted(library):
    from skal._array import to_numpy
    from skal._linalg import positive_inverse

    rng = np.random.default_rng(0)
    A = rng.normal(size=(5, 3))
    matrices = np.stack([np.eye(5) + A @ A.T, A @ A.T - 1e-17 * np.eye(5)])
    given = matrices
    if library == "torch":
        given = pytest.importorskip("torch").as_tensor(matrices)
    inverses = to_numpy(positive_inverse(given))
    np.testing.assert_allclose(inverses[0] @ matrices[0], np.eye(5), atol=1e-6)
    np.testing.assert_array_equal(inverses, inverses.swapaxes(1, 2))
    assert (np.linalg.eigvalsh(inverses) > 0).all()
    assert np.isfinite(inverses).all()
