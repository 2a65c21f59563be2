"""What the views of a state are made of, and what fits other models."""

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
    """Reads rows and fits models: what a state asks of the learner's Fitter."""

    def read(self, X: Any) -> Any:
        """X, checked against what `fit` was given."""

    def prepare(self, X: Any) -> Callable[[Any], Any]:
        """What makes numbers of rows before there is a model, fitted on X without labels."""

    def learn(
        self, source: "Source", positions: np.ndarray, y: np.ndarray
    ) -> tuple[TrainingSet, np.ndarray | None]:
        """The training set with labels for these rows of the pool, and all classes then known."""

    def fit(self, training: TrainingSet) -> Fitted:
        """Models of a training set."""

    def committee(
        self, training: TrainingSet, members: int | Sequence[Any], rng: np.random.Generator
    ) -> Iterator[Any]:
        """Other models of it."""


@dataclass(frozen=True)
class Source:
    """What the views of a state are made of.

    Attributes
    ----------
    training : TrainingSet
        The labels known so far.
    fitted : Fitted or None
        The models of these labels; None where there are too few.
    fitter : CanFit
        Fits others.
    pool : Rows
        The rows to choose from.
    classes : ndarray or None
        Every class known; None for a regression.
    previous : Fitted or None
        The models as of the last query; None in the first round.
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
        """Rows through today's model, or through another one."""
        fitted = self.fitted if fitted is None else fitted
        model = None if fitted is None else fitted.seen_through
        return View(rows, model, self.classes, self.prepared)

    def prepared(self, X: Any) -> Any:
        """Rows as numbers before there is a model."""
        return self._preparation(X)

    @cached_property
    def _preparation(self) -> Callable[[Any], Any]:
        return self.fitter.prepare(self.training.X)
