"""The state of a learner between two calls."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from skal import _checks
from skal._maps import check_works_on_maps
from skal._progress import reported
from skal._rows import n_rows, row_keys
from skal._seeds import QUERIES, stream, torch_seeded
from skal.learner.auditing import Auditing, audited_then
from skal.learner.batches import at_most
from skal.learner.fitting import Fitter
from skal.learner.in_blocks import selected, utilities_of
from skal.learner.reading import Reader
from skal.models import can_draw, has_std
from skal.state import QueryState, Rows, Source
from skal.state.fitted import Fitted
from skal.state.training_set import TrainingSet
from skal.strategies import Strategy

NO_ROWS = np.empty(0, dtype=np.int64)
AUDITED = {"audited", "audit_predicted", "audit_proba"}  # keys of the history


class Round(NamedTuple):
    """Store a round of a learner: the number of known labels, and the model fitted on them."""

    number: int
    n_labelled: int
    model: Any


@dataclass(frozen=True)
class Session:
    """Store the state of a learner; immutable, so each change creates a new session.

    Attributes
    ----------
    reader : Reader
        The reader of rows and labels.
    strategy, initial : Strategy
        The query strategies; `initial` before there is a model (None: no strategy).
    seed : int
        Seed of everything random.
    training : TrainingSet
        The labels known so far.
    classes : ndarray or None
        All known classes; None for a regression.
    holdout : Rows or None
        The holdout given to `fit`.
    fitted, previous : Fitted or None
        The current models, and those at the time of the last query before the latest labels.
    asked : dict or None
        The record of the last query; None after new labels.
    elsewhere : ndarray of int
        Unlabelled rows that were queried from a pool given to `query`.
    number : int
        The round: a new one begins with the first labels after a query.
    history : tuple of dict
        One record per round.
    rounds : tuple of Round, or None
        The models of all rounds, if they are stored.
    auditing : Auditing or None
        The rows drawn at random for evaluation, and the predictions for them.
    """

    reader: Reader
    strategy: Strategy
    initial: Strategy | None
    seed: int
    training: TrainingSet
    classes: np.ndarray | None = None
    holdout: Rows | None = None
    fitted: Fitted | None = None
    previous: Fitted | None = None
    asked: dict[str, Any] | None = None
    elsewhere: np.ndarray = field(default_factory=lambda: NO_ROWS)
    number: int = 0
    history: tuple[dict[str, Any], ...] = ()
    rounds: tuple[Round, ...] | None = None
    auditing: Auditing | None = None

    @property
    def asking(self) -> Strategy:
        """Return the current strategy; without `initial`, `fit` requires labels for a model."""
        if self.fitted is None and self.initial is not None:
            return self.initial
        return self.strategy

    @property
    def trusted_rows(self) -> Rows | None:
        """Return the holdout: the one given to `fit`, or labelled rows that were set aside."""
        return self.training.holdout() if self.holdout is None else self.holdout

    def as_of(self, then: Round) -> "Session":
        """Return the session with the model of a round as its current model."""
        past = audited_then(self.auditing, self.training, self.history, then.n_labelled)
        return replace(self, fitted=Fitted(then.model), rounds=None, **past)

    def fitter(self, learner: Any) -> Fitter:
        """Return a fitter of models, with the learner's current parameters."""
        return Fitter(
            estimator=learner.estimator,
            surrogate=learner.surrogate,
            reader=self.reader,
            seed=self.seed,
            initial_asks=self.initial is not None,
            replay_budget=learner.replay_budget,
        )

    # ------------------------------------------------------------------ query
    def look(self, fitter: Fitter, X: Any = None, exclude: Any = None) -> QueryState:
        """Return the query state that a strategy receives."""
        state = self._look(fitter, X, exclude)
        return state if self.auditing is None else self.auditing.without_reserve(state)

    def _look(self, fitter: Fitter, X: Any, exclude: Any) -> QueryState:
        """Return the state with the rows of the audit reserve among the candidates."""
        pool = self.training.pool() if X is None else Rows.all_of(self.reader.pool(X))
        excluded = _checks.check_rows(
            [] if exclude is None else exclude, n_rows(pool.container), "exclude", once=False
        )
        may_be_asked = ~np.isin(pool.numbers, excluded)
        if pool.known is not None and pool.known.any():  # a replay
            may_be_asked &= pool.known
        source = Source(
            training=self.training,
            fitted=self.fitted,
            fitter=fitter,
            pool=pool,
            classes=self.classes,
            previous=self.previous,
            holdout=self.trusted_rows,
        )
        rng = stream(self.seed, QUERIES, self.number)
        return QueryState(source, np.flatnonzero(may_be_asked), rng)

    def ask(
        self, fitter: Fitter, n: int, X: Any = None, exclude: Any = None
    ) -> tuple[np.ndarray, "Session"]:
        """Return row numbers to label next, and the session that records the query."""
        start, state = time.perf_counter(), self._look(fitter, X, exclude)
        n = at_most(n, state)
        if self.auditing is None:
            picks, auditing = self._select(state, n), None
        else:
            picks, auditing = self._select_and_draw(self.auditing, state, n)
        rows = state.pool.rows[picks].astype(np.int64)
        elsewhere = NO_ROWS if X is None else self._not_ours(state.pool.data.container, rows)
        asked = {"query_seconds": time.perf_counter() - start, **state.records}
        return rows, replace(self, asked=asked, elsewhere=elsewhere, auditing=auditing)

    def _select(self, state: QueryState, n: int) -> np.ndarray:
        """Return the positions that the strategy selects."""
        with torch_seeded(self.seed), reported():
            picks = selected(self.asking, state, n, self.reader.check_taken)
        return _checks.check_picks(picks, state.candidates, n, self.asking)

    def _select_and_draw(
        self, auditing: Auditing, state: QueryState, n: int
    ) -> tuple[np.ndarray, Auditing]:
        """Return selected positions, some of them drawn at random, and the record of the draw."""
        drawn = auditing.drawn(state, n, self.training, self.number)
        picks = NO_ROWS
        if len(drawn) < n:
            picks = self._select(auditing.without_reserve(state), n - len(drawn))
        mixed = auditing.mixed(picks, drawn, self.number)
        if self.fitted is None:
            return mixed, auditing
        model = self.fitted.estimator
        return mixed, auditing.having_drawn(state, drawn, self.training, model, self.number)

    def brought_up_to(self, current: "Session") -> "Session":
        """Return the current session, which may have new labels, with the record of this query."""
        if current.reader is not self.reader:  # after another `fit`, the rows belong to another X
            return current
        auditing = current.auditing
        if auditing is not None and current.training is not self.training:
            auditing = auditing.joined_by(self.auditing, current.training)
        else:
            auditing = self.auditing
        return replace(current, asked=self.asked, elsewhere=self.elsewhere, auditing=auditing)

    def gone_on(self, current: "Session") -> "Session":
        """Return the current session; raise an error after another `fit`."""
        if current.reader is not self.reader:
            raise RuntimeError(
                "fit was called again before these labels were added, and started from scratch: "
                "the labels belong to rows of the X given to the earlier fit. Nothing was taught."
            )
        return current

    def in_place_of(self, begun: "Session", current: "Session") -> "Session":
        """Return this taught session, with the record of a query that ended in the meantime."""
        begun.gone_on(current)
        if current.training is not begun.training:
            raise RuntimeError(
                "teach was called within teach, for example by the fit of the estimator: only the "
                "labels of the inner call were added. Teach those of the outer call again."
            )
        if current.asked is begun.asked:
            return self
        return replace(
            self, asked=current.asked, elsewhere=current.elsewhere, auditing=current.auditing
        )

    def utilities(self, fitter: Fitter, X: Any = None) -> np.ndarray:
        """Return the strategy's utility of each row of X; NaN if a row is not a candidate."""
        state = self.look(fitter, X)
        strategy = self.asking.utilities_by
        if strategy is None:
            raise TypeError(
                f"{type(self.asking).__name__} selects rows jointly and has no utilities: use "
                "query(), or a strategy with utilities such as Margin()."
            )
        utilities = np.full(n_rows(state.pool.data.container), np.nan)
        if len(state.candidates):
            with torch_seeded(self.seed), reported():
                values = utilities_of(strategy, state, self.reader.check_taken)
            utilities[state.pool.rows[state.candidates]] = values
        return utilities

    def _not_ours(self, X: Any, rows: np.ndarray) -> np.ndarray:
        """Return rows of a pool; none if our X has the same content under these numbers."""
        ours = self.training.X
        same = rows.max() < n_rows(ours) and row_keys(X, rows) == row_keys(ours, rows)
        return NO_ROWS if same else rows

    # ------------------------------------------------------------------ teach
    def taught(
        self, fitter: Fitter, rows: Any, y: Any, X: Any, params: dict[str, Any]
    ) -> "Session":
        """Return the session with labels for these rows of X (None: of the X given to `fit`)."""
        training = self.training
        X = None if X is None else self.reader.pool(X)
        hint = "" if X is not None else " If they are rows of a pool passed to query, pass X=pool."
        rows = _checks.check_rows(rows, n_rows(training.X if X is None else X), hint=hint)
        if not len(rows):
            raise ValueError("rows is empty: pass the numbers of the rows to teach.")
        if X is None and np.isin(rows, self.elsewhere).all():
            raise ValueError(
                "These rows were queried from the X given to query: pass it as teach(rows, y, "
                "X=...); without it, they would be rows of the X given to fit."
            )
        y, classes = fitter.read_answers(rows, y, training, self.classes)
        if X is None:
            training, elsewhere = training.learn(rows, y, params), self.elsewhere
        else:  # these rows are labelled now, so the same numbers refer to our own X again
            training = training.learn_elsewhere(X, rows, y, params)
            elsewhere = np.setdiff1d(self.elsewhere, rows)
        fitter.check_enough(training, initial_may_ask=True)
        session = replace(self, classes=classes, elsewhere=elsewhere)
        return session.refitted(fitter, training, rows)

    def refitted(self, fitter: Fitter, training: TrainingSet, rows: np.ndarray) -> "Session":
        """Return the session with a larger training set, and with models if labels are enough."""
        start, fitted = time.perf_counter(), None
        if self.reader.classify and training.y.ndim > 2:  # `fit` may have had no map
            check_works_on_maps(self.strategy)
        if fitter.is_enough(training):
            fitted = fitter.fit(training, before=self.fitted)
            abilities: dict[str, Callable[[Any], bool]] = {
                "proba": _checks.has_scores,
                "draws": can_draw,
                "std": has_std,
            }
            _checks.check_fitted(self.strategy, fitted.seen_through, abilities)
        record = {"rows": np.array(rows), "n_labelled": training.n_labelled}
        if self.auditing is not None:
            record |= self.auditing.record(self.training, training)
        session = self._remember(record, time.perf_counter() - start)
        if self.asked is not None:
            session = replace(session, number=self.number + 1, previous=self.fitted)
        session = replace(session, training=training, fitted=fitted, asked=None)
        return session._with_round()

    def _remember(self, record: dict, fit_seconds: float) -> "Session":
        """Add a record of the round; labels taught without a query extend the record before."""
        history = self.history
        if self.asked is None and history:
            last = history[-1]
            record["rows"] = np.append(last["rows"], record["rows"])
            record |= {name: last.get(name, []) + record[name] for name in AUDITED & record.keys()}
            record["fit_seconds"] = last["fit_seconds"] + fit_seconds
            return replace(self, history=(*history[:-1], {**last, **record}))
        asked = {"query_seconds": 0.0} if self.asked is None else self.asked
        return replace(self, history=(*history, {**record, **asked, "fit_seconds": fit_seconds}))

    def _with_round(self) -> "Session":
        """Add the model of this round, replacing an earlier one of the same round."""
        if self.rounds is None or self.fitted is None:
            return self
        earlier = tuple(kept for kept in self.rounds if kept.number < self.number)
        this = Round(self.number, self.training.n_labelled, self.fitted.estimator)
        return replace(self, rounds=(*earlier, this))
