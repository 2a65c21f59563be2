"""Threads that teach one learner take turns, and none overwrites what another has learned."""

import os
import threading
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary


class Turns(NamedTuple):
    """The locks of one learner: re-entrant, so that no call waits for itself.

    Kept beside the learner and not in it: a lock can be neither pickled nor copied.

    Attributes
    ----------
    teaching : RLock
        Held while labels are learned, a refit included: by one thread after the other.
    writing : RLock
        Held for the moment in which a session takes the place of another.
    """

    teaching: Any
    writing: Any


_TURNS: WeakKeyDictionary[Any, Turns] = WeakKeyDictionary()
_LOCK = threading.RLock()


def turns_of(learner: Any) -> Turns:
    """The locks of a learner, the same at every call."""
    with _LOCK:
        return _TURNS.setdefault(learner, Turns(threading.RLock(), threading.RLock()))


def _forget() -> None:
    """Start with no lock held: the threads that hold one have not come along into a fork."""
    global _LOCK
    _LOCK = threading.RLock()
    _TURNS.clear()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_forget)
