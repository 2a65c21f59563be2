"""The process in which a model learns, so that it neither slows the page nor takes it down."""

import contextlib
import multiprocessing
import os
from multiprocessing.connection import Connection
from typing import Any

from skal.labelling.model.fitting import Plan, Question, Reply, reply

NICE = 10


class ModelFailed(RuntimeError):
    """The model raised, took too long, or its process ended."""


class ModelProcess:
    """A spawned process that replies to questions; a new one takes its place when it fails."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._process: Any = None
        self._pipe: Connection | None = None

    def ask(self, question: Question, seconds: float) -> Reply:
        """The reply to a question; an error where none comes in time."""
        pipe = self._started()
        try:
            pipe.send(question)
            if not pipe.poll(seconds):
                raise ModelFailed(f"The model did not finish in {seconds:.0f} s.")
            told = pipe.recv()
        except (EOFError, OSError) as error:
            code = self.end()
            raise ModelFailed(f"The process of the model ended (exit code {code}).") from error
        except ModelFailed:
            self.end()
            raise
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
        if process is None:
            return None
        if self._pipe is not None:
            self._pipe.close()
        process.kill()
        process.join()
        code = process.exitcode
        process.close()
        return code

    def _started(self):
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=work, args=(theirs, self.plan), daemon=True)
            self._process.start()
            theirs.close()
        assert self._pipe is not None
        return self._pipe


def work(pipe: Connection, plan: Plan) -> None:
    """Reply until the other side is gone."""
    from threadpoolctl import threadpool_limits

    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    n_threads = max(1, (os.cpu_count() or 2) - 1)
    with threadpool_limits(n_threads), contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            question = pipe.recv()
            try:
                told: Reply | str = reply(plan, question)
            except Exception as error:
                told = f"{type(error).__name__}: {error}"
            pipe.send(told)
