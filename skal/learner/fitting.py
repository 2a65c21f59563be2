"""The estimator and the surrogate, fitted on the labels known so far."""

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
    """Fits models on training sets; the same for the same labels.

    Attributes
    ----------
    estimator, surrogate : estimator
        What is cloned and fitted; the surrogate may be None.
    reader : Reader
        Reads rows and labels.
    seed : int
        Of everything random in a fit.
    initial_asks : bool
        Whether a strategy asks while there are too few labels for a model.
    replay_budget : int or None
        For what the errors advise.
    """

    estimator: Any
    surrogate: Any
    reader: Reader
    seed: int
    initial_asks: bool
    replay_budget: int | None

    def read(self, X: Any) -> Any:
        """X, checked against what `fit` was given."""
        return self.reader.rows(X)

    def prepare(self, X: Any) -> Callable[[Any], Any]:
        """What makes numbers of rows before there is a model, fitted on X without labels."""
        seen_first = self.estimator if self.surrogate is None else self.surrogate
        return preparation(seen_first, self.seed, X)

    # ------------------------------------------------------------------ enough labels?
    @property
    def _n_required(self) -> int:
        """Two classes; of a regression, two labels where `initial` can ask for them."""
        return 2 if self.reader.classify or self.initial_asks else 1

    def is_enough(self, training: TrainingSet) -> bool:
        """Whether a model can be fitted."""
        n = training.n_classes if self.reader.classify else training.n_labelled
        return n >= self._n_required

    def check_enough(self, training: TrainingSet, *, initial_may_ask: bool) -> None:
        """An error where a model cannot be fitted and nobody asks for more labels."""
        if self.is_enough(training) or (initial_may_ask and self.initial_asks):
            return
        if training.n_labelled == 0:
            known, wanted = "No label is known", "labels"
        elif self.reader.classify:
            known = f"Only one class is known ({seen_classes(training.labelled_y)[0]})"
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

    # ------------------------------------------------------------------ labels
    def read_answers(
        self, rows: np.ndarray, y: Any, training: TrainingSet, classes: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Labels for rows, and every class known with them (None for a regression)."""
        y = self.reader.answers(rows, y, training)
        if not self.reader.classify:
            return y, None
        union = self.reader.classes(classes, y)
        return (y if y.ndim > 2 else y.astype(union.dtype)), union

    def learn(
        self, source: Source, positions: np.ndarray, y: np.ndarray
    ) -> tuple[TrainingSet, np.ndarray | None]:
        """The training set with labels for rows of the pool, enough for a model; all classes."""
        training, pool = source.training, source.pool
        rows = pool.numbers[positions]
        y, classes = self.read_answers(rows, y, training, source.classes)
        if pool.container is training.X:
            training = training.learn(rows, y, {})
        elif training.row_params:
            raise ValueError(
                f"{', '.join(training.row_params)} was given to fit, one value a row, and rows "
                "of a pool given to query have none to be refitted with: give these rows to "
                "fit, or choose a strategy that does not refit."
            )
        else:
            training = training.learn_elsewhere(pool.container, rows, y, {})
        self.check_enough(training, initial_may_ask=False)
        return training, classes

    # ------------------------------------------------------------------ models
    def fit(self, training: TrainingSet, before: Fitted | None = None) -> Fitted:
        """The estimator, and the surrogate if there is one, fitted on the known labels.

        Models that go on learning (`warm_start`) go on from those `before`.
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
        """Estimators fitted on the known labels; a number of them: on labels drawn from these."""
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
        """Fit parameters that the estimator, or the surrogate, asks for."""
        if not params:
            return {}
        router = MetadataRouter(owner="ActiveLearner")
        for name in ("estimator", "surrogate"):
            if (part := getattr(self, name)) is not None:
                router.add(**{name: part}, method_mapping=_to_fit())
        return process_routing(router, "fit", **params)[role].fit


def _requested(estimator: Any, params: dict[str, Any]) -> dict[str, Any]:
    """Fit parameters that somebody's own estimator asks for."""
    if not params:
        return {}
    router = MetadataRouter(owner="committee").add(member=estimator, method_mapping=_to_fit())
    return router.route_params(caller="fit", params=params).member.fit


def _to_fit() -> MethodMapping:
    return MethodMapping().add(caller="fit", callee="fit")
