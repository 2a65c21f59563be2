"""A pool in blocks gets the answers of the same rows in memory, and errors name the block."""

import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import sklearn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal import strategies as all_strategies
from skal.pools import BlockPool
from skal.strategies import (
    Badge,
    Bait,
    Bald,
    CoreSet,
    Diversify,
    Entropy,
    ExpectedGradientLength,
    ExpectedModelChange,
    FunctionStrategy,
    GreedySampling,
    Lcmd,
    LeastConfidence,
    Margin,
    MarginShift,
    MaxHerding,
    PredictiveStd,
    QueryByCommittee,
    Random,
    Shortlist,
    Spread,
    Stages,
    Strategy,
    Subsample,
    TypiClust,
    UncertaintyHerding,
    UtilityStrategy,
    VariationRatio,
)
from tests.pools.forms import FORMS

rng = np.random.default_rng(0)
LABELLED = rng.normal(size=(24, 4)).round(1)
POOL = rng.normal(size=(120, 4)).round(1)  # with ties
FOREST = RandomForestClassifier(4, random_state=0)


def classes_of(X):
    return (X[:, 0] + X[:, 1] > 0).astype(int) + (X[:, 2] > 0.5)


def named(value):
    """A name for a test, the same in every process."""
    return re.sub(r" at 0x\w+", "", repr(value))


def doubt(state):
    return 1 - state.pool.part(state.candidates).proba.max(axis=1)


doubt.by_row = True

# What claims to work in one pass, or in none.
CLASSES = [
    Random(),
    LeastConfidence(),
    Margin(),
    Entropy(),
    MarginShift(),
    FunctionStrategy(doubt),
    ExpectedGradientLength(),
    QueryByCommittee(3),
    Spread(Margin(), factor=5),
    Spread(Random()),
    UncertaintyHerding(size=40, factor=6),
    UncertaintyHerding("entropy", size=40),
    MaxHerding(size=30),
    Shortlist(Badge()),
    Shortlist(CoreSet(), by=Entropy(), size=30),
    Shortlist(Diversify(Margin())),
    Shortlist(Badge(), by=Spread(Margin())),
    Shortlist(Bait("binary")),
    Shortlist(Bait(), by=UncertaintyHerding(size=40)),
    Shortlist(Bait("block", target="identity", weighting="paper")),
    Shortlist(Bait(rank=2, regularization="model", certify=True), size=30),
    Subsample(Bait("binary", regularization=0.1), size=30),
    Subsample(Lcmd(), size=0.5),
    Subsample(Margin(), size=30),
    Stages([(0, Margin()), (10_000, CoreSet())]),
]
OTHERS = [
    (Bald(), FOREST),
    (VariationRatio(), FOREST),
    (Entropy(draws=3), FOREST),
    (UncertaintyHerding(size=40), FOREST),
    (UncertaintyHerding(size=40), HistGradientBoostingClassifier(max_iter=3)),
    (Spread(Margin()), MLPClassifier((5,), solver="lbfgs", alpha=1, max_iter=2000, random_state=0)),
    (UncertaintyHerding(size=40), make_pipeline(StandardScaler(), LogisticRegression())),
    (Margin(), GaussianNB()),
    (PredictiveStd(), BayesianRidge()),
    (UncertaintyHerding(size=40), GaussianProcessRegressor(alpha=0.1, optimizer=None)),
    (ExpectedModelChange(3), Ridge()),
    (Shortlist(GreedySampling(), by=PredictiveStd()), BayesianRidge()),
    (Shortlist(Bait(), by=PredictiveStd()), BayesianRidge()),
]


def learner_of(strategy, estimator=None, dtype=np.float64):
    estimator = LogisticRegression() if estimator is None else estimator
    regress = sklearn.base.is_regressor(estimator)
    y = LABELLED[:, 0] if regress else classes_of(LABELLED)
    learner = ActiveLearner(estimator, strategy, batch_size=4, random_state=0)
    return learner.fit(LABELLED.astype(dtype), y)


def two_rounds(learner, pool, X):
    """The rows of two queries, with a teach between them."""
    rows = learner.query(pool, exclude=range(0, 100, 3))
    y = (
        X[rows, 0].astype(float)
        if isinstance(learner.estimator_.predict(X[:1])[0], float)
        else classes_of(X[rows])
    )
    learner.teach(rows, y, X=pool)
    return [*rows, *learner.query(pool), *learner.query(pool, exclude=rows)]


def in_memory(strategy, estimator=None, X=POOL):
    with sklearn.config_context(working_memory=1 / 16):  # pieces of 32 rows
        return two_rounds(learner_of(strategy, estimator, X.dtype), X, X)


def in_blocks(strategy, pool, estimator=None, X=POOL):
    with sklearn.config_context(working_memory=1 / 16):
        return two_rounds(learner_of(strategy, estimator, X.dtype), pool, X)


# ---------------------------------------------------------------------- the same picks
@pytest.mark.parametrize("strategy", CLASSES, ids=named)
def test_the_picks_are_those_in_memory(strategy):
    pool = BlockPool(lambda: np.array_split(POOL, 7))
    state = learner_of(strategy).query_state(POOL)
    assert strategy.narrowing(state, 4) is not None
    assert in_blocks(strategy, pool) == in_memory(strategy)


@pytest.mark.parametrize(("strategy", "estimator"), OTHERS, ids=named)
def test_the_picks_are_those_in_memory_through_other_models(strategy, estimator):
    pool = BlockPool(lambda: np.array_split(POOL, 7))
    assert in_blocks(strategy, pool, estimator) == in_memory(strategy, estimator)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize(
    ("dtype", "block_sizes"),
    [
        ("float32", [50]),
        pytest.param("float16", [1, 50, 1000], marks=pytest.mark.slow),
        pytest.param("float32", [1, 1000], marks=pytest.mark.slow),
        pytest.param("float64", [1, 50, 1000], marks=pytest.mark.slow),
    ],
)
def test_the_picks_are_the_same_from_every_container(form, dtype, block_sizes, tmp_path):
    X = POOL.astype(dtype)
    for strategy in (UncertaintyHerding(size=40), Spread(Margin()), Shortlist(Badge())):
        expected = in_memory(strategy, X=X)
        for block_size in block_sizes:
            pool = form(X, tmp_path, block_size)
            assert in_blocks(strategy, pool, X=X) == expected


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("strategy", CLASSES, ids=named)
def test_every_strategy_from_every_container(strategy, form, tmp_path):
    for dtype, block_size in (("float16", 1), ("float32", 50), ("float64", 1000)):
        X = POOL.astype(dtype)
        pool = form(X, tmp_path, block_size)
        assert in_blocks(strategy, pool, X=X) == in_memory(strategy, X=X)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some.sets(some.integers(1, 119)), some.sampled_from(CLASSES))
def test_the_picks_do_not_depend_on_the_blocks(cuts, strategy):
    pool = BlockPool(lambda: np.split(POOL, sorted(cuts)))
    assert in_blocks(strategy, pool) == in_memory(strategy)


def test_a_permutation_of_the_files_permutes_the_answer():
    parts = np.array_split(rng.normal(size=(120, 4)), 4)  # without ties
    order = [2, 0, 3, 1]
    numbers = np.concatenate([np.arange(120).reshape(4, 30)[i] for i in order])
    for strategy in (Margin(), UncertaintyHerding(size=40), Shortlist(CoreSet())):
        learner = learner_of(strategy)
        rows = learner.query(BlockPool(lambda: parts))
        permuted = learner.query(BlockPool(lambda: [parts[i] for i in order]))
        assert numbers[permuted].tolist() == rows.tolist()


def test_a_permutation_of_parquet_files_permutes_the_answer(tmp_path):
    pandas, _ = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    parts = np.array_split(rng.normal(size=(120, 4)), 4)
    for i, part in enumerate(parts):
        pandas.DataFrame(part, columns=list("abcd")).to_parquet(tmp_path / f"{i}.parquet")
    paths = [tmp_path / f"{i}.parquet" for i in range(4)]
    order = [2, 0, 3, 1]
    numbers = np.concatenate([np.arange(120).reshape(4, 30)[i] for i in order])
    for strategy in (Spread(Margin()), Shortlist(Bait("binary"))):
        learner = learner_of(strategy)
        permuted = learner.query([paths[i] for i in order])
        assert set(numbers[permuted]) == set(learner.query(paths))


@pytest.mark.parametrize(
    "strategy", [Badge(), CoreSet(), Bait(), Spread(PredictiveStd())], ids=named
)
def test_a_pool_that_fits_into_memory_is_loaded(strategy):
    estimator = BayesianRidge() if "Std" in repr(strategy) else None
    pool = BlockPool(lambda: np.array_split(POOL, 7))
    assert in_blocks(strategy, pool, estimator) == in_memory(strategy, estimator)


@pytest.mark.parametrize("strategy", [CoreSet(), Margin(), UncertaintyHerding(size=40)], ids=named)
def test_a_memory_map_of_any_size_as_it_is(strategy, tmp_path):
    np.save(tmp_path / "pool.npy", POOL)
    pool = np.load(tmp_path / "pool.npy", mmap_mode="r")
    with sklearn.config_context(working_memory=0.001):
        seen = two_rounds(learner_of(strategy), pool, POOL)
        assert seen == two_rounds(learner_of(strategy), POOL, POOL)
    container = learner_of(strategy).query_state(pool).pool.X
    assert np.shares_memory(container, pool)


@pytest.mark.parametrize("strategy", [Margin(), Spread(Entropy()), QueryByCommittee(3)], ids=named)
def test_utilities_of_all_rows(strategy):
    pool = BlockPool(lambda: np.array_split(POOL, 7))
    learner = learner_of(strategy)
    np.testing.assert_array_equal(learner.query_utilities(pool), learner.query_utilities(POOL))


def test_frames_are_read_by_the_names_that_fit_saw(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame(POOL, columns=list("abcd")).assign(id=range(120))
    frame[["id", "d", "c", "b", "a"]].to_parquet(tmp_path / "pool.parquet", row_group_size=50)
    known = pandas.DataFrame(LABELLED, columns=list("abcd"))
    learner = ActiveLearner(LogisticRegression(), batch_size=5, random_state=0)
    learner.fit(known, classes_of(LABELLED))
    rows = learner.query(tmp_path / "pool.parquet")
    assert rows.tolist() == learner.query(frame[list("abcd")]).tolist()
    learner.teach(rows, classes_of(POOL)[rows], X=tmp_path / "pool.parquet")
    assert learner.history_[-1]["n_labelled"] == 29


def test_texts_through_a_pipeline():
    from sklearn.feature_extraction.text import HashingVectorizer

    texts = [f"{'good' if i % 3 else 'bad'} film number {i % 7}" for i in range(60)]
    model = make_pipeline(HashingVectorizer(n_features=32), LogisticRegression())
    learner = ActiveLearner(model, Margin(), batch_size=4).fit(texts[:20], np.arange(20) % 2)
    pool = BlockPool(lambda: [texts[:13], texts[13:]])
    assert learner.query(pool).tolist() == learner.query(texts).tolist()


def test_the_guide_tells_which_strategies_read_a_pool_once():
    page = Path(__file__).parents[2] / "docs" / "guide" / "big_pools.rst"
    table = page.read_text(encoding="utf-8").partition("* - all others")[0]
    told = set(re.findall(r"class:`~skal\.strategies\.(\w+)`", table))
    public = {name: getattr(all_strategies, name) for name in all_strategies.__all__}
    held = {
        name
        for name, kind in public.items()
        if getattr(kind, "by_row", None) is True
        or kind.candidates_only is True
        or kind.narrowing not in (Strategy.narrowing, UtilityStrategy.narrowing)
        or kind.pool_sums is not Strategy.pool_sums
    }
    assert told == (held | {"Diversify"}) - {"Stages"}


# ---------------------------------------------------------------------- how often it is read
def counted_pool():
    passes = []

    def blocks():
        passes.append(0)
        for block in np.array_split(POOL, 6):
            passes[-1] += 1
            yield block

    return BlockPool(blocks, n_rows=120), passes


ONCE = [None, Margin(), UncertaintyHerding(), Shortlist(Badge()), Shortlist(Bait("binary"))]


@pytest.mark.parametrize("strategy", ONCE, ids=named)
def test_one_pass_is_one_pass(strategy):
    pool, passes = counted_pool()
    learner = learner_of(strategy)
    rows = learner.query(pool)
    learner.teach(rows, classes_of(POOL[rows]), X=pool)  # whose rows were kept
    assert [n for n in passes if n > 1] == [6]  # besides the first block, to see what rows are


def test_sums_of_rows_that_are_drawn_are_a_pass_beside_them():
    strategy = Subsample(Bait("binary"), size=30)
    assert strategy.narrowing(learner_of(strategy).query_state(POOL), 4).passes == 1
    pool, passes = counted_pool()
    learner_of(strategy).query(pool)
    assert [n for n in passes if n > 1] == [6, 6]  # the rows drawn, and the sums over all


class Backwards(Spread):
    """A subclass with a choice of its own, which says nothing of pools in blocks."""

    def select(self, state, n):
        return super().select(state, n)[::-1]


def test_the_choice_of_a_subclass_counts():
    pool = BlockPool(lambda: np.array_split(POOL, 7))
    for strategy in (Backwards(Margin()), Stages([(0, Backwards(Margin()))])):
        assert in_blocks(strategy, pool) == in_memory(strategy)
        assert learner_of(strategy).query(pool)[0] == learner_of(Spread(Margin())).query(pool)[-1]


def test_random_rows_are_not_read():
    pool, passes = counted_pool()
    learner_of(Random()).query(pool)
    assert max(passes) == 1


# ---------------------------------------------------------------------- errors
def test_nan_is_told_with_its_block_and_row():
    blocks = [block.copy() for block in np.array_split(POOL, 10)]
    blocks[7][5, 2] = np.nan
    for strategy in (None, Margin(), CoreSet(), MaxHerding()):
        with pytest.raises(ValueError, match=r"^Block 7 of the pool, row 89: Input X contains NaN"):
            learner_of(strategy).query(BlockPool(lambda: blocks))


def test_nan_that_the_first_step_of_a_pipeline_lets_through():
    blocks = [block.copy() for block in np.array_split(POOL, 10)]
    blocks[7][5, 2] = np.nan
    model = make_pipeline(StandardScaler(), LogisticRegression())
    with pytest.raises(ValueError, match=r"^Block 7 of the pool, row 89, holds NaN or infinity"):
        learner_of(Margin(), model).query(BlockPool(lambda: blocks))


def test_an_error_of_the_estimator_gets_a_note():
    def fails(state):
        raise KeyError("nothing")

    fails.by_row = True
    with pytest.raises(KeyError) as told:
        learner_of(fails).query(BlockPool(lambda: np.array_split(POOL, 3)))
    assert told.value.__notes__ == ["This was in Block 0 to Block 2 of the pool."]


def test_a_pool_too_large_to_load_is_refused_with_what_to_do():
    pool = BlockPool(lambda: np.array_split(POOL, 7))
    for strategy, instead in (
        (CoreSet(), r"Shortlist\(CoreSet\(...\)\) reads it once"),
        (Bait(), r"Shortlist\(Bait\(...\)\) reads it once"),
        (TypiClust(), r"such as UncertaintyHerding\(\)"),
    ):
        learner = learner_of(strategy)
        with (
            sklearn.config_context(working_memory=0.001),
            pytest.raises(ValueError, match=instead + ".* set_config|" + instead) as told,
        ):
            learner.query(pool)
        assert "this pool of 120 rows takes" in str(told.value)


def test_other_features_than_those_of_fit():
    learner = learner_of(Margin())
    with pytest.raises(ValueError, match="X has 3 features, but ActiveLearner is expecting 4"):
        learner.query(BlockPool(lambda: [POOL[:, :3]]))
    with pytest.raises(FileNotFoundError):
        learner.query("nowhere/*.parquet")


def test_fit_asks_for_rows_in_memory():
    pool = BlockPool(lambda: [POOL])
    with pytest.raises(TypeError, match=r"fit requires rows in memory.*query\(pool\)"):
        learner_of(None).fit(pool, classes_of(POOL))
    with pytest.raises(TypeError, match=r"is a path.*labelled rows in memory.*query\(\.\.\.\)"):
        learner_of(None).fit("pool/*.parquet", classes_of(POOL))


def test_predict_asks_for_rows_in_memory():
    learner, pool = learner_of(Margin()), BlockPool(lambda: np.array_split(POOL, 3))
    for X in ("pool/*.parquet", Path("pool.parquet"), pool):
        for predict in (learner.predict, learner.predict_proba):
            with pytest.raises(TypeError, match="requires rows in memory: predict each piece"):
                predict(X)
    predicted = np.concatenate([learner.predict(piece.X) for piece in pool.pieces(size=50)])
    np.testing.assert_array_equal(predicted, learner.predict(POOL))


def test_teach_without_the_pool_of_the_rows():
    learner = learner_of(Margin())
    learner.query(POOL)
    with pytest.raises(ValueError, match=r"X has the rows 0 to 23\. If they are rows of a pool"):
        learner.teach([3, 100], [0, 1])
    with pytest.raises(ValueError, match=r"X has the rows 0 to 119\.$"):
        learner.teach([3, 120], [0, 1], X=POOL)


def test_a_query_keeps_few_bytes_a_row(tmp_path):
    n = 2_000_000  # the blocks under way are few beside that
    file = np.lib.format.open_memmap(tmp_path / "pool.npy", "w+", np.float32, (n, 4))
    file[:] = np.random.default_rng(0).normal(size=(n, 4))
    learner = learner_of(Margin())
    with sklearn.config_context(working_memory=1):
        tracemalloc.start()
        learner.query(file)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert (peak - 4 * 2**20) / n < 40  # besides blocks
