"""Attributes of a learner that its session knows: `classes_`, `history_` and the like."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skal.learner.session import Session

Value = TypeVar("Value")


class FromSession(Generic[Value]):
    """An attribute read from the session; a learner has none until its session knows it.

    So one assignment of a session changes all of them together, and an interrupt leaves none
    behind.
    """

    def __init__(self, read: Callable[[Session], Value | None], *, none_ok: bool = False):
        self.read = read
        self.none_ok = none_ok

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, learner: None, owner: type) -> "FromSession[Value]": ...

    @overload
    def __get__(self, learner: object, owner: type) -> Value: ...

    def __get__(self, learner: Any, owner: type) -> Any:
        if learner is None:
            return self
        session = vars(learner).get("_session")
        value = None if session is None else self.read(session)
        if value is None and (session is None or not self.none_ok):
            raise AttributeError(f"This {owner.__name__} has no {self.name} (yet).")
        return value


class SessionAttributes:
    """What a learner knows since `fit`, and the errors where it does not know it yet."""

    _session: Session

    estimator_ = FromSession(lambda session: session.fitted and session.fitted.estimator)
    surrogate_ = FromSession(lambda session: session.fitted and session.fitted.surrogate)
    previous_estimator_ = FromSession(
        lambda session: session.previous and session.previous.estimator, none_ok=True
    )
    strategy_ = FromSession(lambda session: session.strategy)
    classes_ = FromSession(lambda session: session.classes)
    history_ = FromSession(lambda session: list(session.history))
    n_features_in_ = FromSession(
        lambda session: session.reader.columns and session.reader.columns.number
    )
    feature_names_in_ = FromSession(
        lambda session: session.reader.columns and session.reader.columns.names
    )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")

    def _begun(self) -> Session:
        """The session, or an error that says to call fit first."""
        check_is_fitted(self, "history_")
        return self._session

    def _model(self) -> Any:
        """The model of today, or an error that says why there is none."""
        if not hasattr(self, "estimator_") and hasattr(self, "history_"):
            raise NotFittedError(
                "No model is fitted yet, since too few labels are known: query() and teach() until "
                "two classes (of a regression: two labels) are."
            )
        check_is_fitted(self)
        return self.estimator_
