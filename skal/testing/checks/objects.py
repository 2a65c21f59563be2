"""Checks of the scikit-learn interface: cloning, pickling and declared needs."""

import pickle

import numpy as np
from sklearn.base import clone

from skal._checks import HOW_TO_GIVE
from skal.strategies import Strategy
from skal.testing.trial import Trial

N = 3


def check_cloning(trial: Trial) -> None:
    """Check that the constructor stores its parameters and does nothing else."""
    try:
        copied = clone(trial.strategy)
    except (TypeError, RuntimeError) as error:
        trial.fail(f"cannot be cloned ({error})", "__init__ must store each parameter unchanged.")
    if others := sorted(vars(copied).keys() - copied.get_params(deep=False).keys()):
        trial.fail(
            f"has the attributes {', '.join(others)} after construction, which are not parameters",
            "__init__ must store its parameters, under their own names, and do nothing else: "
            "compute the rest in select, and validate parameters in check().",
        )
    if repr(copied) != repr(trial.strategy):
        trial.fail(f"has the clone {copied!r}", "A clone must have the same parameters.")


def check_needs(trial: Trial) -> None:
    """Check that `needs` is a set of needs that learners know."""
    needs = trial.strategy.needs
    if not isinstance(needs, set | frozenset):
        trial.fail(f"has needs={needs!r}", 'Use a set, such as frozenset({"model", "proba"}).')
    if unknown := sorted(map(str, needs - HOW_TO_GIVE.keys())):
        trial.fail(f"needs {unknown}, unknown here", f"Known are {sorted(HOW_TO_GIVE)}.")
    if {"classifier", "regressor"} <= needs:
        trial.fail("needs a classifier and a regressor", "Name one; for both tasks, neither.")


def check_pickling(trial: Trial) -> None:
    """Check that a pickled strategy selects the same rows."""
    try:
        copied = _pickled(trial.strategy)
    except Exception as error:
        trial.fail(
            f"cannot be pickled ({type(error).__name__}: {error})",
            "Comparisons and searches in several processes pickle it: store no open files or "
            "generators, and only functions of a module.",
        )
    picks = trial.pick(trial.problem.state(), N)
    again = trial.pick(trial.problem.state(), N, by=copied)
    if not np.array_equal(picks, again):
        trial.fail(
            f"selected {picks.tolist()}, and {again.tolist()} after pickling",
            "Its selection must depend only on its parameters and the state.",
        )


def _pickled(strategy: Strategy) -> Strategy:
    """Return a copy made by pickle."""
    kind = type(strategy)
    # classes of a notebook cannot be pickled, which is no error of the strategy
    if kind.__module__ == "__main__":
        return kind(**pickle.loads(pickle.dumps(strategy.get_params(deep=False))))
    return pickle.loads(pickle.dumps(strategy))


def check_loop(trial: Trial) -> None:
    """Check that a learner can fit, query and teach with the strategy."""
    problem = trial.problem
    try:
        learner = problem.new_learner(clone(trial.strategy), batch_size=N)
        rows = learner.query()
        learner.teach(rows, problem.y[rows]).query()
    except (TypeError, ValueError, AttributeError) as error:
        raise AssertionError(
            f"{trial.strategy!r} raised {type(error).__name__} in a learner's second round or "
            f"before: {error}"
        ) from error
