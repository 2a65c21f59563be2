"""Checks of the result of a strategy: n different candidates, as positions in the pool."""

from typing import Any

import numpy as np

from skal._checks import HOW_TO_UNMASK
from skal.state import QueryState
from skal.testing.trial import Trial

N = 4
WHAT_UTILITIES_ARE = (
    "utilities(state) must return one number for each of state.candidates: "
    "state.pool.part(state.candidates) is a view of just these rows."
)
WHAT_PICKS_ARE = "select(state, n) must return n positions in the pool, as a flat array."
NO_RETURN = "Is a return missing?"


def check_utilities(trial: Trial) -> None:
    """Check that there is one utility per candidate, and none is NaN."""
    checked_utilities(trial, trial.problem.restricted())


def checked_utilities(trial: Trial, state: QueryState, where: str = "") -> np.ndarray:
    """Return the utilities of the candidates, or fail the check."""
    utilities, n = trial.rate(state, where), len(state.candidates)
    where = where and f" {where}"
    if _is_none(utilities):
        trial.fail(
            f"returned None from utilities(state){where}", f"{NO_RETURN} {WHAT_UTILITIES_ARE}"
        )
    if utilities.shape != (n,) or utilities.dtype.kind not in "biuf":
        trial.fail(
            f"returned utilities of shape {utilities.shape} and type {utilities.dtype} for {n} "
            f"candidates{where}; expected shape ({n},) and numbers",
            WHAT_UTILITIES_ARE,
        )
    if missing := np.count_nonzero(np.isnan(utilities.astype(float))):
        trial.fail(
            f"returned the utility NaN for {missing} of {n} candidates{where}",
            "A utility must be a number that can be sorted: look for 0/0, 0·log 0 (use "
            "scipy.special.xlogy) or ∞ − ∞; -np.inf ranks a row last.",
        )
    return utilities.astype(float)


def check_number_of_picks(trial: Trial) -> None:
    """Check that select(state, n) returns n integers."""
    for n in (1, N):
        picks = trial.pick(trial.problem.restricted(), n)
        if _is_none(picks):
            trial.fail(f"returned None from select(state, {n})", f"{NO_RETURN} {WHAT_PICKS_ARE}")
        if picks.shape != (n,) or picks.dtype.kind not in "iu":
            trial.fail(
                f"returned an array of shape {picks.shape} and type {picks.dtype} from "
                f"select(state, {n}); expected shape ({n},) and integers",
                HOW_TO_UNMASK if picks.dtype.kind == "b" else WHAT_PICKS_ARE,
            )


def check_positions(trial: Trial) -> None:
    """Check that the selected rows are candidates, as positions in the pool."""
    state = trial.problem.restricted()
    check_candidates(trial, trial.pick(state, N), state)


def check_candidates(trial: Trial, picks: np.ndarray, state: QueryState, where: str = "") -> None:
    """Fail the check unless all selected rows are candidates."""
    strangers = np.setdiff1d(picks, state.candidates)
    if not len(strangers):
        return
    seen = f"selected {_listed(strangers)}{where and ' ' + where}"
    if np.isin(picks, state.pool.rows[state.candidates]).all():
        trial.fail(
            f"{seen}: these are row numbers of X (state.pool.rows), and positions in the pool are "
            "expected",
            "Return some of state.candidates; the learner converts positions into row numbers.",
        )
    trial.fail(
        f"{seen}, not among state.candidates",
        "If these are indices into state.candidates, such as np.argsort gives, return "
        "state.candidates[indices].",
    )


def check_repeats(trial: Trial) -> None:
    """Check that no row is selected twice in a batch."""
    state = trial.problem.restricted()
    check_once_each(trial, trial.pick(state, 2 * N))


def check_once_each(trial: Trial, picks: np.ndarray, where: str = "") -> None:
    """Fail the check if a row is selected twice."""
    values, counts = np.unique(picks, return_counts=True)
    if (counts > 1).any():
        trial.fail(
            f"selected {_listed(values[counts > 1])} more than once in a batch of {len(picks)}"
            f"{where and ' ' + where}",
            "Each row can be selected only once: exclude a row after it is selected (by a mask, "
            "or a utility of -np.inf).",
        )


def check_all_candidates(trial: Trial) -> None:
    """Check that a batch of the size of the pool contains all of it."""
    state = trial.problem.restricted()
    n = len(state.candidates)
    valid_picks(trial, state, n, f"when all {n} candidates were requested")


def valid_picks(trial: Trial, state: QueryState, n: int, where: str, **how: Any) -> np.ndarray:
    """Return n different candidates, or fail the check."""
    picks = trial.pick(state, n, where, **how)
    check_candidates(trial, picks, state, where)
    check_once_each(trial, picks, where)
    if picks.shape != (n,):
        trial.fail(
            f"returned an array of shape {picks.shape} {where}; expected shape ({n},)",
            "select(state, n) must return n positions: when the best rows run out, go on with "
            "the others.",
        )
    return picks


def _is_none(returned: np.ndarray) -> bool:
    """Return whether an array was made from None."""
    return returned.shape == () and returned.item() is None


def _listed(positions: np.ndarray) -> str:
    """Return the first few of some numbers, as text."""
    shown = ", ".join(map(str, positions[:5]))
    return shown + (", …" if len(positions) > 5 else "")
