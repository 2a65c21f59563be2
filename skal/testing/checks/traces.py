"""A query leaves no trace: in the strategy, in later answers, in what it was shown."""

import numpy as np
from sklearn.base import clone

from skal.testing.trial import WORK_ON_A_COPY, Trial
from skal.testing.watching import attributes, same, shown

N = 4
KEEP_NOTHING = (
    "A strategy keeps its parameters and nothing else, so that one object may serve many learners "
    "and a query can be asked again: compute what select needs from the state, each time. "
    "state.record(…) keeps a fact about a query in the learner's history_."
)


def check_attributes(trial: Trial) -> None:
    """A query changes no attribute of the strategy."""
    strategy = clone(trial.strategy)
    before = attributes(strategy)
    trial.pick(trial.problem.state(), N, by=strategy)
    after = attributes(strategy)
    if new := sorted(after.keys() - before.keys()):
        trial.fail(f"had the new attributes {', '.join(new)} after a query", KEEP_NOTHING)
    if changed := [name for name in before if before[name] != after.get(name)]:
        trial.fail(f"had changed its {', '.join(changed)} after a query", KEEP_NOTHING)


def check_earlier_queries(trial: Trial) -> None:
    """An answer does not depend on an earlier query."""
    strategy, problem = clone(trial.strategy), trial.problem
    first = trial.pick(problem.state(), N, by=strategy)
    for earlier in ("the same pool", "another pool"):
        if earlier == "another pool":
            trial.pick(problem.state(X=problem.pool[::-2]), N, by=strategy)
        again = trial.pick(problem.state(), N, by=strategy)
        if not np.array_equal(first, again):
            trial.fail(
                f"picked {first.tolist()}, and {again.tolist()} of the same state after a query "
                f"of {earlier}",
                KEEP_NOTHING,
            )


def check_views(trial: Trial) -> None:
    """What a state shows is not written to."""
    state = trial.problem.state()
    before = shown(state)
    trial.pick(state, N)
    after = shown(state)
    if written := [name for name in before if not same(before[name], after[name])]:
        trial.problem.forget()  # its rows may have been written to
        trial.fail(f"wrote to {', '.join(written)}", WORK_ON_A_COPY)
