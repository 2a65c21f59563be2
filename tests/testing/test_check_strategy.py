"""`check_strategy` finds planted defects, and says what is wrong with them."""

import subprocess
import sys
from importlib.util import find_spec
from typing import ClassVar

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from skal.selection import top
from skal.strategies import CoreSet, Diversify, Margin, Random, Strategy, UtilityStrategy
from skal.testing import check_strategy, parametrize_with_checks, strategy_checks

MARGIN = frozenset({"model", "proba", "classifier"})


def margins(state):
    """The utilities of margin sampling."""
    return Margin().utilities(state)


class Repeats(Strategy):
    needs = MARGIN

    def select(self, state, n):
        best = state.candidates[top(margins(state), n)]
        return np.resize(best[: max(1, n - 1)], n)


class RowNumbers(Strategy):
    needs = MARGIN

    def select(self, state, n):
        return state.pool.rows[state.candidates[top(margins(state), n)]]


class Indices(Strategy):
    needs = MARGIN

    def select(self, state, n):
        return top(margins(state), n)


class LaterIsBetter(UtilityStrategy):
    needs = MARGIN

    def utilities(self, state):
        return margins(state) + 1e-3 * np.arange(len(state.candidates))


class LaterIsBetterTogether(Strategy):
    needs = MARGIN

    def select(self, state, n):
        return state.candidates[top(margins(state) + 0.1 * np.arange(len(state.candidates)), n)]


class Remembers(UtilityStrategy):
    needs = MARGIN

    def utilities(self, state):
        self.n_queries_ = getattr(self, "n_queries_", 0) + 1
        return margins(state)


class Tires(UtilityStrategy):
    needs = MARGIN

    def __init__(self, weights=(1.0,)):
        self.weights = weights

    def utilities(self, state):
        self.weights = (*self.weights, 0.0)
        return margins(state)


SEEN = []


class SharesMemory(UtilityStrategy):
    """What it has seen is kept in its module."""

    needs = MARGIN

    def utilities(self, state):
        known = next((old for n, old in SEEN if n == len(state.pool) and n < 30), None)
        utilities = margins(state)
        if SEEN and len(state.pool) > 30:
            utilities = -utilities
        if known is None and len(state.pool) < 30:
            SEEN.append((len(state.pool), utilities))
        return utilities


class WritesToProba(UtilityStrategy):
    needs = MARGIN

    def utilities(self, state):
        proba = state.pool.proba
        proba *= 0.5
        return margins(state)


class WritesToX(UtilityStrategy):
    needs = MARGIN

    def utilities(self, state):
        X = state.pool.X
        X -= X.mean(axis=0)
        return margins(state)


class Nan(UtilityStrategy):
    """Entropy as p·log p, which is NaN at p = 0."""

    needs = MARGIN

    def utilities(self, state):
        p = state.pool.part(state.candidates).proba
        return -(p * np.log(p)).sum(axis=1)


class AlwaysNan(UtilityStrategy):
    needs = MARGIN

    def utilities(self, state):
        return np.where(np.arange(len(state.candidates)) == 1, np.nan, margins(state))


class Reversed(Strategy):
    needs = MARGIN

    def select(self, state, n):
        return state.candidates[np.argsort(margins(state))[::-1][:n]]


class ReversedUtilities(UtilityStrategy):
    needs = MARGIN

    def utilities(self, state):
        return margins(state)

    def select(self, state, n):
        return state.candidates[np.argsort(self.utilities(state), kind="stable")[::-1][:n]]


class Dense(UtilityStrategy):
    """Works on sparse rows, all at once."""

    needs = MARGIN

    def utilities(self, state):
        view = state.pool.part(state.candidates)
        X = view.X.toarray() if hasattr(view.X, "toarray") else view.X
        return margins(state) - 0.1 * np.linalg.norm(X - X.mean(axis=0), axis=1)


class OnlyDense(UtilityStrategy):
    """Knows nothing of sparse rows."""

    needs = MARGIN | {"features"}

    def utilities(self, state):
        Z = state.pool.part(state.candidates).features
        return -np.linalg.norm(Z, axis=1)


class OnlyNumPy(UtilityStrategy):
    needs = MARGIN | {"features"}

    def utilities(self, state):
        Z = state.pool.part(state.candidates).features
        return (
            -np.asarray(abs(Z).max(axis=1).todense()).ravel()
            if hasattr(Z, "todense")
            else -abs(Z).max(axis=1)
        )


class InBlocks(UtilityStrategy):
    """As the guide shows it."""

    needs = MARGIN | {"features"}

    def utilities(self, state):
        view = state.pool.part(state.candidates)
        norms = np.empty(len(view))
        for rows, block in view.dense_blocks():
            norms[rows] = np.linalg.norm(block, axis=1)
        return -norms


class AllAtOnce(UtilityStrategy):
    """Asks for all rows of a pool at once."""

    needs = MARGIN | {"features"}

    def utilities(self, state):
        view = state.pool.part(state.candidates)
        return -np.linalg.norm(view.dense_features(), axis=1)


class GlobalChance(UtilityStrategy):
    def utilities(self, state):
        return np.random.rand(len(state.candidates))  # noqa: NPY002


class OwnChance(UtilityStrategy):
    def utilities(self, state):
        return np.random.default_rng().random(len(state.candidates))


class GlobalChanceTogether(Strategy):
    def select(self, state, n):
        return np.random.permutation(state.candidates)[:n]  # noqa: NPY002


CALLS = []


class Alternates(UtilityStrategy):
    """Counts its calls in its module: the first and the third agree."""

    needs = MARGIN

    def utilities(self, state):
        CALLS.append(1)
        return margins(state) * (-1) ** len(CALLS)


class OwnSeed(UtilityStrategy):
    def utilities(self, state):
        return np.random.default_rng(0).random(len(state.candidates))


class TwoColumns(UtilityStrategy):
    needs = MARGIN

    def utilities(self, state):
        return state.pool.part(state.candidates).proba


class OfThePool(UtilityStrategy):
    needs = MARGIN

    def utilities(self, state):
        return state.pool.proba.max(axis=1)


class OfOtherRows(UtilityStrategy):
    needs = MARGIN
    by_row = True

    def utilities(self, state):
        return margins(state).argsort().argsort()


class LooksAround(Strategy):
    needs = MARGIN | {"features"}
    candidates_only = True

    def select(self, state, n):
        features = state.pool.dense_features()
        away = np.abs(features - features.mean(axis=0)).sum(axis=1)
        return state.candidates[top(away[state.candidates], n)]


class TwoDimensional(Strategy):
    needs = MARGIN

    def select(self, state, n):
        return state.candidates[top(margins(state), n)][:, None]


class Mask(Strategy):
    needs = MARGIN

    def select(self, state, n):
        return np.isin(state.candidates, state.candidates[:n])


class NoReturn(Strategy):
    needs = MARGIN

    def select(self, state, n):
        state.candidates[top(margins(state), n)]


class NoReturnOfUtilities(UtilityStrategy):
    needs = MARGIN

    def utilities(self, state):
        margins(state)


class Computes(UtilityStrategy):
    """Its constructor does more than to store."""

    def __init__(self, weight=2):
        self.weight = weight
        self.half = weight / 2

    def utilities(self, state):
        return state.rng.random(len(state.candidates))


class UnknownNeed(Random):
    needs = frozenset({"luck"})


class NeedsAString(UtilityStrategy):
    needs = "model"

    def utilities(self, state):
        return margins(state)


class NeedsAList(NeedsAString):
    needs: ClassVar[list] = ["model", "proba"]


class NeedsNone(NeedsAString):
    needs = None


class SaysNoNeed(UtilityStrategy):
    needs = frozenset({"classifier"})

    def utilities(self, state):
        return state.pool.part(state.candidates).proba.max(axis=1)


class Unpicklable(UtilityStrategy):
    def __init__(self, function=None):
        self.function = function

    def utilities(self, state):
        return state.rng.random(len(state.candidates))


DEFECTS = [
    (
        Repeats(),
        "check_repeats",
        r"more than once in a batch of 8\. Each row can be selected only once",
    ),
    (RowNumbers(), "check_positions", r"these are row numbers of X .* Return some of state.candid"),
    (Indices(), "check_positions", r"not among state.candidates\. .* state.candidates\[indices\]"),
    (
        LaterIsBetter(),
        "check_permuted_pool",
        r"returned the utility .* must not depend on its po",
    ),
    (
        LaterIsBetterTogether(),
        "check_permuted_pool",
        r"from the same pool in another order.*must not d",
    ),
    (
        Remembers(),
        "check_attributes",
        r"new attributes n_queries_ after a query\. .* stores its para",
    ),
    (
        Tires(),
        "check_attributes",
        r"changed its weights in a query\. .* stores its parameters",
    ),
    (
        SharesMemory(),
        "check_earlier_queries",
        r"after a query of another pool\. A strategy stores it",
    ),
    (
        WritesToProba(),
        "check_views",
        r"modified state.pool.proba\. .* copy an array before you change it",
    ),
    (
        WritesToX(),
        "check_views",
        r"raised ValueError .* read-only\. .* copy an array before you change it",
    ),
    (
        Nan(),
        "check_certain_model",
        r"utility NaN for \d+ of 6 candidates when the model is certain.*xlogy",
    ),
    (
        AlwaysNan(),
        "check_utilities",
        r"returned the utility NaN for 1 of 15 candidates\. .* must be a number",
    ),
    (
        Reversed(),
        "check_ties",
        r"selected \[44\] when 1 of 45 equal rows .* expected \[0\].*kind=",
    ),
    (
        ReversedUtilities(),
        "check_ties",
        r"among rows that tie; expected .*: by decreasing.*\[::-1\]",
    ),
    (
        Dense(),
        "check_sparse_stays_sparse",
        r"made a dense copy of 180 sparse rows at once, and the pool has 180\. .*view.dense_blocks",
    ),
    (
        AllAtOnce(),
        "check_sparse_stays_sparse",
        r"made a dense copy of 180 sparse rows at once, .*view.dense_blocks",
    ),
    (
        OnlyDense(),
        "check_sparse_features",
        r"raised \w+ in select\(state, 4\) when the rows were a sp.*view\.dense_blocks",
    ),
    (
        OnlyNumPy(),
        "check_tensor_features",
        r"when the features were torch tensors.*view\.dense_blocks\(\).*view\.dense_features",
    ),
    (GlobalChance(), "check_global_random_state", r"drew from a global random state .* state.rng"),
    (
        OwnChance(),
        "check_same_state",
        r"from the same state\. It draws from another source than state\.rng, or keeps a state",
    ),
    (
        GlobalChanceTogether(),
        "check_global_random_state",
        r"Use state\.rng\.random\(n\) instead of np",
    ),
    (Alternates(), "check_same_state", r"or keeps a state between calls"),
    (Alternates(), "check_earlier_queries", r"after a query of the same pool\. A strategy stores"),
    (
        OwnSeed(),
        "check_permuted_pool",
        r"If the selection is random, draw from state.rng, not from",
    ),
    (
        TwoColumns(),
        "check_utilities",
        r"utilities of shape \(15, 3\) and type float64 .* shape \(15,\)",
    ),
    (
        OfThePool(),
        "check_utilities",
        r"utilities of shape \(45,\).*state.pool.part\(state.candidates\)",
    ),
    (
        TwoDimensional(),
        "check_number_of_picks",
        r"shape \(1, 1\) and type int64 .* shape \(1,\) and int",
    ),
    (
        Mask(),
        "check_number_of_picks",
        r"shape \(15,\) and type bool from select\(state, 1\).* return np\.flatnonzero\(mask\)",
    ),
    (
        NoReturn(),
        "check_number_of_picks",
        r"returned None from select\(state, 1\)\. Is a return missing\?",
    ),
    (
        NoReturnOfUtilities(),
        "check_utilities",
        r"returned None from utilities\(state\)\. Is a return missing\?",
    ),
    (
        OfOtherRows(),
        "check_pool_in_blocks",
        r"that is read in blocks, and .* by_row = True requires",
    ),
    (LooksAround(), "check_pool_in_blocks", r"in blocks, and .* candidates_only = True that the"),
    (Computes(), "check_cloning", r"the attributes half after construction.*store its parameters"),
    (UnknownNeed(), "check_needs", r"needs \['luck'\], unknown here\. Known are"),
    (NeedsAString(), "check_needs", r"has needs='model'\. Use a set, such as frozenset"),
    (NeedsAList(), "check_needs", r"has needs=\['model', 'proba'\]\. Use a set"),
    (NeedsNone(), "check_needs", r"has needs=None\. Use a set"),
    (
        SaysNoNeed(),
        "check_no_model",
        r"before there was a model.* needs = frozenset\(\{\"model\"\}\)",
    ),
    (
        Unpicklable(lambda: 0),
        "check_pickling",
        r"cannot be pickled .* only functions of a modul",
    ),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("strategy", "name", "sentence"),
    DEFECTS,
    ids=[type(strategy).__name__ for strategy, *_ in DEFECTS],
)
def test_a_planted_defect_is_found(strategy, name, sentence):
    SEEN.clear()
    checks = [check for full, check in strategy_checks(strategy) if full.startswith(name)]
    with pytest.raises(AssertionError, match=f"(?s)^{type(strategy).__name__}.*{sentence}"):
        checks[0]()
    SEEN.clear()
    with pytest.raises(AssertionError, match=f"^{type(strategy).__name__}"):
        check_strategy(strategy)


TENSORS = {"check_tensor_features[classes]", "check_tensor_features[numbers]"}


@pytest.mark.parametrize(
    ("strategy", "sentence"),
    [
        (GlobalChance(), r"drew from a global random state .* Use state\.rng"),
        (GlobalChanceTogether(), r"drew from a global random state .* Use state\.rng"),
        (OwnChance(), r"draws from another source than state\.rng"),
        (Alternates(), r"or keeps a state between calls"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_chance_is_named_before_its_consequences(strategy, sentence):
    with pytest.raises(AssertionError, match=sentence):
        check_strategy(strategy)


def statuses(results):
    return {result["check_name"]: result["status"] for result in results}


def passed_or_lacked_torch(results):
    """Whether all checks passed; those of tensors are skipped where torch is absent."""
    found = statuses(results)
    skipped = {name for name, status in found.items() if status == "skipped"}
    lacking = set() if find_spec("torch") else TENSORS
    return skipped <= lacking and set(found.values()) <= {"passed", "skipped"}


@pytest.mark.parametrize("strategy", [NeedsAString(), NeedsAList(), NeedsNone()], ids=repr)
def test_needs_that_are_no_set_are_named_first(strategy):
    with pytest.raises(AssertionError, match=r"has needs=.*Use a set"):
        check_strategy(strategy)


def test_no_mend_is_given_twice():
    with pytest.raises(AssertionError) as error:
        check_strategy(SaysNoNeed())
    assert str(error.value).count('needs = frozenset({"model"})') == 1
    assert "before there was a model" in str(error.value)


def test_a_defect_spoils_no_later_check():
    with pytest.raises(AssertionError):
        check_strategy(WritesToProba())
    assert passed_or_lacked_torch(check_strategy(Margin()))


def test_what_chance_decides_is_skipped():
    results = statuses(check_strategy(Random()))
    skipped = {name for name, status in results.items() if status == "skipped"}
    assert skipped == {
        f"check_{what}[{task}]"
        for what in ("ties", "permuted_pool")
        for task in ("classes", "numbers")
    } | (set() if find_spec("torch") else TENSORS)
    with pytest.raises(AssertionError, match=r"the same pool in another order"):
        check_strategy(Random(), deterministic=True)


def test_a_strategy_without_sparse_features_can_say_so():
    expected = {"check_sparse_features": "norms", "check_sparse_stays_sparse[classes]": "norms"}
    expected["check_tensor_features"] = "norms"
    results = statuses(check_strategy(OnlyDense(), expected_failed_checks=expected))
    assert results["check_sparse_features[classes]"] == "xfail"
    assert results["check_float32[classes]"] == "passed"
    assert passed_or_lacked_torch(check_strategy(InBlocks()))
    with pytest.raises(ValueError, match=r"names \['check_sparse'\], which are unknown: use"):
        check_strategy(OnlyDense(), expected_failed_checks={"check_sparse": "?"})


def test_functions_and_estimators():
    def doubt(state):
        return 1 - state.pool.part(state.candidates).proba.max(axis=1)

    expected = {"check_pickling": "defined inside a test"}
    for strategy in (doubt, Diversify(doubt)):
        results = statuses(check_strategy(strategy, expected_failed_checks=expected))
        assert {name.partition("[")[2] for name in results} == {"classes]"}
    names = [name for name, _ in strategy_checks(CoreSet(), estimator=Ridge())]
    assert {name.partition("[")[2] for name in names} == {"numbers]"}
    with pytest.raises(TypeError, match=r"is not a strategy: pass an instance of a subclass"):
        check_strategy(LogisticRegression())


def test_what_no_simple_estimator_has_is_skipped():
    class Modules(Random):
        needs = frozenset({"model", "modules", "classifier"})

    results = check_strategy(Modules(), expected_failed_checks={"check_pickling": "local"})
    skipped = [r for r in results if r["status"] == "skipped"]
    assert "pass estimator= to check it" in str(skipped[0]["exception"])


@parametrize_with_checks(
    [OnlyDense(), Margin()],
    expected_failed_checks=lambda strategy: (
        {"check_sparse_features": "", "check_sparse_stays_sparse": ""}
        if isinstance(strategy, OnlyDense)
        else {}
    ),
)
def test_parametrized(strategy, check):
    check()


def test_the_import_loads_no_pytest():
    code = "import skal, sys; a = 'skal.testing' in sys.modules; import skal.testing; "
    code += "print(a, 'pytest' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False"]
