"""What a strategy returns: n different candidates, by their positions in the pool."""

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
    """Utilities are one number a candidate, none of them NaN."""
    checked_utilities(trial, trial.problem.restricted())


def checked_utilities(trial: Trial, state: QueryState, where: str = "") -> np.ndarray:
    """The utilities of the candidates, or a sentence."""
    utilities, n = trial.rate(state, where), len(state.candidates)
    where = where and f" {where}"
    if _is_none(utilities):
        trial.fail(
            f"returned None from utilities(state){where}", f"{NO_RETURN} {WHAT_UTILITIES_ARE}"
        )
    if utilities.shape != (n,) or utilities.dtype.kind not in "biuf":
        trial.fail(
            f"gave {n} candidates utilities of shape {utilities.shape} and type "
            f"{utilities.dtype}{where}; shape ({n},) and numbers are expected",
            WHAT_UTILITIES_ARE,
        )
    if missing := np.count_nonzero(np.isnan(utilities.astype(float))):
        trial.fail(
            f"gave {missing} of {n} candidates the utility NaN{where}",
            "A utility must be a number, which can be sorted: look for 0/0, 0·log 0 (use "
            "scipy.special.xlogy) or ∞ − ∞; -np.inf ranks a row last.",
        )
    return utilities.astype(float)


def check_number_of_picks(trial: Trial) -> None:
    """select(state, n) returns n integers."""
    for n in (1, N):
        picks = trial.pick(trial.problem.restricted(), n)
        if _is_none(picks):
            trial.fail(f"returned None from select(state, {n})", f"{NO_RETURN} {WHAT_PICKS_ARE}")
        if picks.shape != (n,) or picks.dtype.kind not in "iu":
            trial.fail(
                f"returned an array of shape {picks.shape} and type {picks.dtype} from "
                f"select(state, {n}); shape ({n},) and integers are expected",
                HOW_TO_UNMASK if picks.dtype.kind == "b" else WHAT_PICKS_ARE,
            )


def check_positions(trial: Trial) -> None:
    """What is picked are candidates, by their positions in the pool."""
    state = trial.problem.restricted()
    check_candidates(trial, trial.pick(state, N), state)


def check_candidates(trial: Trial, picks: np.ndarray, state: QueryState, where: str = "") -> None:
    """Raise a sentence unless all picks are candidates."""
    strangers = np.setdiff1d(picks, state.candidates)
    if not len(strangers):
        return
    seen = f"picked {_listed(strangers)}{where and ' ' + where}"
    if np.isin(picks, state.pool.rows[state.candidates]).all():
        trial.fail(
            f"{seen}: these are row numbers of X (state.pool.rows), and positions in the pool are "
            "expected",
            "Return some of state.candidates; the learner turns positions into row numbers.",
        )
    trial.fail(
        f"{seen}, not among state.candidates",
        "If these are indices into state.candidates, such as np.argsort gives, return "
        "state.candidates[indices].",
    )


def check_repeats(trial: Trial) -> None:
    """No row is picked twice in a batch."""
    state = trial.problem.restricted()
    check_once_each(trial, trial.pick(state, 2 * N))


def check_once_each(trial: Trial, picks: np.ndarray, where: str = "") -> None:
    """Raise a sentence if a pick repeats."""
    values, counts = np.unique(picks, return_counts=True)
    if (counts > 1).any():
        trial.fail(
            f"picked {_listed(values[counts > 1])} more than once in a batch of {len(picks)}"
            f"{where and ' ' + where}",
            "Each row may be asked for once: take a row out of the running when it is picked (by "
            "a mask, or a utility of -np.inf).",
        )


def check_all_candidates(trial: Trial) -> None:
    """A batch as large as the pool is all of it."""
    state = trial.problem.restricted()
    n = len(state.candidates)
    valid_picks(trial, state, n, f"when all {n} candidates were asked for")


def valid_picks(trial: Trial, state: QueryState, n: int, where: str, **how: Any) -> np.ndarray:
    """n different candidates, or a sentence."""
    picks = trial.pick(state, n, where, **how)
    check_candidates(trial, picks, state, where)
    check_once_each(trial, picks, where)
    if picks.shape != (n,):
        trial.fail(
            f"returned an array of shape {picks.shape} {where}; shape ({n},) is expected",
            "select(state, n) must return n positions: when the best rows run out, go on with "
            "the others.",
        )
    return picks


def _is_none(returned: np.ndarray) -> bool:
    """Whether an array was made of None."""
    return returned.shape == () and returned.item() is None


def _listed(positions: np.ndarray) -> str:
    """The first few of some numbers."""
    shown = ", ".join(map(str, positions[:5]))
    return shown + (", …" if len(positions) > 5 else "")
