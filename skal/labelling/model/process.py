"""The process in which a model learns, so that it neither slows the page nor takes it down."""

import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any

from skal.labelling.model.fitting import Plan, Progress, Question, Reply, reply

NICE = 10
ANY = 0  # the number of what is told without a question
STARTING = "Starting the model"


class ModelFailed(RuntimeError):
    """The model raised, took too long, or its process ended."""


class ModelProcess:
    """A spawned process that replies to questions; a new one takes its place when it fails."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._process: Any = None
        self._pipe: Connection | None = None
        self._asked = 0  # questions: what is told of an earlier one is not heard
        self._is_ready = False  # to hear questions: a pipe holds little of a large one before
        self._waiting: Question | None = None

    def start(self) -> None:
        """Have a process, which imports what it needs and reads the features."""
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            mine, theirs = context.Pipe()
            process = context.Process(target=work, args=(theirs, self.plan), daemon=True)
            try:
                with without_interrupts():
                    process.start()
            except (
                OSError,
                RuntimeError,
                AttributeError,
                TypeError,
                pickle.PicklingError,
            ) as error:
                mine.close()
                raise ModelFailed(f"No process for the model: {_sentence(error)}") from error
            finally:
                theirs.close()
            self._pipe, self._process, self._is_ready = mine, process, False

    def ask(self, question: Question) -> None:
        """Have the process hear a question once it has read the features; it is started if needed.

        Nobody waits for that here: `told` sends the question when the process says that it hears.
        """
        self.start()
        self._asked += 1
        self._waiting = question
        self._send()

    def told(self, seconds: float) -> Progress | Reply | None:
        """What the process says within so many seconds, if anything; an error where it failed."""
        if self._pipe is None:
            return None
        try:
            if not self._pipe.poll(seconds):
                return None
            number, told = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._ended() from error
        if told is None:
            self._is_ready = True
            self._send()
            return Progress(STARTING, 1, 1)
        if number not in (ANY, self._asked):
            return None
        if isinstance(told, str):
            raise ModelFailed(told)
        return told

    @property
    def pid(self) -> int | None:
        """The number of the process, while there is one."""
        return None if self._process is None else self._process.pid

    def end(self) -> int | None:
        """End the process, whatever it is doing; its exit code."""
        process, self._process = self._process, None
        pipe, self._pipe, self._waiting = self._pipe, None, None
        if pipe is not None:
            pipe.close()
        if process is None:
            return None
        process.kill()
        process.join()
        code = process.exitcode
        process.close()
        return code

    def _send(self):
        if not self._is_ready or self._waiting is None or self._pipe is None:
            return
        question, self._waiting = self._waiting, None
        try:
            self._pipe.send((self._asked, question))
        except OSError as error:
            raise self._ended() from error

    def _ended(self):
        code = self.end()
        return ModelFailed(f"The process of the model ended (exit code {code}).")


@contextlib.contextmanager
def without_interrupts() -> Iterator[None]:
    """Start processes that ignore Ctrl+C, which a terminal sends to all processes.

    The process that started them ends them. A traceback of theirs, in the middle of their imports,
    would look like an error.
    """
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # its start would unblock the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def work(pipe: Connection, plan: Plan) -> None:
    """Read the features, and reply until the other side is gone."""
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    with contextlib.suppress(OSError):
        pipe.send((ANY, Progress(STARTING, 0, 1)))
    from threadpoolctl import threadpool_limits

    n_threads = max(1, (os.cpu_count() or 2) - 1)
    with threadpool_limits(n_threads), contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        _prepare(pipe, plan)
        while True:
            number, question = pipe.recv()
            try:
                told: Reply | str = reply(plan, question, _telling(pipe))
            except Exception as error:
                told = _sentence(error)
            pipe.send((number, told))


def _end_with_the_server():
    """End in the middle of a fit if the process that started this one was killed."""
    server = multiprocessing.parent_process()
    if server is not None:
        wait([server.sentinel])
        os._exit(1)


def _prepare(pipe, plan):
    """Do what the first question would wait for."""
    try:
        plan.learner(0)
        pipe.send((ANY, Progress(STARTING, 1, 1)))
        plan.rows(_telling(pipe))
    except Exception as error:
        pipe.send((ANY, _sentence(error)))
    pipe.send((ANY, None))  # questions are heard from now on


def _telling(pipe):
    return lambda progress: pipe.send((ANY, progress))


def _sentence(error):
    return f"{type(error).__name__}: {error}"
