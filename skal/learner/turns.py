"""Locks with which several threads can teach one learner without losing labels."""

import os
import threading
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary


class Turns(NamedTuple):
    """Store the locks of one learner; they are re-entrant, so no call waits for itself.

    They are stored outside the learner, because a lock can be neither pickled nor copied.

    Attributes
    ----------
    teaching : RLock
        Held by one thread at a time while it adds labels and refits.
    writing : RLock
        Held only while a session is replaced by another.
    """

    teaching: Any
    writing: Any


_TURNS: WeakKeyDictionary[Any, Turns] = WeakKeyDictionary()
_LOCK = threading.RLock()


def turns_of(learner: Any) -> Turns:
    """Return the locks of a learner, the same at every call."""
    with _LOCK:
        return _TURNS.setdefault(learner, Turns(threading.RLock(), threading.RLock()))


def _forget() -> None:
    """Start without held locks after a fork: the threads that hold them are not forked."""
    global _LOCK
    _LOCK = threading.RLock()
    _TURNS.clear()


if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(after_in_child=_forget)
