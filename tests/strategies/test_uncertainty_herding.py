"""Rows that those are like which the model is unsure of."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skal import ActiveLearner
from skal.models import weighted_features
from skal.strategies import Margin, MaxHerding, UncertaintyHerding
from tests.kernels.test_herding import greedy
from tests.strategies.test_max_herding import learner_of, nearest_other, squares


def test_the_formula_in_full(blobs):
    """u = (1 − margin)², σ² of the labelled rows, the model's own metric, few candidates."""
    X, _, y = blobs
    learner = learner_of(UncertaintyHerding(factor=4)).fit(X, y)
    state = learner.query_state()
    P = np.sort(learner.predict_proba(X[12:]), axis=1)
    u = (1 - (P[:, -1] - P[:, -2])) ** 2
    Z, known = (weighted_features(view.last_layer) for view in (state.pool, state.labelled))
    square = nearest_other(squares(known, known))
    short = np.sort(np.argsort(-u, kind="stable")[:20])
    K, K_known = np.exp(-squares(Z[short], Z) / square), np.exp(-squares(known, Z) / square)
    expected = short[greedy(K, K_known, u, 5)]
    assert (learner.query(batch_size=5) - 12).tolist() == expected.tolist()


def test_the_kernel_narrows_when_the_batch_doubles_what_is_known():
    """Of 4 labels: 4 rows by their width, 8 by that of 8 rows, the last 3 by that of 16."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2)) * [3, 1]
    y = np.where(np.arange(300) < 4, np.arange(300) % 2, np.nan)
    strategy = UncertaintyHerding(factor=None, space="columns")
    learner = learner_of(strategy).fit(X, y)
    P = np.sort(learner.predict_proba(X[4:]), axis=1)
    u = (1 - (P[:, -1] - P[:, -2])) ** 2
    known, square, widths = [0, 1, 2, 3], np.inf, []
    for step in (4, 8, 3):
        square = min(square, nearest_other(squares(X[known], X[known])))
        widths.append(square)
        K = np.exp(-squares(X, X[4:]) / square)
        known += [4 + i for i in greedy(K[4:], K[known], u, step)]
    assert widths[0] > widths[-1]
    assert learner.query(batch_size=15).tolist() == known[4:]


def test_size_limits_what_is_covered_to_what_is_uncertain(blobs):
    X, _, y = blobs
    strategy = UncertaintyHerding(size=15, factor=2, space="columns", width=1.5, power=1)
    learner = learner_of(strategy).fit(X, y)
    P = np.sort(learner.predict_proba(X[12:]), axis=1)
    u = 1 - (P[:, -1] - P[:, -2])
    order = np.argsort(-u, kind="stable")
    covered, short = np.sort(order[:15]), np.sort(order[:10])
    K = np.exp(-squares(X[12 + short], X[12 + covered]) / 2.25)
    known = np.exp(-squares(X[:12], X[12 + covered]) / 2.25)
    expected = short[greedy(K, known, u[covered], 5)]
    assert (learner.query(batch_size=5) - 12).tolist() == expected.tolist()


def test_the_power_0_is_max_herding_on_the_least_certain(blobs):
    X, _, y = blobs
    strategy = UncertaintyHerding(power=0, factor=2, space="columns", width=1.5)
    learner = learner_of(strategy).fit(X, y)
    P = np.sort(learner.predict_proba(X[12:]), axis=1)
    short = np.argsort(P[:, -1] - P[:, -2], kind="stable")[:10]
    K = np.exp(-squares(X[12:], X[12:]) / 2.25)
    known = np.exp(-squares(X[:12], X[12:]) / 2.25)
    expected = short[greedy(K[short], known, np.ones(78), 5)]
    assert (learner.query(batch_size=5) - 12).tolist() == expected.tolist()


# ---------------------------------------------------------------------- equal rows, sure models
def categories(n=1_000, n_kinds=40):
    """Rows of few kinds, each many times; labels that no row tells for certain."""
    rng = np.random.default_rng(0)
    kinds = rng.normal(size=(n_kinds, 4))
    kind = rng.integers(0, n_kinds, n)
    truth = (kinds[kind, 0] + 0.5 * rng.normal(size=n) > 0).astype(float)
    return kinds[kind], kind, np.where(np.arange(n) < 120, truth, np.nan)


@pytest.mark.parametrize("kind_of", [np.asarray, sparse.csr_matrix], ids=["dense", "sparse"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_batch_holds_no_equal_rows_while_there_are_others(kind_of, dtype):
    """The width is the distance to another place, and not what rounding makes of none."""
    X, kind, y = categories()
    X = X.astype(dtype)
    for estimator in (LogisticRegression(), SVC()):
        learner = ActiveLearner(estimator, batch_size=20, random_state=0).fit(kind_of(X), y)
        state = learner.query_state()
        rows = learner.strategy_.select(state, 20)
        assert len(np.unique(kind[state.pool.rows[rows]])) == 20
        assert state.records["covered"] <= 1.001
        assert state.records["width"] > 0.1
    rows = learner.query(batch_size=60)
    assert len(np.unique(kind[rows])) == 40
    assert len(set(rows)) == 60


def test_the_width_of_rows_of_which_most_have_a_twin():
    X, _, y = categories()
    learner = learner_of(UncertaintyHerding(space="columns")).fit(X, y)
    state = learner.query_state()
    learner.strategy_.select(state, 5)
    D = squares(X[:120], X[:120])
    square = np.median(np.where(D < 1e-9, np.inf, D).min(1))
    assert state.records["width"] == pytest.approx(square**0.5)


@pytest.mark.parametrize(
    "estimator",
    [DecisionTreeClassifier(random_state=0), KNeighborsClassifier(1)],
    ids=["tree", "neighbour"],
)
def test_a_model_that_is_sure_of_every_row_asks_for_rows_of_all_kinds(estimator):
    """And not for the first ones of a sorted file."""
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(5.0), 100)
    X = np.column_stack([truth * 4, rng.normal(size=500)]) + rng.normal(size=(500, 2))
    known = rng.permutation(500)[:20]
    y = np.full(500, np.nan)
    y[known] = truth[known]
    learner = ActiveLearner(estimator, batch_size=20, random_state=0).fit(X, y)
    rows = learner.query()
    assert len(np.unique(truth[rows])) == 5
    assert set(rows) != set(learner.set_params(random_state=1).fit(X, y).query())


class SureOfHalf(Ridge):
    """A regressor that states a standard deviation of 0 for half of the rows."""

    def predict(self, X, return_std=False):
        prediction = super().predict(X)
        return (prediction, np.maximum(X[:, 0], 0)) if return_std else prediction


def test_deviations_of_0_stay_as_the_model_states_them():
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = np.where(np.arange(60) < 10, X[:, 1], np.nan)
    strategy = UncertaintyHerding("std")
    state = learner_of(strategy, SureOfHalf()).fit(X, y).query_state()
    before = state.pool.std.copy()
    rows = state.pool.rows[strategy.select(state, 5)]
    assert (before == 0).any()
    np.testing.assert_array_equal(state.pool.std, before)
    assert (X[rows, 0] > 0).all()


def test_the_power_0_is_max_herding(blobs):
    X, _, y = blobs
    queries = [
        learner_of(strategy).fit(X, y).query(batch_size=5)
        for strategy in (UncertaintyHerding(power=0, factor=None), MaxHerding())
    ]
    np.testing.assert_array_equal(*queries)


def test_a_regression_is_unsure_by_its_predictive_deviation():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3)) * [1, 5, 0.1]
    y = np.where(np.arange(60) < 10, X @ [1, 2, 3], np.nan)
    strategy = UncertaintyHerding(factor=None, space="columns", width=2.0)
    learner = ActiveLearner(BayesianRidge(), strategy).fit(X, y)
    Z = np.c_[X, np.ones(60)]
    M = np.diag((Z**2).mean(0)) + Z[:10].T @ Z[:10]
    u = np.einsum("ij,jk,ik->i", Z, np.linalg.inv(M), Z)[10:]  # the square of the deviation
    K = np.exp(-squares(X, X) / 4)
    expected = greedy(K[10:, 10:], K[:10, 10:], u, 6)
    assert (learner.query(batch_size=6) - 10).tolist() == expected


@pytest.mark.parametrize(
    "estimator",
    [
        HistGradientBoostingClassifier(max_iter=3),
        SVC(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_model_has_a_space(blobs, estimator):
    X, _, y = blobs
    queries = [
        learner_of(UncertaintyHerding(), estimator).fit(X, y).query(batch_size=4) for _ in "ab"
    ]
    np.testing.assert_array_equal(*queries)
    assert len(set(queries[0])) == 4


def test_a_forest_of_numbers_is_unsure_where_its_trees_differ(blobs):
    X, _, y = blobs
    y = np.where(np.isnan(y), np.nan, X[:, 0])
    forest = RandomForestRegressor(10, random_state=0)
    assert len(learner_of(UncertaintyHerding(), forest).fit(X, y).query(batch_size=4)) == 4


def test_a_model_that_is_never_unsure_to_say_so(blobs):
    X, _, y = blobs
    y = np.where(np.isnan(y), np.nan, X[:, 0])
    learner = learner_of(UncertaintyHerding(), HistGradientBoostingRegressor(max_iter=3)).fit(X, y)
    with pytest.raises(ValueError, match="neither a last layer nor several opinions"):
        learner.query()


def test_values_that_are_no_probabilities_are_sharpened(blobs):
    """An SVM whose values are a hundredth of themselves asks for the same rows."""
    X, _, y = blobs

    class Faint(SVC):
        """The same SVM, less sure of itself."""

        def decision_function(self, X):
            return super().decision_function(X) / 100

    queries = [
        learner_of(UncertaintyHerding(space="columns"), model).fit(X, y).query(batch_size=4)
        for model in (SVC(), Faint())
    ]
    np.testing.assert_array_equal(*queries)


@pytest.mark.parametrize("hidden", ["words", "nan"])
def test_without_distances_the_least_certain_rows(blobs, hidden):
    """A model that reads words, or takes NaN, and has neither leaves nor a last layer."""
    X, _, y = blobs
    given = X.astype(object) if hidden == "words" else X.copy()
    given[::9, 0] = "low" if hidden == "words" else np.nan

    def read(X):
        X = np.asarray(X)
        return np.nan_to_num(np.where(X == "low", 0, X).astype(float))

    class Reads(GaussianNB):
        """Makes numbers of what it is given."""

        def fit(self, X, y):
            return super().fit(read(X), y)

        def predict_proba(self, X):
            return super().predict_proba(read(X))

        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.input_tags.allow_nan = True
            return tags

    herding, margin = (
        learner_of(strategy, Reads()).fit(given, y).query(batch_size=5)
        for strategy in (None, Margin())
    )
    np.testing.assert_array_equal(herding, margin)
    with pytest.raises((TypeError, ValueError), match=r"[Dd]istances"):
        learner_of(UncertaintyHerding(space="columns"), Reads()).fit(given, y).query()


def test_of_many_trees_some_are_asked(blobs):
    X, _, y = blobs
    forest = RandomForestClassifier(300, random_state=0)
    learner = learner_of(UncertaintyHerding(), forest).fit(X, y)
    state = learner.query_state()
    P = np.sort(state.pool.proba, axis=1)
    u = (1 - (P[:, -1] - P[:, -2])) ** 2
    trees = np.unique(np.linspace(0, 299, 128).astype(int))
    leaf, known = (forest.fit(X[:12], y[:12]).apply(rows)[:, trees] for rows in (X[12:], X[:12]))
    K, K_known = ((a[:, None] == leaf).mean(axis=2) for a in (leaf, known))
    assert (learner.query(batch_size=5) - 12).tolist() == greedy(K, K_known, u, 5)


def test_the_utilities_are_those_of_the_uncertainty_alone(blobs):
    X, _, y = blobs
    utilities, margins = (
        learner_of(strategy).fit(X, y).query_utilities()
        for strategy in (UncertaintyHerding("margin"), Margin())
    )
    np.testing.assert_array_equal(utilities, margins)
    with pytest.raises(TypeError, match="UncertaintyHerding selects rows jointly"):
        learner_of(UncertaintyHerding()).fit(X, y).query_utilities()


def test_a_batch_does_not_repeat_itself():
    """Margin asks for the same place again and again."""
    rng = np.random.default_rng(0)
    X = np.vstack(
        [[[-3.0, 0], [3, 0]], rng.normal([0, 0], 0.01, (20, 2)), [[0.05, 4], [-0.06, -4]]]
    )
    y = [0, 1] + 22 * [None]
    far = {22, 23}
    assert not far & set(learner_of(Margin()).fit(X, y).query(batch_size=3))
    assert far < set(learner_of(UncertaintyHerding()).fit(X, y).query(batch_size=3))


def test_errors(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="needs a regressor, and LogisticRegression is a"):
        learner_of(UncertaintyHerding("deviation")).fit(X, y)
    with pytest.raises(ValueError, match="The 'factor' parameter of UncertaintyHerding"):
        learner_of(UncertaintyHerding(factor=0.5)).fit(X, y)
    with pytest.raises(ValueError, match="needs a model, and there is none"):
        ActiveLearner(LogisticRegression(), initial=UncertaintyHerding()).fit(X, y)


def test_rows_that_add_nothing_are_asked_for_by_uncertainty():
    """One tree without a split: all rows share its leaf, and a label covers them all."""
    X = np.linspace(-1, 1.1, 20)[:, None]
    y = [0, 1, 0, *17 * [None]]

    class Stump(DecisionTreeClassifier):
        """Is unsure of rows near 0, whatever its leaves say."""

        def predict_proba(self, X):
            return np.column_stack([0.5 + X[:, 0] / 4, 0.5 - X[:, 0] / 4])

    learner = learner_of(UncertaintyHerding(), Stump(max_depth=1, min_samples_leaf=3))
    expected = np.argsort(np.abs(X[3:, 0]))[:3] + 3
    assert learner.fit(X, y).query(batch_size=3).tolist() == expected.tolist()


def test_a_gaussian_process_says_how_unsure_it_is():
    X = np.linspace(0, 1, 30)[:, None]
    y = np.full(30, np.nan)
    y[:5] = np.sin(X[:5, 0])
    model = GaussianProcessRegressor(kernel=RBF(0.3), optimizer=None, alpha=1e-6)
    picks = [
        ActiveLearner(model, UncertaintyHerding(kind)).fit(X, y).query(batch_size=3).tolist()
        for kind in ("auto", "std")
    ]
    assert picks[0] == picks[1]
    assert min(picks[0]) > 4
    assert np.ptp(picks[0]) > 5  # spread over what is unknown
    forest = ActiveLearner(RandomForestRegressor(10, random_state=0), UncertaintyHerding("std"))
    assert len(forest.fit(X, y).query(batch_size=3)) == 3
