"""What a learner knows between two calls."""

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
AUDITED = {"audited", "audit_predicted", "audit_proba"}  # of the history


class Round(NamedTuple):
    """A round of a learner: the labels that were known, and the model fitted on them."""

    number: int
    n_labelled: int
    model: Any


@dataclass(frozen=True)
class Session:
    """What a learner knows.  Never changed: whoever learns something makes a new one.

    Attributes
    ----------
    reader : Reader
        Reads rows and labels.
    strategy, initial : Strategy
        Who is asked; `initial` while there is no model (None: nobody).
    seed : int
        Of everything random.
    training : TrainingSet
        The labels known so far.
    classes : ndarray or None
        Every class known; None for a regression.
    holdout : Rows or None
        What `fit` was given to measure with.
    fitted, previous : Fitted or None
        The models of today, and those as of the last query before the latest labels.
    asked : dict or None
        What is to be remembered of the last query; None once labels came in.
    elsewhere : ndarray of int
        Rows of a pool given to `query` that were asked for and have no label yet.
    number : int
        The round: one begins with the first labels after a query.
    history : tuple of dict
        A record a round.
    rounds : tuple of Round, or None
        The models of all rounds, where they are kept.
    auditing : Auditing or None
        Which rows are drawn at random to measure with, and what was said of them.
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
        """The strategy whose turn it is; without `initial`, `fit` demands labels for a model."""
        if self.fitted is None and self.initial is not None:
            return self.initial
        return self.strategy

    @property
    def trusted_rows(self) -> Rows | None:
        """The holdout: what `fit` was given, or labelled rows that were set aside."""
        return self.training.holdout() if self.holdout is None else self.holdout

    def as_of(self, then: Round) -> "Session":
        """The session with the model of a round for today's, to predict with and to audit."""
        past = audited_then(self.auditing, self.training, self.history, then.n_labelled)
        return replace(self, fitted=Fitted(then.model), rounds=None, **past)

    def fitter(self, learner: Any) -> Fitter:
        """What fits models, with the estimators of the learner as their parameters are now."""
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
        """What a strategy may see of a query."""
        state = self._look(fitter, X, exclude)
        return state if self.auditing is None else self.auditing.without_reserve(state)

    def _look(self, fitter: Fitter, X: Any, exclude: Any) -> QueryState:
        """The same with the rows that are drawn at random among the candidates."""
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
        """Row numbers to label next, and the session that remembers having asked."""
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
        """Positions that the strategy chooses."""
        with torch_seeded(self.seed), reported():
            picks = selected(self.asking, state, n, self.reader.check_taken)
        return _checks.check_picks(picks, state.candidates, n, self.asking)

    def _select_and_draw(
        self, auditing: Auditing, state: QueryState, n: int
    ) -> tuple[np.ndarray, Auditing]:
        """Positions of which some are drawn at random, and what remembers the draw."""
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
        """The current session, and what was asked of this one: labels may have come meanwhile."""
        if current.reader is not self.reader:  # another `fit`: these rows mean nothing to it
            return current
        auditing = current.auditing
        if auditing is not None and current.training is not self.training:
            auditing = auditing.joined_by(self.auditing, current.training)
        else:
            auditing = self.auditing
        return replace(current, asked=self.asked, elsewhere=self.elsewhere, auditing=auditing)

    def gone_on(self, current: "Session") -> "Session":
        """The current session, as far as it goes on from this one: not after another `fit`."""
        if current.reader is not self.reader:
            raise RuntimeError(
                "fit was called again before these labels were learned, and has begun afresh: they "
                "belong to rows of the X given to the fit before. Nothing was taught."
            )
        return current

    def in_place_of(self, begun: "Session", current: "Session") -> "Session":
        """This session, taught from the one begun with; a query may have ended meanwhile."""
        begun.gone_on(current)
        if current.training is not begun.training:
            raise RuntimeError(
                "teach was called within teach, by the fit of the estimator say: the labels given "
                "within count, and those of the call around it do not. Teach them again."
            )
        if current.asked is begun.asked:
            return self
        return replace(
            self, asked=current.asked, elsewhere=current.elsewhere, auditing=current.auditing
        )

    def utilities(self, fitter: Fitter, X: Any = None) -> np.ndarray:
        """The strategy's number for each row of X; NaN where a row is no candidate."""
        state = self.look(fitter, X)
        strategy = self.asking.utilities_by
        if strategy is None:
            raise TypeError(
                f"{type(self.asking).__name__} chooses rows together and gives them no utilities: "
                "use query(), or a strategy with utilities such as Margin()."
            )
        utilities = np.full(n_rows(state.pool.data.container), np.nan)
        if len(state.candidates):
            with torch_seeded(self.seed), reported():
                values = utilities_of(strategy, state, self.reader.check_taken)
            utilities[state.pool.rows[state.candidates]] = values
        return utilities

    def _not_ours(self, X: Any, rows: np.ndarray) -> np.ndarray:
        """Rows of a pool, or none if they are (the same content under the same numbers) ours."""
        ours = self.training.X
        same = rows.max() < n_rows(ours) and row_keys(X, rows) == row_keys(ours, rows)
        return NO_ROWS if same else rows

    # ------------------------------------------------------------------ teach
    def taught(
        self, fitter: Fitter, rows: Any, y: Any, X: Any, params: dict[str, Any]
    ) -> "Session":
        """The session with labels for these rows of X (None: of the X given to `fit`)."""
        training = self.training
        if X is not None:
            X = self.reader.pool(X)
        rows = _checks.check_rows(rows, n_rows(training.X if X is None else X))
        if not len(rows):
            raise ValueError("rows is empty: there is nothing to teach.")
        if X is None and np.isin(rows, self.elsewhere).all():
            raise ValueError(
                "These rows were asked from the X given to query: pass it on, as teach(rows, y, "
                "X=...), or they would be taken for rows of the X given to fit."
            )
        y, classes = fitter.read_answers(rows, y, training, self.classes)
        if X is None:
            training, elsewhere = training.learn(rows, y, params), self.elsewhere
        else:  # what was asked for is told, so these numbers mean our own rows again
            training = training.learn_elsewhere(X, rows, y, params)
            elsewhere = np.setdiff1d(self.elsewhere, rows)
        fitter.check_enough(training, initial_may_ask=True)
        session = replace(self, classes=classes, elsewhere=elsewhere)
        return session.refitted(fitter, training, rows)

    def refitted(self, fitter: Fitter, training: TrainingSet, rows: np.ndarray) -> "Session":
        """The session with a training set of more labels, and models of it if they are enough."""
        start, fitted = time.perf_counter(), None
        if self.reader.classify and training.y.ndim > 2:  # `fit` may have seen no map
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
        """With a record of the round; labels taught without a query join the record before."""
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
        """With the model of this round in place of an older one of the same round."""
        if self.rounds is None or self.fitted is None:
            return self
        earlier = tuple(kept for kept in self.rounds if kept.number < self.number)
        this = Round(self.number, self.training.n_labelled, self.fitted.estimator)
        return replace(self, rounds=(*earlier, this))
