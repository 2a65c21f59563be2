"""scikit-learn's fit callbacks (1.9 and later), or stubs of them for earlier versions."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from skal.learner.fitting import Fitter
from skal.learner.session import Session
from skal.state.training_set import TrainingSet

Method = TypeVar("Method", bound=Callable[..., Any])

try:
    from sklearn.callback import CallbackSupportMixin
    from sklearn.callback import with_callbacks as with_sklearn_callbacks
except ImportError:

    def with_sklearn_callbacks(method: Callable) -> Callable:
        """Return the method itself: there are no callbacks to tear down."""
        return method

    class _SilentContext:
        """Replace a callback context by one that does nothing."""

        def subcontext(self, **_):
            return self

        def call_on_fit_task_begin(self, **_):
            return self

        def call_on_fit_task_end(self, **_):
            return False

    class _SilentMixin:
        """Replace scikit-learn 1.9's mixin by one that does nothing."""

        def _init_callback_context(self, **_):
            return _SilentContext()

    CallbackSupportMixin = _SilentMixin


def with_callbacks(method: Method) -> Method:
    """Apply scikit-learn's decorator of `fit` and keep the method's type for type checkers."""
    return with_sklearn_callbacks(method)


class Report:
    """Report the progress of a fit to callbacks.

    Attributes
    ----------
    learner : ActiveLearner
        The learner that is fitted: the `estimator` of a callback's hooks.  It is unchanged until
        the fit ends; the hooks' `fitted_estimator` is a copy that has the new session.
    context : CallbackContext
        scikit-learn's context of the whole fit.
    fitter : Fitter
        Fits the models.
    """

    def __init__(self, learner: Any, context: Any, fitter: Fitter):
        self.learner = learner
        self.context = context
        self.fitter = fitter

    def refitted(
        self, session: Session, training: TrainingSet, rows: np.ndarray
    ) -> tuple[Session, bool]:
        """Return the session with models of more labels, and whether a callback requests a stop."""
        if not self.fitter.is_enough(training):
            return session.refitted(self.fitter, training, rows), False
        task = self.context.subcontext(task_name="round")
        task.call_on_fit_task_begin(estimator=self.learner)
        session = session.refitted(self.fitter, training, rows)
        return session, bool(task.call_on_fit_task_end(**self._seen_by_callbacks(session)))

    def end(self, session: Session) -> None:
        """Report that the fit has ended."""
        self.context.call_on_fit_task_end(**self._seen_by_callbacks(session))

    def _seen_by_callbacks(self, session: Session) -> dict[str, Any]:
        """Return the data to score on: the holdout, because training scores are biased."""
        holdout = session.trusted_rows
        classify = session.classes is not None
        # during the cold start there is no model to score
        if session.fitted is None or holdout is None or not holdout.is_labelled:
            holdout = None
        return {
            "estimator": self.learner,
            "X": lambda: None if holdout is None else holdout.X,
            "y": lambda: None if holdout is None else holdout.y(classify=classify),
            "reconstruction_attributes": lambda: (
                None if session.fitted is None else {"_session": session}
            ),
        }


__all__ = ["CallbackSupportMixin", "Report", "with_callbacks"]
