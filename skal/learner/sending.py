"""Queries to pools whose blocks lie on workers of Dask: what to rate rows by is sent to them.

Whatever fails there, the pool is read here instead: the answer comes all the same, or an error that
names the block.
"""

import sys
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numpy as np

from skal._rows import rows_a_block
from skal.learner.block_state import BlockState
from skal.learner.on_workers import Keep, OnWorkers, client
from skal.pools import BlockPool
from skal.selection import top
from skal.state import QueryState
from skal.strategies.narrowing import Narrowing, Rate

Answer = TypeVar("Answer")


def leaders_elsewhere(
    narrowing: Narrowing, rate: Rate, state: QueryState
) -> tuple[np.ndarray, np.ndarray, Any] | None:
    """Rows that matter, their ratings, and the rows themselves; None to look for them here."""
    if narrowing.pool_sum is not None:  # it is added up here
        return None
    rows = state.pool.rows if narrowing.covered else state.candidates
    excluded = np.setdiff1d(rows, state.candidates, assume_unique=True)
    keep = partial(places_that_matter, narrowing.leaders, narrowing.covered, excluded)

    def found(sent: OnWorkers) -> tuple[np.ndarray, np.ndarray, Any]:
        ratings = sent.ratings()
        kept = keep(rows, ratings)
        return rows[kept], ratings[kept], sent.take(rows[kept])

    return _asked(rate, state, rows, keep, found)


def ratings_elsewhere(rate: Rate, state: QueryState) -> np.ndarray | None:
    """The ratings of all candidates; None to compute them here."""
    return _asked(rate, state, state.candidates, _nothing, OnWorkers.ratings)


def places_that_matter(
    leaders: int, covered: int, excluded: np.ndarray, rows: np.ndarray, ratings: np.ndarray
) -> np.ndarray:
    """Places of so many leading candidates, and of so many leaders of all rows."""
    if not covered:
        return np.sort(top(ratings, leaders))
    candidates = np.flatnonzero(~np.isin(rows, excluded))
    return np.union1d(top(ratings, covered), candidates[top(ratings[candidates], leaders)])


def _nothing(rows: np.ndarray, ratings: np.ndarray) -> np.ndarray:
    return np.arange(0)


def _asked(
    rate: Rate,
    state: QueryState,
    rows: np.ndarray,
    keep: Keep,
    question: Callable[[OnWorkers], Answer],
) -> Answer | None:
    """The answer of the workers; None where there are none, or where they failed."""
    pool, before = state.pool.data.container, state.rng.bit_generator.state
    parts = pool.parts() if client() is not None else None
    if parts is None:
        return None
    try:
        rating = _rating(rate, state, pool)
        if rating is not None:
            return question(OnWorkers(parts, rows, rows_a_block(pool.head), rating, keep))
    except Exception as error:
        warnings.warn(
            f"The workers of Dask failed, and the pool is read here instead: {error!r}",
            stacklevel=2,
        )
    state.rng.bit_generator.state = before
    return None


def _rating(rate: Rate, state: QueryState, pool: BlockPool) -> Callable[[Any], np.ndarray] | None:
    """What gives the ratings of rows anywhere; None where they are drawn one after another.

    Committees are fitted here, by the same draws as in one process; nothing may be drawn after.
    """
    seen = BlockState(state, pool.head, {})
    rate(seen)
    drawn = _draws(state)
    rate(BlockState(seen, pool.head, seen.committees))
    return partial(_rate_rows, rate, seen) if _draws(state) == drawn else None


def _draws(state: QueryState) -> object:
    """What changes when random numbers are drawn."""
    torch = sys.modules.get("torch")
    by_torch = None if torch is None else torch.get_rng_state().numpy().tobytes()
    return repr(state.rng.bit_generator.state), by_torch


def _rate_rows(rate: Rate, seen: BlockState, X: Any) -> np.ndarray:
    """On a worker: the ratings of rows."""
    return rate(BlockState(seen, X, seen.committees))
