"""Unusual states: few rows, equal rows, a model that is certain, or has not seen a class."""

import warnings
from collections.abc import Callable

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skal.state import QueryState
from skal.testing.checks.picks import checked_utilities, valid_picks
from skal.testing.trial import Trial

N = 4


def check_one_candidate(trial: Trial) -> None:
    """A pool of a single row."""
    X = trial.problem.pool[:1]
    valid_picks(trial, trial.problem.state(X=X), 1, "in a pool of one row")


def check_equal_rows(trial: Trial) -> None:
    """A pool of equal rows: no distances, no deviation."""
    X = np.ones_like(trial.problem.pool)
    _choose(trial, lambda: trial.problem.state(X=X), "in a pool of equal rows")


def check_certain_model(trial: Trial) -> None:
    """Rows so far out that a model of classes gives probabilities of exactly 0 and 1."""
    X = 1e4 * trial.problem.pool[:6]
    _choose(trial, lambda: trial.problem.state(X=X), "where the model is certain of every row")


def check_unseen_class(trial: Trial) -> None:
    """A class that the learner knows of, and no label shows yet: its probability is 0."""
    where = "where a class of state.classes has no label yet"
    _choose(trial, lambda: trial.problem.state("unseen class"), where)


def check_no_model(trial: Trial) -> None:
    """A strategy that does not need a model can be asked before there is one."""
    where = "before there was a model"
    mend = 'A strategy that needs one says so: needs = frozenset({"model"}).'
    valid_picks(trial, trial.problem.state("no model"), N, where, mend=mend)


def _choose(trial: Trial, new_state: Callable[[], QueryState], where: str) -> None:
    """Utilities without NaN, where there are any, and valid picks."""
    with warnings.catch_warnings():  # the sentence about NaN says more; refits may not converge
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        if trial.rates_rows:
            checked_utilities(trial, new_state(), where)
        valid_picks(trial, new_state(), N, where)
