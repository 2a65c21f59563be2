"""The reserve: a random part of the pool, from which rows are drawn at random to measure with."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skal._audits import Audits
from skal._rows import n_rows, row_keys, take
from skal._seeds import AUDITS, RESERVE, WATCHED, stream
from skal.learner.draws import Draw, codes, of_prediction, said, without_label
from skal.state import QueryState, Rows
from skal.state.training_set import TrainingSet

MOST_WATCHED = 1000  # rows of the reserve of which the predictions of every model are kept
NO_ROWS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Auditing:
    """Which rows are the reserve, and what was drawn from it.

    A row is in the reserve by its number and the seed alone.  So the reserve is drawn before
    anybody looks at a row, stays the same from query to query, and grows with a pool.

    Attributes
    ----------
    share : float
        How much of each batch is drawn from the reserve.
    reserve : float
        How much of a pool is in the reserve.
    seed : int
        Of the reserve and the draws.
    draws : tuple of Draw
        One a round, of a round that was asked for.
    watch : Rows or None
        The watched rows: some of the reserve of the first pool.
    """

    share: float
    reserve: float
    seed: int
    draws: tuple[Draw, ...] = ()
    watch: Rows | None = None

    @classmethod
    def of(cls, learner: Any, training: TrainingSet, seed: int) -> "Auditing | None":
        """The one that a learner's parameters say; a reserve for all that a replay will draw."""
        if learner.audit is None:
            return None
        reserve = float(learner.audit_reserve)
        if learner.replay_budget is not None and training.n_labelled:
            n = training.n_labelled  # a replay hides them all
            needed = float(learner.audit * min(learner.replay_budget, n) / n)
            reserve = max(reserve, needed)
        return cls(learner.audit, reserve, seed)

    def reserved(self, numbers: np.ndarray) -> np.ndarray:
        """Which of the rows of these numbers are in the reserve."""
        return _uniform(numbers, self.seed, RESERVE) < self.reserve

    def without_reserve(self, state: QueryState) -> QueryState:
        """The state with the rows outside the reserve for its candidates."""
        reserved = self.reserved(state.pool.rows[state.candidates])
        return state.restrict(state.candidates[~reserved])

    # ------------------------------------------------------------------ draws
    def drawn(self, state: QueryState, n: int, training: TrainingSet, number: int) -> np.ndarray:
        """Positions of the candidates that are drawn at random for a batch of n rows.

        Without a model nothing is predicted, so nothing is drawn, unless the strategy has too few
        rows left.
        """
        in_reserve = self.reserved(state.pool.rows[state.candidates])
        reserve = state.candidates[in_reserve]
        due = 0 if state.pool.model is None else self._due(n, training)
        outside = len(state.candidates) - len(reserve)
        due = min(max(due, n - outside), len(reserve))
        order = _uniform(state.pool.rows[reserve], self.seed, AUDITS, number)
        return reserve[np.argsort(order)[:due]]

    def _due(self, n: int, training: TrainingSet) -> int:
        """How many rows of a batch of n, so that their share of all labels comes to `share`."""
        since, labelled = 0, 0
        if self.draws:
            since = training.n_labelled - self.draws[0].n_labelled
            places = [NO_ROWS, *(draw.places(training) for draw in self.draws)]
            labelled = int(np.count_nonzero(np.concatenate(places) >= 0))
        due = int(self.share * (since + n) + 1e-9) - labelled
        return int(np.clip(due, 0, np.ceil(self.share * n)))

    def mixed(self, picks: np.ndarray, drawn: np.ndarray, number: int) -> np.ndarray:
        """The picks of the strategy in their order, with what was drawn at random places."""
        n = len(picks) + len(drawn)
        places = stream(self.seed, AUDITS, number).permutation(n)[: len(drawn)]
        mixed = np.empty(n, dtype=np.int64)
        mixed[places] = drawn
        mixed[np.delete(np.arange(n), places)] = picks
        return mixed

    def having_drawn(
        self, state: QueryState, drawn: np.ndarray, training: TrainingSet, model: Any, number: int
    ) -> "Auditing":
        """With these positions, and what the model says of them and of the watched rows."""
        pool, classes = state.pool.data, state.classes
        reserve = pool.part(np.flatnonzero(self.reserved(pool.numbers)))
        watch = self._chosen(reserve, training) if self.watch is None else self.watch
        rows = pool.part(drawn)
        keys = tuple(row_keys(pool.container, rows.numbers)) if len(drawn) else ()
        predicted, proba = said(model, rows, classes)
        watched, watched_proba = said(model, watch, classes)
        expected = np.nan
        if watched_proba is not None:
            expected = _expected(model, reserve, watch, watched, watched_proba, training, classes)
        draw = Draw(
            number=number,
            n_labelled=training.n_labelled,
            rows=rows.numbers,
            keys=keys,
            own=_are_ours(training, pool, rows.numbers, keys),
            predicted=predicted,
            proba=proba,
            classes=classes,
            watched=codes(watched, classes),
            expected=expected,
        )
        return self._with_draw(draw, watch if len(watch) else None)

    def _chosen(self, reserve: Rows, training: TrainingSet) -> Rows:
        """Rows of the reserve to watch: a copy of those of a pool of its own, which may go."""
        order = stream(self.seed, WATCHED).permutation(len(reserve))
        chosen = reserve.part(np.sort(order[:MOST_WATCHED]))
        if chosen.container is training.X or not len(chosen):
            return Rows(chosen.container, chosen.numbers)
        return Rows.all_of(take(chosen.container, chosen.numbers))

    def _with_draw(self, draw: Draw, watch: Rows | None) -> "Auditing":
        """With a draw: a row that was drawn before is predicted anew, since it had no label."""
        new, draws = set(draw.keys), []
        for older in self.draws:
            stays = [i for i, key in enumerate(older.keys) if key not in new]
            older = older.part(np.array(stays, dtype=np.intp))
            if (older.number, older.n_labelled) == (draw.number, draw.n_labelled):
                draw = older.followed_by(draw)
            else:
                draws.append(older)
        return replace(self, draws=(*draws, draw), watch=watch)

    def joined_by(self, other: "Auditing | None", training: TrainingSet) -> "Auditing":
        """With the last draw of a query that went on meanwhile, but for rows labelled since."""
        if other is None or not other.draws or not _same_rows(self.watch, other.watch):
            return self
        last = other.draws[-1]
        return self._with_draw(last.part(np.flatnonzero(last.places(training) < 0)), other.watch)

    # ------------------------------------------------------------------ what became of them
    def record(self, before: TrainingSet, after: TrainingSet) -> dict[str, Any]:
        """For the history: drawn rows that were labelled now, and what was said of them before."""
        rows: list[int] = []
        predicted: list[Any] = []
        proba: list[Any] = []
        for draw in self.draws:
            now = np.flatnonzero((draw.places(after) >= 0) & (draw.places(before) < 0))
            rows += draw.rows[now].tolist()
            predicted += draw.predicted[now].tolist()
            proba += [None] * len(now) if draw.proba is None else draw.proba[now].tolist()
        return {"audited": rows, "audit_predicted": predicted, "audit_proba": proba}

    def audits(self, training: TrainingSet, model: Any, classes: np.ndarray | None) -> Audits:
        """All drawn rows that have a label, and what the model of today says meanwhile."""
        w = 0 if self.watch is None else len(self.watch)
        draws = [
            draw
            for draw in self.draws  # a query that waits for its labels asked the model of today
            if len(draw.watched) == w and draw.n_labelled < training.n_labelled
        ]
        places = [draw.places(training) for draw in draws]
        labels = np.concatenate([NO_ROWS, *(one[one >= 0] for one in places)])
        draws = [
            draw.part(np.flatnonzero(one >= 0)) for draw, one in zip(draws, places, strict=True)
        ]
        number = np.repeat(np.arange(len(draws)), [len(draw.rows) for draw in draws])
        y = training.labelled_y[labels]
        watched, proba = self._seen_today(draws, training, model, classes)
        return Audits(
            rows=np.concatenate([NO_ROWS, *(draw.rows for draw in draws)]),
            y=y,
            predicted=np.concatenate([y[:0], *(draw.predicted for draw in draws)]),
            confidence=np.concatenate([[], *(draw.confidence for draw in draws)]),
            expected=np.array([draw.expected for draw in draws], dtype=float)[number],
            n_labelled=np.array([draw.n_labelled for draw in draws], dtype=np.int64)[number],
            round=number,
            watched=watched,
            watched_proba=proba,
            classes=classes,
            n_known=training.n_labelled,
        )

    def _seen_today(
        self,
        draws: list[Draw],
        training: TrainingSet,
        model: Any,
        classes: np.ndarray | None,
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Watched rows without a label, by the models of the draws and by today's."""
        if self.watch is None:
            return np.empty((len(draws) + 1, 0)), None
        kept = without_label(training, self.watch)
        watched, proba = said(model, self.watch.part(np.flatnonzero(kept)), classes)
        models = [draw.watched[kept] for draw in draws]
        if classes is not None:
            models = [
                draw.classes[one] for draw, one in zip(draws, models) if draw.classes is not None
            ]
        return np.stack([*models, watched]), proba


def audited_then(
    auditing: Auditing | None,
    training: TrainingSet,
    history: tuple[dict[str, Any], ...],
    n_labelled: int,
) -> dict[str, Any]:
    """What a session knew when so many labels were known, of labels and of drawn rows.

    Rows taught with an X of their own do not say when they came: then nothing is known.
    """
    if auditing is None or training.extra is not None:
        return {"auditing": None}
    later = [record["rows"] for record in history if record["n_labelled"] > n_labelled]
    draws = tuple(draw for draw in auditing.draws if draw.n_labelled < n_labelled)
    return {
        "training": training.unlearned(np.concatenate([NO_ROWS, *later])),
        "auditing": replace(auditing, draws=draws),
    }


def _uniform(numbers: np.ndarray, *key: int) -> np.ndarray:
    """A random number for each row, which depends on the row number and the key alone."""
    if not len(numbers):
        return np.empty(0)
    return stream(*key).random(numbers.max() + 1)[numbers]


def _are_ours(training: TrainingSet, pool: Rows, numbers: np.ndarray, keys: tuple) -> bool:
    """Whether rows of a pool are those of the X given to `fit` under the same numbers."""
    if pool.container is training.X or not keys:
        return pool.container is training.X
    same = numbers.max() < n_rows(training.X)
    return bool(same and keys == tuple(row_keys(training.X, numbers)))


def _same_rows(one: Rows | None, other: Rows | None) -> bool:
    """Whether two queries watch the same rows; one may watch none yet."""
    if one is None or other is None or one is other:
        return True
    return one.container is other.container and np.array_equal(one.numbers, other.numbers)


def _expected(
    model: Any,
    reserve: Rows,
    watch: Rows,
    watched: np.ndarray,
    proba: np.ndarray,
    training: TrainingSet,
    classes: np.ndarray | None,
) -> float:
    """The mean probability of the prediction over the reserve that rows are drawn from."""
    if reserve.container is training.X:
        kept = without_label(training, watch)
        watched, proba = watched[kept], proba[kept]
    else:  # a pool of its own, which may not be that of the watched rows
        step = -(-len(reserve) // MOST_WATCHED) or 1
        watched, again = said(model, reserve.part(np.arange(0, len(reserve), step)), classes)
        proba = proba[:0] if again is None else again
    if not len(watched):
        return np.nan
    return float(of_prediction(proba, codes(watched, classes)).mean())
