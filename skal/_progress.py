"""A bar for a query that takes long, in a terminal: loops say how far they are.

`Session` opens the screen around a query; loops pass their steps through `counted`.  A bar appears
once the first steps say that a loop will take more than ten seconds, where standard error is a
terminal, rich is installed, and this is the main thread of the main process.  Without a screen
`counted` hands its steps on as they are.
"""

import contextlib
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, TypeVar

Step = TypeVar("Step")

# Seconds that a loop must be estimated to take, and that it must have taken, to be shown.
LONG, FIRST = 10.0, 1.0


class _Screen:
    """At most one bar, which is gone when the query ends, however it ends."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._owner: object = None

    def step(self, owner: object, what: str, done: int, total: int, seconds: float) -> None:
        """Say how far a loop is; a loop within one that is shown is not."""
        if self._bar is None:
            if seconds < FIRST or seconds * total / done < LONG or done == total:
                return
            self._bar, self._owner = _bar(), owner
            self._bar.start()
            self._task = self._bar.add_task(what, total=total)
        if self._owner is owner:
            self._bar.update(self._task, completed=done, description=what)

    def leave(self, owner: object) -> None:
        """Take the bar away, if it is of this loop (None: whoever's)."""
        if self._bar is not None and (owner is None or self._owner is owner):
            self._bar.stop()
            self._bar = self._owner = None


_screen: ContextVar[_Screen | None] = ContextVar("screen", default=None)
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextlib.contextmanager
def reported() -> Iterator[None]:
    """Within it loops that take long are shown, where somebody can see them."""
    if _quiet.get() or _screen.get() is not None or not _seen():
        yield
        return
    screen = _Screen()
    token = _screen.set(screen)
    try:
        yield
    finally:
        _screen.reset(token)
        screen.leave(None)


@contextlib.contextmanager
def unreported() -> Iterator[None]:
    """Within it nothing is shown: of replays, which are many queries."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def counted(steps: Sequence[Step], what: str) -> Iterable[Step]:
    """The steps of a loop, whose progress is shown if it takes long.

    Parameters
    ----------
    steps : sequence
        What the loop goes through.
    what : str
        What is done, such as "Bait adds rows".
    """
    screen = _screen.get()
    return steps if screen is None else _counted(steps, what, screen)


def _counted(steps: Sequence[Step], what: str, screen: _Screen) -> Iterator[Step]:
    start, owner = time.perf_counter(), object()
    try:
        for done, step in enumerate(steps, start=1):
            yield step
            screen.step(owner, what, done, len(steps), time.perf_counter() - start)
    finally:
        screen.leave(owner)


def counted_rows(pieces: Iterable[Step], total: int, what: str) -> Iterable[Step]:
    """The pieces of a pool, whose rows are counted and told beside how many a second there are.

    Parameters
    ----------
    pieces : iterable
        What the loop goes through; each has `rows`.
    total : int
        How many rows all pieces have.
    what : str
        What is done, such as "Reading the pool".
    """
    screen = _screen.get()
    return pieces if screen is None else _counted_rows(pieces, total, what, screen)


def _counted_rows(pieces: Iterable[Any], total: int, what: str, screen: _Screen) -> Iterator[Any]:
    start, owner, done = time.perf_counter(), object(), 0
    try:
        for piece in pieces:
            yield piece
            done += len(piece.rows)
            seconds = time.perf_counter() - start
            told = f"{what}, {done / max(seconds, 1e-9):,.0f} rows a second"
            screen.step(owner, told, done, total, seconds)
    finally:
        screen.leave(owner)


def _seen() -> bool:
    """Whether a bar can be seen, and will not be in anybody's way."""
    return (
        os.environ.get("SKAL_PROGRESS", "1") != "0"
        and sys.stderr is not None
        and sys.stderr.isatty()
        and threading.current_thread() is threading.main_thread()
        and multiprocessing.current_process().name == "MainProcess"
        and _has_rich()
    )


def _has_rich() -> bool:
    from importlib.util import find_spec

    return find_spec("rich") is not None


def _bar() -> Any:
    """A bar on standard error that leaves the streams alone, and no trace when it ends."""
    from rich import progress as rich
    from rich.console import Console

    return rich.Progress(
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TimeElapsedColumn(),
        rich.TextColumn("left:"),
        rich.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
