"""A strategy is a scikit-learn object: it can be cloned and pickled, and says what it needs."""

import pickle

import numpy as np
from sklearn.base import clone

from skal._checks import HOW_TO_GIVE
from skal.strategies import Strategy
from skal.testing.trial import Trial

N = 3


def check_cloning(trial: Trial) -> None:
    """The constructor stores its parameters and does nothing else."""
    try:
        copied = clone(trial.strategy)
    except (TypeError, RuntimeError) as error:
        trial.fail(f"cannot be cloned ({error})", "__init__ must store each parameter as it is.")
    if others := sorted(vars(copied).keys() - copied.get_params(deep=False).keys()):
        trial.fail(
            f"has the attributes {', '.join(others)} when it is made, which are no parameters",
            "__init__ must store its parameters, under their own names, and do nothing else: "
            "compute the rest in select, and check parameters in check().",
        )
    if repr(copied) != repr(trial.strategy):
        trial.fail(f"has the clone {copied!r}", "A clone must have the same parameters.")


def check_needs(trial: Trial) -> None:
    """`needs` is a set of what learners know how to give."""
    needs = trial.strategy.needs
    if not isinstance(needs, set | frozenset):
        trial.fail(f"has needs={needs!r}", 'Write a set, such as frozenset({"model", "proba"}).')
    if unknown := sorted(map(str, needs - HOW_TO_GIVE.keys())):
        trial.fail(f"needs {unknown}, unknown here", f"Known are {sorted(HOW_TO_GIVE)}.")
    if {"classifier", "regressor"} <= needs:
        trial.fail("needs a classifier and a regressor", "Name one; for both tasks, neither.")


def check_pickling(trial: Trial) -> None:
    """A strategy that was pickled chooses the same."""
    try:
        copied = _pickled(trial.strategy)
    except Exception as error:
        trial.fail(
            f"cannot be pickled ({type(error).__name__}: {error})",
            "Comparisons and searches in several processes pickle it: keep no open files or "
            "generators, and no functions but those of a module.",
        )
    picks = trial.pick(trial.problem.state(), N)
    again = trial.pick(trial.problem.state(), N, by=copied)
    if not np.array_equal(picks, again):
        trial.fail(
            f"picked {picks.tolist()}, and {again.tolist()} once it was pickled",
            "What it chooses must follow from its parameters and the state.",
        )


def _pickled(strategy: Strategy) -> Strategy:
    """A copy by way of pickle."""
    kind = type(strategy)
    if kind.__module__ == "__main__":  # of a notebook: its classes cannot be pickled, by no fault
        return kind(**pickle.loads(pickle.dumps(strategy.get_params(deep=False))))
    return pickle.loads(pickle.dumps(strategy))


def check_loop(trial: Trial) -> None:
    """A learner fits, queries and teaches with the strategy."""
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
