"""The next block is read while one is looked at."""

import queue
import threading
from collections.abc import Iterator
from typing import Any, TypeVar

from sklearn import config_context, get_config

Item = TypeVar("Item")

END = object()


def prefetched(items: Iterator[Item], ahead: int = 1) -> Iterator[Item]:
    """The same items in the same order, `ahead` of which are read by another thread meanwhile.

    An error comes where it would have come.  The thread ends with the iterator, at the latest
    after the item that it is reading.
    """
    found: queue.Queue[Any] = queue.Queue(maxsize=ahead)
    stopped = threading.Event()
    settings = get_config()  # scikit-learn's, which another thread does not see
    thread = threading.Thread(target=_read, args=(items, found, stopped, settings), daemon=True)
    thread.start()
    try:
        while True:
            item, error = found.get()
            if error is not None:
                raise error
            if item is END:
                return
            yield item
            del item  # not in memory beside the next one
    finally:
        stopped.set()
        while thread.is_alive():
            _emptied(found)
            thread.join(timeout=0.02)


def _read(
    items: Iterator[Any],
    found: "queue.Queue[Any]",
    stopped: threading.Event,
    settings: dict[str, Any],
) -> None:
    """Put the items, and last how it ended."""
    end: tuple[Any, BaseException | None] = (END, None)
    try:
        with config_context(**settings):
            for item in items:
                found.put((item, None))
                del item
                if stopped.is_set():
                    return
    except BaseException as error:  # whatever it is, it is raised in the thread that waits
        end = (END, error)
    finally:
        if not stopped.is_set():
            found.put(end)
        if hasattr(items, "close"):
            items.close()


def _emptied(found: "queue.Queue[Any]") -> None:
    """Make room, so that a thread that waits to put an item goes on."""
    try:
        while True:
            found.get_nowait()
    except queue.Empty:
        return
