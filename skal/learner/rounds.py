"""What a learner does when labels come in: refit, take over, remember."""

import time
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing

from skal import _checks
from skal._rows import take
from skal.learner.fitting import fit_clone, resample
from skal.models import can_draw
from skal.state.training_set import TrainingSet


class Models(NamedTuple):
    """What was fitted on one training set."""

    estimator: Any
    surrogate: Any = None

    @property
    def seen_through(self):
        """The model that strategies look through."""
        return self.estimator if self.surrogate is None else self.surrogate


class StoredRound(NamedTuple):
    """The model of a round, kept for `staged_predict`."""

    round: int
    n_labelled: int
    estimator: Any


class Rounds:
    """The rounds of a learner.  A round begins with the first labels after a query."""

    def _forget_rounds(self) -> None:
        for name in ("estimator_", "surrogate_", "history_", "rounds_"):
            self.__dict__.pop(name, None)

    def _begin_rounds(self, training: TrainingSet) -> None:
        self.history_ = []
        self.previous_estimator_ = self._previous = self._models = self._asked = None
        self._asked_elsewhere = []  # rows of a pool that was given to query
        self._round, self._training = 0, training
        if self.store_rounds:
            self.rounds_ = []

    @property
    def _asking(self):
        """The strategy whose turn it is."""
        return self._initial if self._models is None else self.strategy_

    @property
    def _next_batch_size(self) -> int:
        first = self._models is None and self.initial_size is not None
        return self.initial_size if first else self.batch_size

    @property
    def _n_wanted(self) -> int:
        """Two classes; of a regression, two labels where `initial` can ask for them."""
        return 2 if self._reader.classify or self._initial is not None else 1

    def _is_enough(self, training) -> bool:
        """Whether a model can be fitted."""
        n = training.n_classes if self._reader.classify else training.n_labelled
        return n >= self._n_wanted

    def _check_enough(self, training, *, initial_may_ask: bool) -> None:
        """An error where a model cannot be fitted and nobody asks for more labels."""
        if self._is_enough(training) or (initial_may_ask and self._initial is not None):
            return
        if training.n_labelled == 0:
            known, wanted = "No label is known", "labels"
        elif self._reader.classify:
            known = f"Only one class is known ({training.labelled_y[0]})"
            wanted = "labels of two classes"
        else:
            known, wanted = "Only one label is known (n_samples=1)", "two labels"
        how = (
            "label more rows first, or set initial= to a strategy that asks without a model, such "
            "as Random()."
            if self.replay_budget is None
            else f"raise replay_budget={self.replay_budget}, or give labels of more classes."
        )
        raise ValueError(f"{known}, and {wanted} are wanted: {how}")

    def _update(self, training, rows, *, classes=None, callbacks=None) -> bool:
        """Refit on a training set and take it over; whether a callback wants to stop.

        Nothing of the learner changes before the models are fitted.
        """
        start, models, task = time.perf_counter(), None, None
        if self._is_enough(training):
            if callbacks is not None:
                task = callbacks.subcontext(task_name="round")
                task.call_on_fit_task_begin(estimator=self)
            models = self._fit_models(training, before=self._models)
            _checks.check_fitted(
                self.strategy_,
                models.seen_through,
                {"proba": _checks.has_scores, "draws": can_draw},
            )
        seconds = time.perf_counter() - start
        self._take_over(training, models, classes)
        self._remember(rows, seconds)
        self._asked = None
        return task is not None and task.call_on_fit_task_end(
            estimator=self, **self._for_callbacks()
        )

    def _fit_models(self, training, before: Models | None = None) -> Models:
        """The estimator, and the surrogate if there is one, fitted on the known labels."""
        X, y, params = training.labelled()
        routed = process_routing(self, "fit", **params) if params else None
        models = []
        for role in ("estimator", "surrogate"):
            if (unfitted := getattr(self, role)) is not None:
                own = routed[role].fit if routed else {}
                classify = self._reader.classify
                models.append(
                    fit_clone(
                        unfitted,
                        X,
                        y,
                        own,
                        self._seed,
                        classify=classify,
                        before=before and getattr(before, role),
                    )
                )
        return Models(*models)

    def _fit_committee(self, X, y, params, members, rng):
        """Estimators fitted on the known labels; a number of them: on labels drawn from these."""
        inner = self.surrogate if self.surrogate is not None else self.estimator
        estimators = [inner] * members if isinstance(members, Integral) else members
        role = "surrogate" if self.surrogate is not None else "estimator"
        for estimator in estimators:
            rows = np.arange(len(y))
            if isinstance(members, Integral):
                rows = resample(y, rng, classify=self._reader.classify)
            own = {name: take(v, rows) for name, v in params.items() if name in self._row_params}
            own = {**params, **own}
            if own and isinstance(members, Integral):
                own = process_routing(self, "fit", **own)[role].fit
            elif own:  # each of somebody's own estimators says itself what it wants
                router = MetadataRouter(owner="committee").add(
                    member=estimator, method_mapping=MethodMapping().add(caller="fit", callee="fit")
                )
                own = router.route_params(caller="fit", params=own).member.fit
            seed = int(rng.integers(2**31 - 1))
            fitting = take(X, rows), y[rows], own, seed
            yield fit_clone(estimator, *fitting, classify=self._reader.classify)

    @property
    def _row_params(self):
        return self._training.row_params.keys()

    def _take_over(self, training, models, classes):
        """From here on this is what the learner knows."""
        if self._asked is not None:
            self._round += 1
            self._previous = self._models
            self.previous_estimator_ = self._previous and self._previous.estimator
        self._training, self._models = training, models
        if classes is not None:
            self.classes_ = classes
        for name, model in zip(("estimator_", "surrogate_"), models or (None, None)):
            if model is None:
                self.__dict__.pop(name, None)
            else:
                setattr(self, name, model)

    def _remember(self, rows, fit_seconds):
        """A record of the round; labels taught without a query join the record before."""
        n_labelled = self._training.n_labelled
        if self._asked is None and self.history_:
            last = self.history_[-1]
            last["rows"] = np.append(last["rows"], rows)
            last["n_labelled"] = n_labelled
            last["fit_seconds"] += fit_seconds
        else:
            asked = self._asked or {"query_seconds": 0.0}
            record = {"rows": np.array(rows), "n_labelled": n_labelled, **asked}
            self.history_.append({**record, "fit_seconds": fit_seconds})
        if hasattr(self, "rounds_") and self._models is not None:
            if self.rounds_ and self.rounds_[-1].round == self._round:
                self.rounds_.pop()
            self.rounds_.append(StoredRound(self._round, n_labelled, self.estimator_))
