"""Checks of a strategy's attributes for pools that are read in blocks."""

import numpy as np
from sklearn import config_context
from sklearn.base import clone

from skal.pools import BlockPool
from skal.strategies import Strategy, Subsample, UtilityStrategy
from skal.strategies.narrowing import narrowing_of
from skal.testing.trial import Trial

N, DRAWN = 4, 20
WORKING_MEMORY = 1 / 32  # pieces of a few rows
MEND = (
    "by_row = True requires that the utility of a row depends only on the row, the model and the "
    "labels; candidates_only = True that the strategy uses no row but state.candidates."
)


def speaks_of_blocks(trial: Trial) -> bool:
    """Return whether the strategy sets an attribute for pools that are read in blocks."""
    strategy = trial.strategy
    silent = (Strategy.narrowing, UtilityStrategy.narrowing)
    return strategy.candidates_only or type(strategy).narrowing not in silent


def check_pool_in_blocks(trial: Trial) -> None:
    """Check that the selection is the same from a pool in blocks, if it is read once."""
    strategy, pool = clone(trial.strategy), trial.problem.pool
    if narrowing_of(strategy, trial.problem.state(), N) is None:
        if not strategy.candidates_only:
            return  # it needs all rows at once, as it declares
        strategy = Subsample(strategy, size=DRAWN)
    learner = trial.problem.new_learner(strategy)
    with config_context(working_memory=WORKING_MEMORY):
        expected = learner.query(pool, batch_size=N)
        try:
            seen = learner.query(BlockPool(lambda: np.array_split(pool, 5)), batch_size=N)
        except Exception as error:
            trial.fail(f"raised {error!r} for a pool that is read in blocks", MEND)
    if seen.tolist() != expected.tolist():
        trial.fail(
            f"selected {seen.tolist()} from a pool that is read in blocks, and {expected.tolist()} "
            "from the same rows in memory",
            f"The same rows are expected. {MEND}",
        )
