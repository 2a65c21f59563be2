"""Attributes of a learner that are read from its session: `classes_`, `history_` and others."""

from collections.abc import Callable
from typing import Any, Generic, NoReturn, TypeVar, overload

from skal.learner.session import Session

Value = TypeVar("Value")


class FromSession(Generic[Value]):
    """Read an attribute from the session; raise AttributeError while the session has no value.

    So one assignment of a session changes all attributes together, and an interrupt cannot leave
    some of them behind.
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

    def __set__(self, learner: object, value: Any) -> NoReturn:
        raise AttributeError(f"{self.name} cannot be set: it is computed by fit and teach.")
