"""Chance comes from `state.rng` alone; without it, the order of the pool does not matter."""

import numpy as np

from skal.testing.trial import Trial, difference
from skal.testing.watching import global_random_state

N = 4
HOW_TO_DRAW = (
    "state.rng must be the only source of chance: it is the same at every query of a round, so "
    "that asking twice gives the same answer, and differs from round to round."
)

CHANCE_OR_MEMORY = (
    "It draws from something other than state.rng, or keeps something between calls: write "
    "state.rng.random(n) for np.random.default_rng().random(n), pass a seed drawn from state.rng "
    "as random_state= of what it calls, and compute everything else from the state each time."
)

NO_PLACE = (
    "What a row is worth must not depend on its place in the pool. If chance is meant to decide, "
    "draw from state.rng, not from a generator with a seed of its own."
)


def check_global_random_state(trial: Trial) -> None:
    """Nothing is drawn from the global generators."""
    before = global_random_state()
    trial.pick(trial.problem.state(), N)
    if global_random_state() != before:
        trial.fail(
            "drew from a global random state (np.random or random)",
            f"{HOW_TO_DRAW} Write state.rng.random(n) for np.random.rand(n), and pass a seed "
            "drawn from state.rng as random_state= of what it calls.",
        )


def check_same_state(trial: Trial) -> None:
    """The same state twice gives the same picks."""
    one, two = (trial.pick(trial.problem.state(), N) for _ in range(2))
    if not np.array_equal(one, two):
        trial.fail(
            f"picked {one.tolist()}, then {two.tolist()} of the same state",
            CHANCE_OR_MEMORY,
        )


def check_permuted_pool(trial: Trial) -> None:
    """A permuted pool permutes the answer, unless the strategy draws from `state.rng`."""
    trial.skip_if_random()
    X = trial.problem.pool
    order = np.random.default_rng(1).permutation(len(X))
    if trial.rates_rows:  # not the picks: ties may be broken either way
        straight = trial.rate(trial.problem.state(X=X))
        permuted = trial.rate(trial.problem.state(X=X[order]))
        if difference(straight[order], permuted) > 1e-6:
            row = int(np.argmax(straight[order] != permuted))
            trial.fail(
                f"gave one row the utility {straight[order[row]]:.5g} as number {order[row]} of "
                f"the pool, and {permuted[row]:.5g} as number {row} of the same pool in another "
                "order, and drew nothing from state.rng",
                NO_PLACE,
            )
        return
    straight = trial.pick(trial.problem.state(X=X), N)
    permuted = order[trial.pick(trial.problem.state(X=X[order]), N)]
    if not np.array_equal(straight, permuted):
        trial.fail(
            f"picked the rows {straight.tolist()}, but {permuted.tolist()} of the same pool in "
            "another order, and drew nothing from state.rng",
            NO_PLACE,
        )
