"""Queries of pools whose blocks are on Dask workers: rating functions are sent to the workers.

If the workers fail, the pool is read in this process instead, which returns the same result or
raises an error that names the block.
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
    """Return the rows of the narrowed pool: numbers, ratings, content; None to find them here."""
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
    """Return the ratings of all candidates; None to compute them here."""
    return _asked(rate, state, state.candidates, _nothing, OnWorkers.ratings)


def places_that_matter(
    leaders: int, covered: int, excluded: np.ndarray, rows: np.ndarray, ratings: np.ndarray
) -> np.ndarray:
    """Return positions of the leading candidates, and of the leaders of all rows."""
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
    """Return the result of the workers; None if there are none, or if they failed."""
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
            f"The Dask workers failed, so the pool is read in this process instead: {error!r}",
            stacklevel=2,
        )
    state.rng.bit_generator.state = before
    return None


def _rating(rate: Rate, state: QueryState, pool: BlockPool) -> Callable[[Any], np.ndarray] | None:
    """Return a rating function for the workers; None if ratings need consecutive random draws.

    Committees are fitted here, with the same draws as in one process; ratings may not draw after.
    """
    seen = BlockState(state, pool.head, {})
    rate(seen)
    drawn = _draws(state)
    rate(BlockState(seen, pool.head, seen.committees))
    return partial(_rate_rows, rate, seen) if _draws(state) == drawn else None


def _draws(state: QueryState) -> object:
    """Return a value that changes when random numbers are drawn."""
    torch = sys.modules.get("torch")
    by_torch = None if torch is None else torch.get_rng_state().numpy().tobytes()
    return repr(state.rng.bit_generator.state), by_torch


def _rate_rows(rate: Rate, seen: BlockState, X: Any) -> np.ndarray:
    """Return the ratings of rows, on a worker."""
    return rate(BlockState(seen, X, seen.committees))
