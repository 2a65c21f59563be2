"""Checks of ties: rows of equal utility are selected in the order of the pool."""

import numpy as np

from skal.testing.trial import Trial

HOW_TO_SORT = (
    "Ties must be broken by the order of the pool, or the order of a sort decides the selection: "
    'use np.argsort(-utilities, kind="stable"), not a sort that is reversed with [::-1], nor '
    "np.argpartition."
)


def check_ties(trial: Trial) -> None:
    """Check that ties are broken by the order of the pool."""
    trial.skip_if_random()
    (_ties_of_utilities if trial.rates_rows else _ties_of_picks)(trial)


def _ties_of_utilities(trial: Trial) -> None:
    """Check a pool with each row nine times: the batch follows a stable sort of utilities."""
    X = trial.problem.pool
    X = X[np.random.default_rng(0).permutation(np.repeat(np.arange(5), len(X) // 5))]
    where = "in a pool of equal rows"
    utilities = trial.rate(trial.problem.state(X=X), where)
    state = trial.problem.state(X=X)
    picks = trial.pick(state, len(X) // 2, where)
    expected = state.candidates[np.argsort(-utilities, kind="stable")][: len(picks)]
    if not np.array_equal(picks, expected):
        trial.fail(
            f"selected {picks.tolist()} among rows that tie; expected {expected.tolist()}: by "
            "decreasing utility, and in the order of the pool if utilities are equal",
            HOW_TO_SORT,
        )


def _ties_of_picks(trial: Trial) -> None:
    """Check a pool of equal rows: they are selected in order."""
    X = np.zeros_like(trial.problem.pool)
    X[:, 0] = 1  # products with it are exact, wherever the row is
    for n in (1, len(X)):
        picks = trial.pick(trial.problem.state(X=X), n, "in a pool of equal rows")
        if not np.array_equal(picks, np.arange(n)):
            trial.fail(
                f"selected {picks[:5].tolist()}{'' if n == 1 else ', …'} when {n} of {len(X)} "
                f"equal rows were requested; expected {list(range(min(n, 5)))}"
                f"{'' if n == 1 else ', …'}, the order of the pool",
                f"{HOW_TO_SORT} Where equal rows differ by rounding, name this check in "
                "expected_failed_checks.",
            )
