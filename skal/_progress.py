"""A progress bar for long queries in a terminal.

`Session` opens the bar's screen around a query; loops iterate over `counted`.  A bar appears if the
first steps show that a loop will take more than ten seconds, standard error is a terminal, rich is
installed, and this is the main thread of the main process.  Without a screen, `counted` returns its
steps unchanged.
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

# A loop is shown if it takes, and has taken, at least these numbers of seconds.
LONG, FIRST = 10.0, 1.0


class _Screen:
    """Show at most one bar, which disappears when the query ends in any way."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._owner: object = None

    def step(self, owner: object, what: str, done: int, total: int, seconds: float) -> None:
        """Show the progress of a loop, unless it is inside another one that is shown."""
        if self._bar is None:
            if seconds < FIRST or seconds * total / done < LONG or done == total:
                return
            self._bar, self._owner = _bar(), owner
            self._bar.start()
            self._task = self._bar.add_task(what, total=total)
        if self._owner is owner:
            self._bar.update(self._task, completed=done, description=what)

    def leave(self, owner: object) -> None:
        """Remove the bar, if it belongs to this loop (None: to any)."""
        if self._bar is not None and (owner is None or self._owner is owner):
            self._bar.stop()
            self._bar = self._owner = None


_screen: ContextVar[_Screen | None] = ContextVar("screen", default=None)
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextlib.contextmanager
def reported() -> Iterator[None]:
    """Show progress of long loops inside this context, if a terminal is visible."""
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
    """Show no progress inside this context: replays consist of many queries."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def counted(steps: Sequence[Step], what: str) -> Iterable[Step]:
    """Iterate over the steps of a loop, and show its progress if it takes long.

    Parameters
    ----------
    steps : sequence
        The steps of the loop.
    what : str
        The description of the work, such as "Bait adds rows".
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
    """Iterate over pieces of a pool, and show the number of rows and rows per second.

    Parameters
    ----------
    pieces : iterable
        The pieces; each has `rows`.
    total : int
        The number of rows of all pieces.
    what : str
        The description of the work, such as "Reading the pool".
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
    """Return whether a bar would be visible and not disturb other output."""
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
    """Create a bar on standard error that leaves the streams unchanged, and no trace at its end."""
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
