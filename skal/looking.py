"""What a learner shows its strategy."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skal import _checks
from skal._rows import n_rows
from skal._seeds import QUERIES, stream
from skal.state import QueryState, View
from skal.training import HIDDEN, HOLDOUT


class Pool(NamedTuple):
    """Rows to choose from; `known` says which labels a replay can reveal."""

    X: Any
    rows: np.ndarray
    y: np.ndarray | None = None
    known: np.ndarray | None = None


class Looking:
    """How a learner's data and models look to a strategy."""

    def _state(self, X=None, exclude=None) -> QueryState:
        """What a strategy may see of a query."""
        check_is_fitted(self, "history_")
        training = self._training
        if X is None:
            rows = training.pool_rows
            pool = Pool(training.X, rows, training.y[rows], training.status[rows] == HIDDEN)
        else:
            X = self._reader.rows(X)
            pool = Pool(X, np.arange(n_rows(X)))
        excluded = _checks.check_rows([] if exclude is None else exclude, n_rows(pool.X), "exclude")
        askable = ~np.isin(pool.rows, excluded)
        if pool.known is not None and pool.known.any():  # a replay
            askable &= pool.known
        rng = stream(self._seed, QUERIES, self._round)
        return self._look(training, self._models, pool, np.flatnonzero(askable), rng)

    def _look(self, training, models, pool, candidates, rng) -> QueryState:
        """A pool and what is known, through these models."""

        def refit(state, positions, y):
            rows = pool.rows[positions]
            answers = self._reader.answers(rows, y, training)
            if pool.X is training.X:
                more = training.learn(rows, answers, {})
            else:
                more = training.learn_elsewhere(pool.X, rows, answers, {})
            return self._look(more, self._fit_models(more), pool, state.candidates, state.rng)

        return QueryState(
            pool=self._view(models, *pool),
            labelled=self._labelled_view(training, models),
            holdout=self._holdout_view(models),
            previous_pool=self._previous and self._view(self._previous, *pool),
            candidates=candidates,
            classes=self._known_classes,
            rng=rng,
            view=lambda X, y=None: self._view(models, self._reader.rows(X), y=y),
            refit=refit,
        )

    def _view(self, models, X, rows=None, y=None, known=None) -> View:
        model = None if models is None else models.seen_through
        return View(X, rows, y, known, model, self._known_classes)

    def _labelled_view(self, training, models):
        if training.extra is None:
            return self._view(models, training.X, training.labelled_rows, training.labelled_y)
        return self._view(models, training.labelled()[0], y=training.labelled_y)

    def _holdout_view(self, models):
        if self._holdout is not None:
            X_val, y_val = self._holdout
            return self._view(models, X_val, y=y_val)
        training = self._training
        rows = np.flatnonzero(training.status == HOLDOUT)
        return self._view(models, training.X, rows, training.y[rows]) if len(rows) else None

    @property
    def _known_classes(self):
        return self.classes_ if self._reader.classify else None
