"""Errors for old names, which give the new one."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def refuse_old_names(owner: str, given: Iterable[str], renamed: Mapping[str, str]) -> None:
    """Raise a TypeError if a keyword has an old name."""
    for name in given:
        if name in renamed:
            raise TypeError(
                f"{owner} has no parameter {name!r}: it is called {renamed[name]!r} now."
            )


def renamed_parameters(**renamed: str) -> Callable[[Decorated], Decorated]:
    """Decorate a function or an `__init__` whose parameters have been renamed (old="new")."""

    def decorate(function: Any) -> Any:
        @wraps(function)
        def checked(*args, **kwargs):
            method = function.__name__ == "__init__"
            owner = type(args[0]).__name__ if method else function.__name__
            refuse_old_names(owner, kwargs, renamed)
            return function(*args, **kwargs)

        checked.__dict__["renamed_parameters"] = renamed
        return checked

    return decorate


def old_parameters(function: Callable[..., object]) -> Mapping[str, str]:
    """Return the renamed parameters of a decorated function; empty for any other."""
    return getattr(function, "renamed_parameters", {})


class RenamedAttribute:
    """Raise an error for a renamed method or property."""

    def __init__(self, new: str):
        self.new = new

    def __set_name__(self, owner: type, name: str) -> None:
        self.old = name

    def __get__(self, instance: Any, owner: type) -> Any:
        raise AttributeError(
            f"{owner.__name__} has no attribute {self.old!r}: it is called {self.new!r} now."
        )


def missing_from(module: str, name: str, renamed: Mapping[str, str]) -> Exception:
    """Return the error for a missing name of a module, for its `__getattr__`.

    With ``from module import name``, the message of an ImportError is shown, and that of an
    AttributeError is not.
    """
    if name in renamed:
        return ImportError(f"{module} has no {name!r}: it is called {renamed[name]!r} now.")
    return AttributeError(f"module {module!r} has no attribute {name!r}")
