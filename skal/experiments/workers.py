"""Worker processes that end when the process they work for has ended, killed or not."""

import multiprocessing
import os
import threading
import time
from functools import cache

SECONDS = 1.0  # between two looks


@cache
def end_with(main: int) -> None:
    """In a worker process of the process `main`: end once that has ended; elsewhere do nothing.

    loky's workers would wait for work of a process that was killed for minutes, with their data in
    memory.  Where a worker runs in a thread or on a cluster, `main` is not its parent.
    """
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid == main:
        threading.Thread(target=_wait, args=(parent,), name="end_with", daemon=True).start()


def _wait(parent):
    """Wait for the end of the parent, then end this process and those that it has started."""
    if parent.sentinel is None:  # loky's processes have none outside Windows
        while os.getppid() == parent.pid:  # the system gives orphans another parent
            time.sleep(SECONDS)
    else:
        parent.join()
    for child in multiprocessing.active_children():
        child.terminate()
    os._exit(1)
