"""The course of a fit: one fit on the known labels, or a replay round by round."""

import math
import warnings
from dataclasses import dataclass, replace
from typing import Any

from skal._progress import unreported
from skal.learner.callbacks import Report
from skal.learner.fitting import Fitter
from skal.learner.session import Session


def next_batch_size(learner: Any, session: Session) -> int:
    """Return the size of the learner's next batch."""
    if session.fitted is None and learner.initial_size is not None:
        return learner.initial_size
    return learner.batch_size


def plan_of(learner: Any, session: Session, fitter: Fitter) -> "Once | Replay":
    """Return the plan of a `fit`; raise an error if it cannot lead to a model."""
    if learner.replay_budget is None:
        fitter.check_enough(session.training, initial_may_ask=True)
        return Once()
    first = next_batch_size(learner, session)
    budget = affordable(learner.replay_budget, session.training.n_hidden, first)
    return Replay(budget, first, learner.batch_size)


class Once:
    """Fit on the labels that are known."""

    n_models = 1

    def carried_out(self, session: Session, report: Report) -> Session:
        """Return the session with models, if there are labels."""
        training = session.training
        if training.n_labelled:
            session, _ = report.refitted(session, training, training.labelled_rows)
        report.end(session)
        return session


@dataclass(frozen=True)
class Replay:
    """Replay known labels up to a budget, as if they were queried.

    Attributes
    ----------
    budget : int
        The number of labels, including the first batch.
    first, batch_size : int
        The batch sizes before and after there is a model.
    """

    budget: int
    first: int
    batch_size: int

    @property
    def n_models(self) -> int:
        """Return the maximum number of fits: one on the first batch, and one per further batch."""
        return 1 + math.ceil(max(self.budget - self.first, 0) / self.batch_size)

    def carried_out(self, session: Session, report: Report) -> Session:
        """Query, reveal and refit until the budget is used up or a callback requests a stop.

        The labels of the session are hidden.  While fewer than two classes are known, `initial`
        selects rows.
        """
        fitter = report.fitter
        while (left := self.budget - session.training.n_labelled) > 0:
            size = self.first if session.fitted is None else self.batch_size
            with unreported():
                rows, session = session.ask(fitter, min(left, size))
            session, stop = report.refitted(session, session.training.reveal(rows), rows)
            if stop:
                break
        fitter.check_enough(session.training, initial_may_ask=False)
        session = replace(session, training=session.training.forget_hidden())
        report.end(session)
        return session


def affordable(budget: int, n_labels: int, first: int) -> int:
    """Return the budget that n_labels can cover; warn if it is smaller, or leaves no query."""
    if n_labels < budget:
        warnings.warn(
            f"replay_budget={budget} is more than the {n_labels} known labels: all of them are "
            "used.",
            stacklevel=4,
        )
    budget = min(budget, n_labels)
    if budget <= first:
        warnings.warn(
            f"The first batch of {first} labels uses the whole budget of {budget}, so the "
            "strategy runs no query. Set initial_size= or batch_size= below the budget.",
            stacklevel=4,
        )
    return budget
