"""What a learner shows its strategy."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skal import _checks
from skal._rows import n_rows
from skal._seeds import QUERIES, stream
from skal.state import QueryState, View
from skal.state.training_set import HIDDEN, HOLDOUT


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
        excluded = _checks.check_rows(
            [] if exclude is None else exclude, n_rows(pool.X), "exclude", once=False
        )
        askable = ~np.isin(pool.rows, excluded)
        if pool.known is not None and pool.known.any():  # a replay
            askable &= pool.known
        rng = stream(self._seed, QUERIES, self._round)
        candidates = np.flatnonzero(askable)
        return self._look(training, self._models, pool, candidates, rng, self._known_classes)

    def _look(self, training, models, pool, candidates, rng, classes) -> QueryState:
        """A pool and what is known, through these models."""

        def refit(state, positions, y):
            rows = pool.rows[positions]
            y, union = self._read_answers(rows, y, training)
            if pool.X is training.X:
                more = training.learn(rows, y, {})
            elif training.row_params:
                raise ValueError(
                    f"{', '.join(training.row_params)} was given to fit, one value a row, and rows "
                    "of a pool given to query have none to be refitted with: give these rows to "
                    "fit, or choose a strategy that does not refit."
                )
            else:
                more = training.learn_elsewhere(pool.X, rows, y, {})
            self._check_enough(more, initial_may_ask=False)
            models = self._fit_models(more)
            return self._look(more, models, pool, state.candidates, state.rng, union)

        def committee(state, members):
            X, y, params = training.labelled()
            for model in self._fit_committee(X, y, params, members, state.rng):
                yield View(*pool, model, classes)

        def view(models, X, rows=None, y=None, known=None):
            model = None if models is None else models.seen_through
            return View(X, rows, y, known, model, classes)

        if training.extra is None:
            labelled = (training.X, training.labelled_rows, training.labelled_y)
        else:
            labelled = (training.labelled()[0], None, training.labelled_y)
        labelled = view(models, *labelled)
        if (weights := training.labelled_params().get("sample_weight")) is not None:
            labelled.sample_weight = np.asarray(weights, dtype=np.float64)
        holdout = self._holdout_rows(training)
        return QueryState(
            pool=view(models, *pool),
            labelled=labelled,
            holdout=None if holdout is None else view(models, *holdout),
            previous_pool=None if self._previous is None else view(self._previous, *pool),
            candidates=candidates,
            classes=classes,
            rng=rng,
            view=lambda X, y=None: view(models, self._reader.rows(X), y=y),
            refit=refit,
            committee=lambda state, members: list(committee(state, members)),
        )

    def _holdout_rows(self, training):
        """X, row numbers and labels of the holdout; None if there is none."""
        if self._holdout is not None:
            X_val, y_val = self._holdout
            return X_val, None, y_val
        rows = np.flatnonzero(training.status == HOLDOUT)
        return (training.X, rows, training.y[rows]) if len(rows) else None

    @property
    def _known_classes(self):
        return self.classes_ if self._reader.classify else None
