"""Utilities of batches over the labels of all rows, against enumerations and real refits."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import scale

from skal import ActiveLearner
from skal.nets import PriorThreshold
from skal.strategies import GoalInfluence
from skal.strategies.goals import Goal

SMALL = {"solver": "newton-cholesky", "tol": 1e-14, "max_iter": 1000}
RULES = ["mean", "min", "max", "tempered", "predicted", "expected", "oracle"]


@cache
def iris_state(copies=1, **params):
    """40 labelled rows, `copies` times, so that a new row weighs that much less, and 60 others."""
    X, y = load_iris(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    X, y = scale(X)[order], y[order]
    model = LogisticRegression(C=1 / copies, **params, **SMALL)
    learner = ActiveLearner(model, missing_label=-1, random_state=0)
    known = np.r_[np.repeat(y[:40], copies), np.full(60, -1)]
    rows = np.vstack([np.repeat(X[:40], copies, axis=0), X[40:100]])
    return learner.fit(rows, known, X_val=X[100:], y_val=y[100:]).query_state()


@cache
def replayed_state():
    """A pool whose labels are known to the oracle."""
    X, y = load_iris(return_X_y=True)
    seen = []

    def show(state):
        seen.append(state)
        return np.zeros(len(state.candidates))

    sizes = {"initial_size": 20, "batch_size": 10, "replay_budget": 30}
    ActiveLearner(LogisticRegression(max_iter=500), show, **sizes, random_state=0).fit(X, y)
    return seen[-1]


def of_rule(rule, utilities, labelings, P, truth, temperature=2.0):
    """What a rule makes of the utilities of all labelings, one at a time."""
    powered = P ** (1 / temperature)
    shares = {"expected": P, "tempered": powered / powered.sum(axis=1, keepdims=True)}
    told = {"predicted": P.argmax(axis=1), "oracle": truth}
    total, best, worst = 0.0, -np.inf, np.inf
    for utility, labels in zip(utilities, labelings, strict=True):
        if rule in told:
            weight = float(np.array_equal(labels, told[rule]))
        elif rule in shares:
            weight = np.prod([shares[rule][i, label] for i, label in enumerate(labels)])
        else:
            weight = 1 / len(utilities)
        total, best, worst = total + weight * utility, max(best, utility), min(worst, utility)
    return {"min": worst, "max": best}.get(rule, total)


def strategy_of(rule, **params):
    temperature = 2.0 if rule == "tempered" else None
    return GoalInfluence(params.pop("goal", "entropy"), rule, temperature=temperature, **params)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "expected"])
def test_to_first_order_utilities_add_up(rule):
    """Remark 2: a rule over all 3⁴ labelings is the sum of what the rule makes of each row."""
    state = replayed_state()
    positions = state.candidates[[3, 50, 9, 70]]
    few, strategy = state.restrict(positions), strategy_of(rule, order="linear")
    by_label = GoalInfluence("entropy", "mean", order="linear").utilities_by_label(few)
    labelings = np.array(list(product(range(3), repeat=4)))
    sums = [sum(by_label[i, label] for i, label in enumerate(some)) for some in labelings]
    view = state.pool.part(positions)
    expected = of_rule(rule, sums, labelings, view.proba, view.y)
    found = strategy.batch_utility(state, positions)
    assert found == pytest.approx(expected, rel=1e-9)
    assert found == pytest.approx(strategy.utilities(few).sum(), rel=1e-9)
    labels, utilities = strategy.batch_utilities_by_label(state, positions, labelings)
    np.testing.assert_array_equal(labels, labelings)
    np.testing.assert_allclose(utilities, sums, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_rules_of_the_newton_order(rule):
    state = replayed_state()
    positions = state.candidates[[3, 50, 9, 70]]
    everything = GoalInfluence("fisher", "mean").batch_utilities_by_label(state, positions)
    labelings, utilities = everything
    np.testing.assert_array_equal(labelings, list(product(range(3), repeat=4)))
    view, strategy = state.pool.part(positions), strategy_of(rule, goal="fisher")
    expected = of_rule(rule, utilities, labelings, view.proba, view.y)
    assert strategy.batch_utility(state, positions) == pytest.approx(expected, rel=1e-8)
    labels, some = strategy.batch_utilities_by_label(state, positions)
    places = [labelings.tolist().index(one) for one in labels.tolist()]
    np.testing.assert_allclose(some, utilities[places], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("goal", "weights"),
    [("holdout", None), ("entropy", None), ("fisher", None), ("entropy", "balanced")],
)
def test_the_error_is_of_the_third_order(goal, weights):
    """Beside refits, as new rows weigh 4 times less: 4³, and 4² of sums, which lack cross terms."""
    errors = []
    for copies in (8, 32):
        state = iris_state(copies, class_weight=weights)
        positions = state.candidates[:3]
        strategy, measured = GoalInfluence(goal), Goal(goal)
        labels, joint = strategy.batch_utilities_by_label(state, positions)
        alone = strategy.utilities_by_label(state.restrict(positions))
        now = measured.value(state)
        true = [measured.value(state.refit(positions, some)) - now for some in labels]
        sums = alone[np.arange(3), labels].sum(axis=1)
        errors.append([abs(values - true).mean() for values in (joint, sums)])
    of_joint, of_sums = np.array(errors[0]) / errors[1]
    assert of_joint > 45
    assert 12 < of_sums < 25
    assert errors[1][0] < errors[1][1] / 8


def test_alike_rows_are_worth_less_together():
    """Ten copies of a row, beside refits: they add up to far more than they are worth."""
    X, y = load_iris(return_X_y=True)
    X, y = scale(X)[50:], y[50:]
    order = np.random.default_rng(0).permutation(100)[:40]
    X, y = np.vstack([X[order], np.tile(X[order[-1]], (4, 1))]), np.r_[y[order], [-1] * 4]
    y[30:] = -1
    learner = ActiveLearner(LogisticRegression(**SMALL), missing_label=-1)
    state = learner.fit(X, y).query_state()
    positions, strategy, goal = np.arange(10, 14), GoalInfluence("entropy"), Goal("entropy")
    labels = np.array(list(product(state.classes, repeat=4)))
    true = np.array([goal.value(state.refit(positions, some)) for some in labels])
    P = state.pool.part(positions).proba
    shares = [
        np.prod([P[i, list(state.classes).index(one)] for i, one in enumerate(some)])
        for some in labels
    ]
    true = shares @ true - goal.value(state)
    together = strategy.batch_utility(state, positions)
    apart = strategy.utilities(state.restrict(positions)).sum()
    assert abs(together / true - 1) < 0.2
    assert apart > 1.5 * true


@pytest.mark.parametrize("order", ["newton", "linear"])
@pytest.mark.parametrize("weights", [None, {0: 1.0, 1: 3.0, 2: 0.5}, "balanced"])
def test_a_batch_of_one_row(order, weights):
    X, y = load_iris(return_X_y=True)
    known = np.where(np.arange(150) % 4, -1, y)
    model = LogisticRegression(class_weight=weights, max_iter=1000)
    state = ActiveLearner(model, missing_label=-1).fit(X, known).query_state()
    strategy = GoalInfluence("entropy", "mean", order=order)
    alone, by_label = strategy.utilities(state), strategy.utilities_by_label(state)
    for i in (0, 30, 77):
        assert strategy.batch_utility(state, [i]) == pytest.approx(alone[i], rel=1e-8)
        labels, utilities = strategy.batch_utilities_by_label(state, [i])
        np.testing.assert_array_equal(labels, [[0], [1], [2]])
        np.testing.assert_allclose(utilities, by_label[i], rtol=1e-8, atol=1e-12)


def test_the_order_of_the_rows_does_not_matter():
    state = iris_state()
    positions, strategy = state.candidates[[5, 2, 40]], GoalInfluence("holdout")
    labels, utilities = strategy.batch_utilities_by_label(state, positions)
    turned = strategy.batch_utilities_by_label(state, positions[::-1], labels[:, ::-1])[1]
    np.testing.assert_allclose(turned, utilities, rtol=1e-8, atol=1e-12)
    few = strategy.batch_utilities_by_label(state, positions.tolist(), labels[[7, 3]].tolist())[1]
    np.testing.assert_allclose(few, utilities[[7, 3]], rtol=1e-9, atol=1e-12)


def test_all_batches_of_a_state_are_measured_on_the_same_rows():
    state, strategy = iris_state(), GoalInfluence("entropy", target=9)
    before = state.rng.bit_generator.state
    first = strategy.batch_utility(state, [4, 8])
    assert state.rng.bit_generator.state == before
    strategy.batch_utility(state, [5])
    assert strategy.batch_utility(state, [4, 8]) == first
    strategy.utilities(state)  # which draws others
    assert strategy.batch_utility(state, [4, 8]) != first


def test_many_rows_by_one_labeling_and_by_draws():
    """Of ten classes: 2,000 draws from the probabilities come near the whole expectation."""
    X, y = load_digits(return_X_y=True)
    known = np.where(np.arange(300) < 80, y[:300], -1)
    learner = ActiveLearner(LogisticRegression(C=0.1), missing_label=-1)
    state = learner.fit(X[:300] / 16, known).query_state()
    strategy = GoalInfluence("entropy", target=40)
    many = strategy.set_params(label="predicted").batch_utility(state, state.candidates[:100])
    assert np.isfinite(many)
    strategy.set_params(label="expected")
    positions, rng = state.candidates[:3], np.random.default_rng(0)
    P = state.pool.part(positions).proba
    draws = np.array([rng.choice(10, size=2000, p=p) for p in P]).T
    found = strategy.batch_utilities_by_label(state, positions, draws)[1]
    whole, spread = strategy.batch_utility(state, positions), found.std() / 2000**0.5
    assert abs(found.mean() - whole) < 4 * spread
    with pytest.raises(ValueError, match=r"5 rows with 10 labels each have 10\*\*5 labelings"):
        strategy.batch_utility(state, state.candidates[:5])


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("n_labelled", [30, 5])
def test_a_regression_is_exact(outputs, n_labelled):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 8))
    y = X @ rng.normal(size=(8, outputs)) + rng.normal(size=(60, outputs))
    y = y[:, 0] if outputs == 1 else y
    known = y.copy()
    known[n_labelled:40] = np.nan
    learner = ActiveLearner(Ridge(2.0), random_state=0)
    state = learner.fit(X[:40], known[:40], X_val=X[40:], y_val=y[40:]).query_state()
    positions, strategy, goal = (
        state.candidates[[4, 1, 2]],
        GoalInfluence("holdout"),
        Goal("holdout"),
    )
    labels, utilities = strategy.batch_utilities_by_label(state, positions)
    assert labels.shape == (8, 3) if outputs == 1 else labels.shape == (8, 3, 2)
    now = goal.value(state)
    true = [goal.value(state.refit(positions, some)) - now for some in labels]
    np.testing.assert_allclose(utilities, true, rtol=1e-8, atol=1e-10)
    assert strategy.batch_utility(state, positions) == pytest.approx(max(true), rel=1e-8)
    others = rng.normal(size=(5, *labels.shape[1:]))
    true = [goal.value(state.refit(positions, some)) - now for some in others]
    found = strategy.batch_utilities_by_label(state, positions, others)[1]
    np.testing.assert_allclose(found, true, rtol=1e-8, atol=1e-10)
    for odd in (np.nan, "a"):
        with pytest.raises(ValueError, match="must be finite numbers"):
            strategy.batch_utilities_by_label(state, positions, np.full(others.shape, odd))
    if n_labelled == 5:
        with pytest.raises(ValueError, match=r"2\*\*15 labelings.*pass fewer rows; set order="):
            strategy.batch_utility(state, np.arange(15))
    linear = GoalInfluence("holdout", order="linear")
    _, sums = linear.batch_utilities_by_label(state, positions)
    alone = linear.utilities(state.restrict(positions))
    assert linear.batch_utility(state, positions) == pytest.approx(alone.sum()) == sums.max()


@pytest.mark.parametrize("n_labelled", [30, 5])
def test_predictive_variance(n_labelled):
    """Against H with three rows more, inverted."""
    X = np.random.default_rng(0).normal(size=(60, 8))
    y = np.where(np.arange(60) < n_labelled, X[:, 0], np.nan)
    state = ActiveLearner(Ridge(2.0)).fit(X, y).query_state()
    one = np.c_[X, np.ones(60)]
    H = one[:n_labelled].T @ one[:n_labelled] + np.diag(np.r_[np.full(8, 2.0), 0])
    new = one[n_labelled:][[3, 9, 0]]

    def variance(H):
        return np.mean([z @ np.linalg.solve(H, z) for z in one[n_labelled:]])

    expected = variance(H) - variance(H + new.T @ new)
    strategy = GoalInfluence("variance")
    assert strategy.batch_utility(state, [3, 9, 0]) == pytest.approx(expected, rel=1e-8)
    linear = GoalInfluence("variance", order="linear")
    small = (variance(H) - variance(H + 1e-6 * new.T @ new)) / 1e-6
    assert linear.batch_utility(state, [3, 9, 0]) == pytest.approx(small, rel=1e-4)
    with pytest.raises(ValueError, match="same for all labels"):
        strategy.batch_utilities_by_label(state, [3, 9, 0])


def test_priors_that_are_counted_anew():
    """Refused in the Newton order; to first order constants of the labels add up."""
    X, y = load_iris(return_X_y=True)
    known = np.where(np.arange(150) % 4, -1, y)
    model = PriorThreshold(LogisticRegression())
    state = ActiveLearner(model, missing_label=-1).fit(scale(X), known).query_state()
    with pytest.raises(ValueError, match="set order='linear'"):
        GoalInfluence("entropy").batch_utility(state, [0, 1])
    strategy = GoalInfluence("entropy", "mean", order="linear")
    alone = strategy.utilities(state)
    assert strategy.batch_utility(state, [0, 70]) == pytest.approx(alone[[0, 70]].sum())


@pytest.mark.parametrize(
    ("positions", "says"),
    [
        ([], "one or more positions"),
        (3, "one or more positions"),
        ([[1, 2]], "one or more positions"),
        ([0.0, 1.0], "one or more positions"),
        ([True, False], "one or more positions"),
        ([1, 60], "between 0 and 59"),
        ([-1], "between 0 and 59"),
        ([4, 2, 4], "more than once"),
    ],
)
def test_positions_that_cannot_be(positions, says):
    with pytest.raises(ValueError, match=says):
        GoalInfluence("entropy").batch_utility(iris_state(), positions)


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ([0, 1], r"its shape must be \(L, 2\), and is \(2,\)"),
        ([[0, 1, 2]], r"and is \(1, 3\)"),
        (np.empty((0, 2)), r"and is \(0, 2\)"),
        ([[0, 7]], r"labels= has \[7\], which the model has not seen"),
        ([[0, None]], r"labels= has \[None\]"),
    ],
)
def test_labels_that_cannot_be(labels, says):
    with pytest.raises(ValueError, match=says):
        GoalInfluence("entropy").batch_utilities_by_label(iris_state(), [0, 1], labels)


def test_parameters_are_checked():
    with pytest.raises(ValueError, match="constant for every row"):
        GoalInfluence("entropy", "expected", order="linear").batch_utility(iris_state(), [0])
