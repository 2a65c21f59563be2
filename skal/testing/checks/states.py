"""Checks with unusual states: few rows, equal rows, certain models, classes without labels."""

import warnings
from collections.abc import Callable

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skal.state import QueryState
from skal.testing.checks.picks import checked_utilities, valid_picks
from skal.testing.trial import Trial

N = 4


def check_one_candidate(trial: Trial) -> None:
    """Check a pool of a single row."""
    X = trial.problem.pool[:1]
    valid_picks(trial, trial.problem.state(X=X), 1, "in a pool of one row")


def check_equal_rows(trial: Trial) -> None:
    """Check a pool of equal rows, without distances or deviations."""
    X = np.ones_like(trial.problem.pool)
    _choose(trial, lambda: trial.problem.state(X=X), "in a pool of equal rows")


def check_certain_model(trial: Trial) -> None:
    """Check rows so extreme that probabilities are exactly 0 and 1."""
    X = 1e4 * trial.problem.pool[:6]
    _choose(trial, lambda: trial.problem.state(X=X), "when the model is certain of every row")


def check_unseen_class(trial: Trial) -> None:
    """Check a known class without labels, whose probability is 0."""
    where = "when a class of state.classes has no label yet"
    _choose(trial, lambda: trial.problem.state("unseen class"), where)


def check_no_model(trial: Trial) -> None:
    """Check a query before there is a model, if the strategy needs none."""
    where = "before there was a model"
    mend = 'A strategy that requires one must declare it: needs = frozenset({"model"}).'
    valid_picks(trial, trial.problem.state("no model"), N, where, mend=mend)


def _choose(trial: Trial, new_state: Callable[[], QueryState], where: str) -> None:
    """Check that utilities, if there are any, are not NaN, and that the selection is valid."""
    with warnings.catch_warnings():  # the error about NaN is more helpful; refits may not converge
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        if trial.rates_rows:
            checked_utilities(trial, new_state(), where)
        valid_picks(trial, new_state(), N, where)
