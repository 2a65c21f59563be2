"""Checks of randomness: only `state.rng` is random, and otherwise order does not matter."""

import numpy as np

from skal.testing.trial import Trial, difference
from skal.testing.watching import global_random_state

N = 4
HOW_TO_DRAW = (
    "state.rng must be the only source of randomness: it is the same at every query of a round, so "
    "repeated queries return the same rows, and it differs from round to round."
)

CHANCE_OR_MEMORY = (
    "It draws from another source than state.rng, or keeps a state between calls: use "
    "state.rng.random(n) instead of np.random.default_rng().random(n), pass a seed drawn from "
    "state.rng as random_state= to other code, and compute all else from the state each time."
)

NO_PLACE = (
    "The utility of a row must not depend on its position in the pool. If the selection is random, "
    "draw from state.rng, not from a generator with its own seed."
)


def check_global_random_state(trial: Trial) -> None:
    """Check that the global generators are not used."""
    before = global_random_state()
    trial.pick(trial.problem.state(), N)
    if global_random_state() != before:
        trial.fail(
            "drew from a global random state (np.random or random)",
            f"{HOW_TO_DRAW} Use state.rng.random(n) instead of np.random.rand(n), and pass a seed "
            "drawn from state.rng as random_state= to other code.",
        )


def check_same_state(trial: Trial) -> None:
    """Check that the same state gives the same selection twice."""
    one, two = (trial.pick(trial.problem.state(), N) for _ in range(2))
    if not np.array_equal(one, two):
        trial.fail(
            f"selected {one.tolist()}, then {two.tolist()} from the same state",
            CHANCE_OR_MEMORY,
        )


def check_permuted_pool(trial: Trial) -> None:
    """Check that a permuted pool permutes the selection, unless the strategy uses `state.rng`."""
    trial.skip_if_random()
    X = trial.problem.pool
    order = np.random.default_rng(1).permutation(len(X))
    if trial.rates_rows:  # compare utilities, because ties may be broken either way
        straight = trial.rate(trial.problem.state(X=X))
        permuted = trial.rate(trial.problem.state(X=X[order]))
        if difference(straight[order], permuted) > 1e-6:
            row = int(np.argmax(straight[order] != permuted))
            trial.fail(
                f"returned the utility {straight[order[row]]:.5g} for a row as number {order[row]} "
                f"of the pool, and {permuted[row]:.5g} as number {row} of the same pool in another "
                "order, without drawing from state.rng",
                NO_PLACE,
            )
        return
    straight = trial.pick(trial.problem.state(X=X), N)
    permuted = order[trial.pick(trial.problem.state(X=X[order]), N)]
    if not np.array_equal(straight, permuted):
        trial.fail(
            f"selected the rows {straight.tolist()}, but {permuted.tolist()} from the same pool in "
            "another order, without drawing from state.rng",
            NO_PLACE,
        )
