"""The checks: functions of a trial, which raise errors that say how to fix the strategy.

Specific checks come first, so that the first error is the most helpful one.
"""

from collections.abc import Callable

from skal.testing.checks.blocks import check_pool_in_blocks, speaks_of_blocks
from skal.testing.checks.containers import (
    check_float32,
    check_sparse_features,
    check_sparse_stays_sparse,
    check_tensor_features,
)
from skal.testing.checks.objects import check_cloning, check_loop, check_needs, check_pickling
from skal.testing.checks.picks import (
    check_all_candidates,
    check_number_of_picks,
    check_positions,
    check_repeats,
    check_utilities,
)
from skal.testing.checks.randomness import (
    check_global_random_state,
    check_permuted_pool,
    check_same_state,
)
from skal.testing.checks.states import (
    check_certain_model,
    check_equal_rows,
    check_no_model,
    check_one_candidate,
    check_unseen_class,
)
from skal.testing.checks.ties import check_ties
from skal.testing.checks.traces import check_attributes, check_earlier_queries, check_views
from skal.testing.estimators import CLASSES
from skal.testing.trial import Trial

Check = Callable[[Trial], None]

CHECKS: list[Check] = [
    check_cloning,
    check_needs,
    check_utilities,
    check_number_of_picks,
    check_positions,
    check_repeats,
    check_all_candidates,
    check_attributes,
    check_global_random_state,
    check_same_state,
    check_earlier_queries,  # after those of randomness, the more common cause
    check_views,
    check_ties,
    check_permuted_pool,
    check_one_candidate,
    check_equal_rows,
    check_certain_model,
    check_unseen_class,
    check_no_model,
    check_float32,
    check_sparse_features,
    check_sparse_stays_sparse,
    check_tensor_features,
    check_pool_in_blocks,
    check_pickling,
    check_loop,
]

ONLY: dict[Check, Callable[[Trial], bool]] = {
    check_utilities: lambda trial: trial.rates_rows,
    check_unseen_class: lambda trial: trial.problem.task == CLASSES,
    check_no_model: lambda trial: trial.says_no_model,
    check_pool_in_blocks: speaks_of_blocks,
}


def checks_for(trial: Trial) -> list[Check]:
    """List the checks that apply to a strategy and a task."""
    return [check for check in CHECKS if check not in ONLY or ONLY[check](trial)]


__all__ = ["CHECKS", "checks_for"]
