"""How a fit goes on: once on the labels known, or round by round in a replay."""

import math
import warnings
from dataclasses import dataclass, replace
from typing import Any

from skal._progress import unreported
from skal.learner.callbacks import Report
from skal.learner.fitting import Fitter
from skal.learner.session import Session


def next_batch_size(learner: Any, session: Session) -> int:
    """How many rows the learner asks for next."""
    if session.fitted is None and learner.initial_size is not None:
        return learner.initial_size
    return learner.batch_size


def plan_of(learner: Any, session: Session, fitter: Fitter) -> "Once | Replay":
    """What a `fit` is to do; an error where it would lead to no model."""
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
        """The session with models, if there are labels."""
        training = session.training
        if training.n_labelled:
            session, _ = report.refitted(session, training, training.labelled_rows)
        report.end(session)
        return session


@dataclass(frozen=True)
class Replay:
    """Spend a budget of labels that are known already, as if they had to be asked for.

    Attributes
    ----------
    budget : int
        How many labels; the first batch counts.
    first, batch_size : int
        How many are asked for while there is no model, and after that.
    """

    budget: int
    first: int
    batch_size: int

    @property
    def n_models(self) -> int:
        """How many are fitted at most: one on the first batch, one more a batch."""
        return 1 + math.ceil(max(self.budget - self.first, 0) / self.batch_size)

    def carried_out(self, session: Session, report: Report) -> Session:
        """Ask, reveal and refit until the budget is spent or a callback says stop.

        The labels of the session are hidden.  While fewer than two classes are known, `initial`
        goes on asking.
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
