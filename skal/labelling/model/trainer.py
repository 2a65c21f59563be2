"""When a model learns anew, and what stands in the queue meanwhile."""

import threading
import time
from collections import Counter, deque
from dataclasses import asdict
from typing import Any

import numpy as np

from skal.labelling.model.fitting import Plan, Progress, Question, Reply
from skal.labelling.model.pace import Pace
from skal.labelling.model.process import ModelFailed, ModelProcess
from skal.labelling.rounds import Draw
from skal.labelling.store import Store
from skal.labelling.trouble import StoreError
from skal.labelling.watching import Watch

NO_ROWS = np.empty(0, dtype=np.int64)


class Trainer:
    """Keep the queue of a store filled: random rows, then typical ones, then a strategy's.

    Typical rows come as soon as features are there, as `skal.strategies.ColdStart` asks for them.
    Labelling never waits for it. A model that raises, hangs or is killed is told by `status`, the
    round is noted as failed, random rows go on, and a new process tries again with new labels.
    Nobody can tell a hung fit from a long one: it is told as slow once it takes longer than the
    last fits did, and given up later.
    """

    def __init__(
        self,
        store: Store,
        plan: Plan,
        *,
        audit: float = 0.1,
        seed: int = 0,
        pace: Pace | None = None,
    ) -> None:
        self.store, self.plan, self.audit, self.seed = store, plan, audit, seed
        self.pace = pace or Pace()
        self._model = ModelProcess(plan)
        self._ended, self._asked = threading.Event(), threading.Event()
        self._status: dict[str, Any] = {}
        self._tell("cold")
        self._seconds: deque[float] = deque(maxlen=5)  # of the last fits
        self._learned, self._tried = 0, 0  # labels at the last fit, and at the last attempt
        self._first_at: int | None = 0  # labels at which typical rows are due; None: never
        self._opened = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="trainer", daemon=True)

    def start(self) -> "Trainer":
        """Fill the queue, and go on in a thread."""
        self.fill()
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread and the model's process."""
        self._ended.set()
        self._thread.join()
        self._model.end()

    def ask_for_round(self) -> None:
        """Learn now, whatever came since the last time; requests meanwhile are one.

        A fit that takes long is given up for it.
        """
        self._asked.set()

    def status(self) -> dict[str, Any]:
        """cold, ready, learning, slow, failed or elsewhere (at another server); the error.

        `n_learned` is how many labels the model has learned from, `progress` how far something
        has come that is done once, such as reading images, `first_pending` whether typical rows
        may come in a moment, `audit` the share of random rows.
        """
        soon = time.monotonic() - self._opened < self.pace.first_soon
        pending = soon and self._first_at == 0 and self._status["state"] == "cold"
        told = {"n_learned": self._learned, "first_pending": pending, "audit": self.audit}
        return {**self._status, **told}

    @property
    def pid(self) -> int | None:
        """The process of the model."""
        return self._model.pid

    def fill(self) -> int:
        """Put random rows in a queue that is low; how many.

        Rows of the reserve come in last: only those that a model predicted measure it.
        """
        size = self._size()
        missing = size - self.store.progress()["queued"]
        if missing < (1 - self.pace.low) * size:
            return 0
        found = self.store.desk.draw(missing)
        return found + (self.store.desk.draw(missing - found, "audit") if found < missing else 0)

    def _size(self):
        return max(self.pace.queue, self.pace.queue_each * self._people())

    def _people(self):
        return sum(who["role"] != "import" for who in self.store.team.all())

    # ------------------------------------------------------------------ the thread
    def _run(self):
        seen, tried, since = -1, -1, time.monotonic()
        while not self._ended.wait(self.pace.look):
            try:
                told = self.store.progress()
                if told["events"] != seen:
                    seen, since = told["events"], time.monotonic()
                n = told["labels"] + told["imported"]
                quiet = time.monotonic() - since > self.pace.quiet
                is_due = self._is_due(n, quiet) and told["events"] != tried
                if not self._leads():
                    continue
                if is_due or self._asked.is_set():
                    self._asked.clear()
                    tried = told["events"]
                    self._round(n)
                elif told["held"] or told["events"]:  # the first items are out
                    self._warm()
                    self._first(n)
                self.fill()
            except (StoreError, ModelFailed) as error:  # a full disk, a closed store, no features
                self._tell("failed", str(error))

    def _leads(self):
        """Whether this server's model is the one that learns; of the others it is told."""
        leads = self.store.engine.leads()
        if leads == (self._status["state"] == "elsewhere"):
            self._tell("cold" if leads else "elsewhere")
        return leads

    def _is_due(self, n, quiet):
        new = n - self._tried
        return new >= max(self.pace.new_labels, self.pace.new_share * n) or (quiet and new > 0)

    def _warm(self):
        """Have a process that has read the features before a round asks for them."""
        if self._status["state"] == "failed":
            return  # it is tried again with new labels
        self._model.start()
        if isinstance(told := self._model.told(0), Progress):
            self._tell(self._status["state"], progress=told)

    def _first(self, n_labels):
        """Put typical rows before the random ones, while too few labels are known to learn from."""
        due = self._first_at is not None and n_labels >= self._first_at
        if self._learned or not due or self._status["state"] != "cold":
            return
        y, desk = self.store.labels(), self.store.desk
        if self._has_enough(y):
            return
        n = self.pace.cold_labels * self._people()
        question = Question(y, desk.candidates(), NO_ROWS, n, self.seed, first=True)
        try:
            reply = self._reply(question, "cold", self._has_many)
        except ModelFailed as error:
            self._first_at = None
            self._tell("failed", str(error))
            return
        self._first_at = None
        if reply is not None and len(reply.picks):
            number = desk.begin_round("ColdStart()", {"n": n}, self.seed)
            picks = self.store.pool().items[reply.picks].tolist()
            rest = desk.sample(self._size() - len(picks), "cold")
            desk.finish_round(number, [*(Draw(i, "strategy") for i in picks), *rest], reply.metrics)
            self._first_at = n_labels + self.pace.cold_labels
        self._tell("cold")

    def _tell(self, state, error="", progress=None):
        """Set what `status` says."""
        going = progress is not None and progress.done < progress.total
        shown = asdict(progress) if going else None
        self._status = {"state": state, "error": error, "progress": shown}

    def _round(self, n_labels):
        """One round, if there are labels enough: learned, or failed and said so."""
        y = self.store.labels()
        if not self._has_enough(y):
            if self._status["state"] == "failed":
                self._tell("cold")  # asked for again
            return
        self._tried = n_labels
        desk, pool = self.store.desk, self.store.pool()
        size = self._size()
        number = desk.begin_round(str(self.plan.strategy), {"n": size}, self.seed)
        audits = desk.sample(round(self.audit * size))
        rows = pool.rows_of(np.array([draw.item for draw in audits], dtype=np.int64))
        n = size - len(audits)
        watched = desk.watched()
        of = pool.rows_of(watched)
        question = Question(y, desk.candidates(), rows, n, self.seed + number, of)
        try:
            reply = self._reply(question, "learning")
        except ModelFailed as error:
            desk.fail_round(number, str(error))
            self._tell("failed", str(error))
            return
        if reply is None:
            return  # the trainer ends; the round is noted as failed by who opens the store
        draws = mixed(reply, pool.items, audits, np.random.default_rng(self.seed + number))
        desk.finish_round(number, draws, reply.metrics, _watch(watched, reply.watched))
        self._seconds.append(reply.metrics["seconds"])
        self._learned = int(reply.metrics["n_labelled"])
        self._tell("ready")
        desk.note_performance(number)

    def _has_many(self):
        """Whether there may be labels enough for a model, which is better than typical rows."""
        told = self.store.progress()
        return told["labels"] + told["imported"] >= self.pace.cold_labels

    def _reply(self, question, state, is_late=lambda: False):
        """The reply of the model; random rows where the queue runs low meanwhile.

        None where it is late, or the trainer ends.
        """
        self._status = {**self._status, "state": state, "error": ""}  # it may still read
        self._model.ask(question)
        usual = max(self._seconds, default=None)
        since = time.monotonic()  # of the last word from it
        while not self._ended.is_set() and not is_late():
            told = self._model.told(self.pace.look)
            if isinstance(told, Reply):
                return told
            if told is not None:
                since = time.monotonic()
                self._tell(state, progress=told)
            silent = time.monotonic() - since
            reads = self._status["progress"] is not None
            if silent > self.pace.slow_after(usual, reads):
                self._status = {**self._status, "state": "slow"}
            self._give_up_after(silent, self.pace.hung_after(usual, reads))
            self.fill()
        return None

    def _give_up_after(self, silent, most):
        """End a fit that hangs, or that takes long while somebody asks for another."""
        anew = self._asked.is_set() and self._status["state"] == "slow"
        if anew or silent > most:
            self._model.end()
            told = ", and somebody started it again" if anew else ""
            raise ModelFailed(f"The model did not finish in {silent:.0f} s{told}.")

    def _has_enough(self, y):
        """Whether a model can learn: some labels, and of two classes a few each."""
        if y.dtype.kind == "f":
            return int(np.isfinite(y).sum()) >= self.pace.cold_labels
        known = [label for label in y.tolist() if label is not None]
        common = Counter(known).most_common(2)
        of_two = len(common) == 2 and common[1][1] >= self.pace.of_each_class
        return of_two and len(known) >= self.pace.cold_labels


def _watch(items, said):
    """What is kept of the watched items; nothing where there are none."""
    if said is None:
        return None
    n = len(said.predicted)
    return Watch(items[:n].tolist(), said.predicted, said.proba, said.expected)


def mixed(
    reply: Reply, items: np.ndarray, audits: list[Draw], rng: np.random.Generator
) -> list[Draw]:
    """A strategy's picks in their order, and audit draws at random places among them."""
    n_picks, n = len(reply.picks), len(reply.picks) + len(audits)
    propensities = [None] * n_picks + [draw.propensity for draw in audits]
    every = [*items[reply.picks].tolist(), *(draw.item for draw in audits)]
    draws = [
        Draw(
            int(item),
            "strategy" if i < n_picks else "audit",
            propensities[i],
            reply.predicted[i],
            None if reply.proba is None else reply.proba[i],
        )
        for i, item in enumerate(every)
    ]
    is_audit = np.zeros(n, dtype=bool)
    is_audit[rng.permutation(n)[: len(audits)]] = True
    order = np.empty(n, dtype=np.int64)
    order[~is_audit], order[is_audit] = np.arange(n_picks), np.arange(n_picks, n)
    return [draws[i] for i in order.tolist()]
