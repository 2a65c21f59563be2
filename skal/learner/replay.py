"""Spending a budget of labels that are known already, as if they had to be asked for."""

import math
import warnings
from dataclasses import replace

from skal.learner.callbacks import Report
from skal.learner.fitting import Fitter
from skal.learner.session import Session


def replay(
    session: Session, fitter: Fitter, report: Report, *, budget: int, first: int, batch_size: int
) -> Session:
    """Ask, reveal and refit until the budget is spent, no label is left or a callback says stop.

    The labels of the session are hidden.  The first batch counts towards the budget; while fewer
    than two classes are known, `initial` goes on asking.
    """
    while (left := budget - session.training.n_labelled) > 0:
        size = first if session.fitted is None else batch_size
        rows, session = session.ask(fitter, min(left, size))
        session, stop = report.refitted(session, session.training.reveal(rows), rows)
        if stop:
            break
    fitter.check_enough(session.training, initial_may_ask=False)
    return replace(session, training=session.training.forget_hidden())


def affordable(budget: int, n_labels: int, first: int) -> int:
    """The budget that n_labels can cover; a warning where that, or nothing to ask, surprises."""
    if n_labels < budget:
        warnings.warn(
            f"replay_budget={budget} is more than the {n_labels} labels there are to replay: all "
            "of them are used.",
            stacklevel=4,
        )
    budget = min(budget, n_labels)
    if budget <= first:
        warnings.warn(
            f"The first batch of {first} labels spends the whole budget of {budget}: the strategy "
            "is not asked. Set initial_size= or batch_size= below it.",
            stacklevel=4,
        )
    return budget


def most_rounds(budget: int, first: int, batch_size: int) -> int:
    """How many models a replay fits at most: one on the first batch, one more a batch."""
    return 1 + math.ceil(max(budget - first, 0) / batch_size)
