"""The audit reserve: a random part of the pool, from which rows are drawn for evaluation."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skal._audits import Audits
from skal._rows import n_rows, row_keys, take
from skal._seeds import AUDITS, RESERVE, WATCHED, stream
from skal.learner.draws import Draw, codes, of_prediction, said, without_label
from skal.state import QueryState, Rows
from skal.state.training_set import TrainingSet

MOST_WATCHED = 1000  # rows of the reserve for which the predictions of every model are kept
NO_ROWS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Auditing:
    """Store which rows are the reserve, and which rows were drawn from it.

    Whether a row is in the reserve depends on its number and the seed only.  So the reserve does
    not depend on the data, is the same in every query, and grows with the pool.

    Attributes
    ----------
    share : float
        Share of each batch that is drawn from the reserve.
    reserve : float
        Share of the pool that is in the reserve.
    seed : int
        Seed of the reserve and the draws.
    draws : tuple of Draw
        One per round with a query.
    watch : Rows or None
        The watched rows: some rows of the reserve of the first pool.
    """

    share: float
    reserve: float
    seed: int
    draws: tuple[Draw, ...] = ()
    watch: Rows | None = None

    @classmethod
    def of(cls, learner: Any, training: TrainingSet, seed: int) -> "Auditing | None":
        """Return the auditing that a learner's parameters define; None if it has no `audit`."""
        if learner.audit is None:
            return None
        reserve = float(learner.audit_reserve)
        if learner.replay_budget is not None and training.n_labelled:
            n = training.n_labelled  # a replay hides them all
            needed = float(learner.audit * min(learner.replay_budget, n) / n)
            reserve = max(reserve, needed)
        return cls(learner.audit, reserve, seed)

    def reserved(self, numbers: np.ndarray) -> np.ndarray:
        """Return which of the rows with these numbers are in the reserve."""
        return _uniform(numbers, self.seed, RESERVE) < self.reserve

    def without_reserve(self, state: QueryState) -> QueryState:
        """Return the state whose candidates are the rows outside the reserve."""
        reserved = self.reserved(state.pool.rows[state.candidates])
        return state.restrict(state.candidates[~reserved])

    # ------------------------------------------------------------------ draws
    def drawn(self, state: QueryState, n: int, training: TrainingSet, number: int) -> np.ndarray:
        """Return positions of the candidates that are drawn at random for a batch of n rows.

        Without a model there is no prediction, so no row is drawn, unless the strategy has too few
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
        """Return how many rows of a batch of n keep their share of all labels at `share`."""
        since, labelled = 0, 0
        if self.draws:
            since = training.n_labelled - self.draws[0].n_labelled
            places = [NO_ROWS, *(draw.places(training) for draw in self.draws)]
            labelled = int(np.count_nonzero(np.concatenate(places) >= 0))
        due = int(self.share * (since + n) + 1e-9) - labelled
        return int(np.clip(due, 0, np.ceil(self.share * n)))

    def mixed(self, picks: np.ndarray, drawn: np.ndarray, number: int) -> np.ndarray:
        """Return the strategy's selection in its order, with the drawn rows at random places."""
        n = len(picks) + len(drawn)
        places = stream(self.seed, AUDITS, number).permutation(n)[: len(drawn)]
        mixed = np.empty(n, dtype=np.int64)
        mixed[places] = drawn
        mixed[np.delete(np.arange(n), places)] = picks
        return mixed

    def having_drawn(
        self, state: QueryState, drawn: np.ndarray, training: TrainingSet, model: Any, number: int
    ) -> "Auditing":
        """Add these positions, with the model's predictions for them and for the watched rows."""
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
        """Return the rows of the reserve to watch: a copy, if the pool is not the X of `fit`."""
        order = stream(self.seed, WATCHED).permutation(len(reserve))
        chosen = reserve.part(np.sort(order[:MOST_WATCHED]))
        if chosen.container is training.X or not len(chosen):
            return Rows(chosen.container, chosen.numbers)
        return Rows.all_of(take(chosen.container, chosen.numbers))

    def _with_draw(self, draw: Draw, watch: Rows | None) -> "Auditing":
        """Add a draw; a row that was drawn before has no label yet, and is predicted again."""
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
        """Add the last draw of a concurrent query, except rows labelled since."""
        if other is None or not other.draws or not _same_rows(self.watch, other.watch):
            return self
        last = other.draws[-1]
        return self._with_draw(last.part(np.flatnonzero(last.places(training) < 0)), other.watch)

    # ------------------------------------------------------------------ what became of them
    def record(self, before: TrainingSet, after: TrainingSet) -> dict[str, Any]:
        """Return the history record: drawn rows labelled now, and earlier predictions for them."""
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
        """Return all drawn rows with a label, and the current predictions for the watched rows."""
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
        """Return the draws' and the current predictions for unlabelled watched rows."""
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
    """Return the labels and drawn rows of a session at the time of this number of labels.

    If rows were taught with an X of their own, the time is unknown, and there are none.
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
    """Return a random number for each row that depends on its number and the key only."""
    if not len(numbers):
        return np.empty(0)
    return stream(*key).random(numbers.max() + 1)[numbers]


def _are_ours(training: TrainingSet, pool: Rows, numbers: np.ndarray, keys: tuple) -> bool:
    """Return whether rows of a pool are those of the X given to `fit`, with the same numbers."""
    if pool.container is training.X or not keys:
        return pool.container is training.X
    same = numbers.max() < n_rows(training.X)
    return bool(same and keys == tuple(row_keys(training.X, numbers)))


def _same_rows(one: Rows | None, other: Rows | None) -> bool:
    """Return whether two queries watch the same rows; one may watch none yet."""
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
    """Return the mean probability of the predicted class over the reserve."""
    if reserve.container is training.X:
        kept = without_label(training, watch)
        watched, proba = watched[kept], proba[kept]
    else:  # a pool given to `query`, which may differ from that of the watched rows
        step = -(-len(reserve) // MOST_WATCHED) or 1
        watched, again = said(model, reserve.part(np.arange(0, len(reserve), step)), classes)
        proba = proba[:0] if again is None else again
    if not len(watched):
        return np.nan
    return float(of_prediction(proba, codes(watched, classes)).mean())
