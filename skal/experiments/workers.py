"""Worker processes that end when their main process has ended, killed or not."""

import multiprocessing
import os
import threading
import time
from functools import cache

SECONDS = 1.0  # between two checks


@cache
def end_with(main: int) -> None:
    """End this worker once the process `main` has ended; do nothing in other processes.

    loky's workers would wait for minutes for work of a killed process, with their data in memory.
    If a worker runs in a thread or on a cluster, `main` is not its parent.
    """
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid == main:
        threading.Thread(target=_wait, args=(parent,), name="end_with", daemon=True).start()


def _wait(parent):
    """Wait for the end of the parent, then end this process and its children."""
    if parent.sentinel is None:  # loky's processes have none, except on Windows
        while os.getppid() == parent.pid:  # the system gives orphans another parent
            time.sleep(SECONDS)
    else:
        parent.join()
    for child in multiprocessing.active_children():
        child.terminate()
    os._exit(1)
