"""Fitting the estimator and the surrogate on the known labels."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing

from skal._maps import seen_classes
from skal._progress import counted
from skal._rows import take
from skal.learner.few_labels import fit_clone, resample
from skal.learner.preparing import preparation
from skal.learner.reading import Reader
from skal.state import Source
from skal.state.fitted import Fitted
from skal.state.training_set import TrainingSet


@dataclass(frozen=True)
class Fitter:
    """Fit models on training sets; the same labels give the same models.

    Attributes
    ----------
    estimator, surrogate : estimator
        The estimators to clone and fit; the surrogate may be None.
    reader : Reader
        The reader of rows and labels.
    seed : int
        Seed of everything random in a fit.
    initial_asks : bool
        Whether a strategy selects rows while there are too few labels for a model.
    replay_budget : int or None
        The learner's parameter, for error messages.
    """

    estimator: Any
    surrogate: Any
    reader: Reader
    seed: int
    initial_asks: bool
    replay_budget: int | None

    def read(self, X: Any) -> Any:
        """Return X after a check against the X given to `fit`."""
        return self.reader.rows(X)

    def prepare(self, X: Any) -> Callable[[Any], Any]:
        """Return a function that makes rows numeric before there is a model, fitted without y."""
        seen_first = self.estimator if self.surrogate is None else self.surrogate
        return preparation(seen_first, self.seed, X)

    # ------------------------------------------------------------------ enough labels?
    @property
    def _n_required(self) -> int:
        """Return the required number: of classes, or in regression of labels."""
        return 2 if self.reader.classify or self.initial_asks else 1

    def is_enough(self, training: TrainingSet) -> bool:
        """Return whether there are enough labels to fit a model."""
        n = training.n_classes if self.reader.classify else training.n_labelled
        return n >= self._n_required

    def check_enough(self, training: TrainingSet, *, initial_may_ask: bool) -> None:
        """Raise an error if no model can be fitted and no strategy works without one."""
        if self.is_enough(training) or (initial_may_ask and self.initial_asks):
            return
        if training.n_labelled == 0:
            known, required = "No label is known", "labels"
        elif self.reader.classify:
            known = f"Only one class is known ({seen_classes(training.labelled_y)[0]})"
            required = "labels of two classes"
        else:
            known, required = "Only one label is known (n_samples=1)", "two labels"
        how = (
            "label more rows first, or set initial= to a strategy that needs no model, such "
            "as Random()."
            if self.replay_budget is None
            else f"raise replay_budget={self.replay_budget}, or give labels of more classes."
        )
        raise ValueError(f"{known}, and {required} are required: {how}")

    # ------------------------------------------------------------------ labels
    def read_answers(
        self, rows: np.ndarray, y: Any, training: TrainingSet, classes: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return labels for rows, and all classes known with them (None for a regression)."""
        y = self.reader.answers(rows, y, training)
        if not self.reader.classify:
            return y, None
        union = self.reader.classes(classes, y)
        return (y if y.ndim > 2 else y.astype(union.dtype)), union

    def learn(
        self, source: Source, positions: np.ndarray, y: np.ndarray
    ) -> tuple[TrainingSet, np.ndarray | None]:
        """Return the training set with labels for rows of the pool, and all classes."""
        training, pool = source.training, source.pool
        rows = pool.numbers[positions]
        y, classes = self.read_answers(rows, y, training, source.classes)
        if pool.container is training.X:
            training = training.learn(rows, y, {})
        elif training.row_params:
            raise ValueError(
                f"{', '.join(training.row_params)} was given to fit with one value per row, and "
                "the rows of a pool given to query have no such values to refit with: pass these "
                "rows to fit, or choose a strategy that does not refit."
            )
        else:
            training = training.learn_elsewhere(pool.container, rows, y, {})
        self.check_enough(training, initial_may_ask=False)
        return training, classes

    # ------------------------------------------------------------------ models
    def fit(self, training: TrainingSet, before: Fitted | None = None) -> Fitted:
        """Fit the estimator, and the surrogate if there is one, on the known labels.

        With `warm_start`, training continues from the models `before`.
        """
        X, y, params = training.labelled()
        models = []
        for role in ("estimator", "surrogate"):
            unfitted = getattr(self, role)
            if unfitted is None:
                continue
            own = self._routed(params, role)
            old = before and getattr(before, role)
            models.append(self._fit(unfitted, X, y, own, self.seed, before=old))
        return Fitted(*models)

    def committee(
        self, training: TrainingSet, members: int | Sequence[Any], rng: np.random.Generator
    ) -> Iterator[Any]:
        """Fit a committee on the known labels; if `members` is a number, on resampled labels."""
        X, y, params = training.labelled()
        role = "estimator" if self.surrogate is None else "surrogate"
        estimators: Sequence[Any]
        if resampled := isinstance(members, int | np.integer):
            estimators = [getattr(self, role)] * int(members)
        else:
            estimators = members
        for estimator in counted(estimators, "Fitting the committee"):
            rows = np.arange(len(y))
            if resampled:
                rows = resample(y, rng, classify=self.reader.classify)
            own = {name: take(params[name], rows) for name in training.row_params}
            own = {**params, **own}
            own = self._routed(own, role) if resampled else _requested(estimator, own)
            seed = int(rng.integers(2**31 - 1))
            yield self._fit(estimator, take(X, rows), y[rows], own, seed)

    def _fit(self, estimator, X, y, params, seed, before=None):
        classify = self.reader.classify
        return fit_clone(estimator, X, y, params, seed, classify=classify, before=before)

    def _routed(self, params: dict[str, Any], role: str) -> dict[str, Any]:
        """Return the fit parameters that the estimator, or the surrogate, requests."""
        if not params:
            return {}
        router = MetadataRouter(owner="ActiveLearner")
        for name in ("estimator", "surrogate"):
            if (part := getattr(self, name)) is not None:
                router.add(**{name: part}, method_mapping=_to_fit())
        return process_routing(router, "fit", **params)[role].fit


def _requested(estimator: Any, params: dict[str, Any]) -> dict[str, Any]:
    """Return the fit parameters that an estimator of a user's committee requests."""
    if not params:
        return {}
    router = MetadataRouter(owner="committee").add(member=estimator, method_mapping=_to_fit())
    return router.route_params(caller="fit", params=params).member.fit


def _to_fit() -> MethodMapping:
    return MethodMapping().add(caller="fit", callee="fit")
