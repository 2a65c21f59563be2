"""Checks that a query changes nothing: not the strategy, later results, or its inputs."""

import numpy as np
from sklearn.base import clone

from skal.testing.trial import WORK_ON_A_COPY, Trial
from skal.testing.watching import attributes, same, shown

N = 4
KEEP_NOTHING = (
    "A strategy stores its parameters and nothing else, so that several learners can share one "
    "object and a query can be repeated: compute everything else in select from the state. "
    "state.record(…) adds a value to the learner's history_."
)


def check_attributes(trial: Trial) -> None:
    """Check that a query changes no attribute of the strategy."""
    strategy = clone(trial.strategy)
    before = attributes(strategy)
    trial.pick(trial.problem.state(), N, by=strategy)
    after = attributes(strategy)
    if new := sorted(after.keys() - before.keys()):
        trial.fail(f"had the new attributes {', '.join(new)} after a query", KEEP_NOTHING)
    if changed := [name for name in before if before[name] != after.get(name)]:
        trial.fail(f"changed its {', '.join(changed)} in a query", KEEP_NOTHING)


def check_earlier_queries(trial: Trial) -> None:
    """Check that a result does not depend on an earlier query."""
    strategy, problem = clone(trial.strategy), trial.problem
    first = trial.pick(problem.state(), N, by=strategy)
    for earlier in ("the same pool", "another pool"):
        if earlier == "another pool":
            trial.pick(problem.state(X=problem.pool[::-2]), N, by=strategy)
        again = trial.pick(problem.state(), N, by=strategy)
        if not np.array_equal(first, again):
            trial.fail(
                f"selected {first.tolist()}, and {again.tolist()} from the same state after a "
                f"query of {earlier}",
                KEEP_NOTHING,
            )


def check_views(trial: Trial) -> None:
    """Check that the arrays of a state are not modified."""
    state = trial.problem.state()
    before = shown(state)
    trial.pick(state, N)
    after = shown(state)
    if written := [name for name in before if not same(before[name], after[name])]:
        trial.problem.forget()  # its rows may have been modified
        trial.fail(f"modified {', '.join(written)}", WORK_ON_A_COPY)
