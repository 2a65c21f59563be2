"""The data and models behind the views of a state, and the fitter of other models."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from skal.state.fitted import Fitted
from skal.state.rows import Rows
from skal.state.training_set import TrainingSet
from skal.state.view import View


class CanFit(Protocol):
    """Read rows and fit models: the interface of the learner's Fitter to a state."""

    def read(self, X: Any) -> Any:
        """Return X after a check against the X given to `fit`."""

    def prepare(self, X: Any) -> Callable[[Any], Any]:
        """Return a function that makes rows numeric before there is a model, fitted on X alone."""

    def learn(
        self, source: "Source", positions: np.ndarray, y: np.ndarray
    ) -> tuple[TrainingSet, np.ndarray | None]:
        """Return the training set with labels for these rows of the pool, and all known classes."""

    def fit(self, training: TrainingSet) -> Fitted:
        """Fit models on a training set."""

    def committee(
        self, training: TrainingSet, members: int | Sequence[Any], rng: np.random.Generator
    ) -> Iterator[Any]:
        """Fit other models on it."""


@dataclass(frozen=True)
class Source:
    """Store the data and models behind the views of a state.

    Attributes
    ----------
    training : TrainingSet
        The labels known so far.
    fitted : Fitted or None
        The models of these labels; None if there are too few labels.
    fitter : CanFit
        Fits other models.
    pool : Rows
        The rows to select from.
    classes : ndarray or None
        All known classes; None for a regression.
    previous : Fitted or None
        The models of the last query; None in the first round.
    holdout : Rows or None
        Rows with trusted labels, or rows whose predictions can be judged.
    """

    training: TrainingSet
    fitted: Fitted | None
    fitter: CanFit
    pool: Rows
    classes: np.ndarray | None = None
    previous: Fitted | None = None
    holdout: Rows | None = None

    def view(self, rows: Rows, fitted: Fitted | None = None) -> View:
        """Return a view of rows through the current model, or through another one."""
        fitted = self.fitted if fitted is None else fitted
        model = None if fitted is None else fitted.seen_through
        return View(rows, model, self.classes, self.prepared)

    def prepared(self, X: Any) -> Any:
        """Return numeric features of rows before there is a model."""
        return self._preparation(X)

    @cached_property
    def _preparation(self) -> Callable[[Any], Any]:
        return self.fitter.prepare(self.training.X)
