"""Queries of a pool that is read in blocks: one pass finds the rows that can be selected."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn import get_config

from skal import _checks
from skal._progress import counted_rows
from skal._rows import n_rows, rows_a_block, take
from skal.learner.block_state import BlockState
from skal.learner.leaders import Leaders, united
from skal.learner.sending import leaders_elsewhere, ratings_elsewhere
from skal.pools import BlockPool, Piece
from skal.state import QueryState, Rows
from skal.strategies import Strategy, UtilityStrategy
from skal.strategies.narrowing import Narrowing, PoolSum, Rate, narrowing_of

Check = Callable[[Any], None]
Found = tuple[np.ndarray, np.ndarray, Any]  # row numbers, their ratings, and the rows


def selected(strategy: Strategy, state: QueryState, n: int, check: Check) -> np.ndarray:
    """Return positions of n candidates that a strategy selects, for any type of pool.

    `check` raises an error for rows that the estimator does not accept.
    """
    pool = state.pool.data.container
    if isinstance(pool, BlockPool):
        narrowing = narrowing_of(strategy, state, n)
        if narrowing is not None:
            return _among_leaders(strategy, narrowing, state, n, check)
        state = _loaded(state, pool, strategy, check)
    return _checks.check_picks(strategy.select(state, n), state.candidates, n, strategy)


def utilities_of(strategy: UtilityStrategy, state: QueryState, check: Check) -> np.ndarray:
    """Return the utility of each candidate, for any type of pool."""
    pool = state.pool.data.container
    if isinstance(pool, BlockPool):
        if strategy.by_row:
            elsewhere = ratings_elsewhere(strategy.checked_utilities, state)
            if elsewhere is not None:
                return elsewhere
            rated = _rated(strategy.checked_utilities, state, state.candidates, check)
            return np.concatenate([ratings for _, ratings in rated])
        state = _loaded(state, pool, strategy, check)
    return strategy.checked_utilities(state)


def _among_leaders(strategy, narrowing, state, n, check):
    """Return the strategy's selection among the rows of the narrowed pool."""
    pool, sums = state.pool.data.container, None
    if narrowing.rate is not None:
        (rows, ratings, X), sums = _leaders(narrowing, narrowing.rate, state, check)
        check(X)
    else:
        rows, ratings = narrowing.rows, np.full(len(narrowing.rows), np.nan)
        X = None if narrowing.unread else _whole(pool, rows, check)
        if narrowing.pool_sum is not None:
            total = Total(narrowing.pool_sum)
            for _ in _rated(_no_rating, state, state.pool.rows, check, total):
                pass
            sums = total.sums
    data = Rows(pool, rows) if X is None else Rows.all_of(X)
    places = np.searchsorted(state.candidates, rows)
    places[places == len(state.candidates)] = 0
    candidates = np.flatnonzero(state.candidates[places] == rows)
    narrowed = QueryState(replace(state.source, pool=data), candidates, state.rng)
    narrowed.records, narrowed.sums = state.records, sums
    picks = narrowing.choose(narrowed, n, ratings)
    picks = _checks.check_picks(picks, candidates, n, strategy)
    if X is not None:
        kept = np.sort(picks)
        pool.remember(rows[kept], take(X, kept))
    return rows[picks]


def _leaders(
    narrowing: Narrowing, rate: Rate, state: QueryState, check: Check
) -> tuple[Found, Any]:
    """Return the rows of the narrowed pool in pool order with their ratings; and the pool's sum."""
    if (found := leaders_elsewhere(narrowing, rate, state)) is not None:
        return found, None
    leaders, total = Leaders(narrowing.leaders), Total(narrowing.pool_sum)
    if not narrowing.covered and narrowing.pool_sum is None:
        for piece, ratings in _rated(rate, state, state.candidates, check):
            leaders.add(piece.rows, ratings, piece.X)
        return leaders.best(), None
    covered = Leaders(narrowing.covered) if narrowing.covered else None
    is_candidate = np.zeros(len(state.pool), dtype=bool)
    is_candidate[state.candidates] = True
    for piece, ratings in _rated(rate, state, state.pool.rows, check, total):
        if covered is not None:
            covered.add(piece.rows, ratings, piece.X)
        asked = np.flatnonzero(is_candidate[piece.rows])
        leaders.add(piece.rows[asked], ratings[asked], take(piece.X, asked))
    best = leaders.best()
    return (best if covered is None else united(covered.best(), best)), total.sums


class Total:
    """Add up a strategy's sum over the rows of a pool; do nothing if `pool_sum` is None."""

    def __init__(self, pool_sum: PoolSum | None = None):
        self._pool_sum, self.sums = pool_sum, None

    def add(self, state: QueryState) -> None:
        """Add the rows of a state's pool."""
        if self._pool_sum is not None:
            state.sums = self.sums
            self.sums = self._pool_sum(state)


def _rated(
    rate: Rate, state: QueryState, rows: np.ndarray, check: Check, total: Total | None = None
) -> Iterator[tuple[Piece, np.ndarray]]:
    """Yield pieces of the pool with the ratings of their rows, and add them to the total."""
    pool, total = state.pool.data.container, total or Total()
    committees: dict[str, list[Any]] = {}
    size = rows_a_block(pool.head)
    pieces = pool.pieces(None if len(rows) == len(pool) else rows, size)
    for piece in counted_rows(pieces, len(rows), "Reading the pool"):
        seen = BlockState(state, piece.X, committees)
        try:
            ratings = rate(seen)
            total.add(seen)
        except Exception as error:
            _tell_the_block(piece, check, error)
            raise
        yield piece, ratings


def _no_rating(state: QueryState) -> np.ndarray:
    return np.empty(0)


def _tell_the_block(piece: Piece, check: Check, error: Exception) -> None:
    """Raise an error that names the block of the row that the estimator rejects, if one is."""
    try:
        check(piece.X)
    except (ValueError, TypeError) as why:
        row = int(piece.rows[_first_refused(piece.X, check)])
        raise type(why)(f"{piece.name_of(row)} of the pool, row {row:,}: {why}") from error
    wrong = _first_not_finite(piece) if isinstance(error, ValueError) else None
    if wrong is not None and re.search("NaN|nan|infinit", str(error)):
        where = f"{piece.name_of(wrong)} of the pool, row {wrong:,}"
        raise ValueError(f"{where}, holds NaN or infinity: {error}") from error
    names = [name for _, name in piece.blocks]
    error.add_note(f"This was in {' to '.join(dict.fromkeys([names[0], names[-1]]))} of the pool.")


def _first_not_finite(piece: Piece) -> int | None:
    """Return the first row with a number that is not finite; None if there is none."""
    X = np.asarray(piece.X) if isinstance(piece.X, np.ndarray) or hasattr(piece.X, "iloc") else None
    if X is None or X.ndim != 2 or X.dtype.kind != "f":
        return None
    wrong = np.flatnonzero(~np.isfinite(X).all(axis=1))
    return int(piece.rows[wrong[0]]) if len(wrong) else None


def _whole(pool: BlockPool, rows: np.ndarray | None, check: Check) -> Any:
    """Return some or all rows in one piece; an error names the block of a rejected row."""
    if rows is None and pool.mapped is not None:
        check(pool.mapped)
        return pool.mapped
    (whole,) = pool.pieces(rows, size=len(pool))
    try:
        check(whole.X)
    except (ValueError, TypeError) as error:
        _tell_the_block(whole, check, error)
        raise
    return whole.X


def _first_refused(X: Any, check: Check) -> int:
    """Return the first row that is rejected."""
    low, high = 0, n_rows(X)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            check(take(X, np.arange(low, middle)))
            low = middle
        except (ValueError, TypeError):
            high = middle
    return low


def _loaded(state: QueryState, pool: BlockPool, strategy: Strategy, check: Check) -> QueryState:
    """Return the state with its pool in memory, for a strategy that needs all rows at once."""
    limit = get_config()["working_memory"]
    if pool.mapped is None and pool.nbytes > limit * 2**20:
        name = type(strategy).__name__
        instead = (
            f"Shortlist({name}(...)) reads it once and keeps the rows of smallest margin, "
            f"Subsample({name}(...), size=10_000) draws rows."
            if strategy.candidates_only or strategy.pool_sums(state, 1) is not None
            else "Choose a strategy that reads the pool once, such as UncertaintyHerding(), "
            "Spread(Margin()) or Shortlist(Badge()), or query a part of the pool."
        )
        raise ValueError(
            f"{strategy!r} needs all rows in memory, and this pool of {len(pool):,} rows takes "
            f"{pool.nbytes / 2**20:,.0f} MiB, more than scikit-learn's working_memory of {limit:,} "
            f"MiB. {instead} If you have enough memory, sklearn.set_config(working_memory=...) "
            "allows the pool to be loaded."
        )
    X = _whole(pool, None, check)
    loaded = QueryState(replace(state.source, pool=Rows.all_of(X)), state.candidates, state.rng)
    loaded.records = state.records
    return loaded
