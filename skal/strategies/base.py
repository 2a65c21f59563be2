"""What every strategy is."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.metadata_routing import UNUSED

from skal.selection import top
from skal.state import QueryState


class Strategy(BaseEstimator, ABC):
    """Chooses rows of the pool.

    A strategy keeps its parameters and nothing else, so one object may serve many learners.
    What it needs beyond the pool it says in `needs`; the learner checks that once, before any
    work.  Known needs: ``"model"``, ``"proba"`` (probabilities or a decision function),
    ``"last_layer"``, ``"modules"`` (of a net, by name), ``"features"`` (last-layer ones; before
    there is a model, rows of numbers), ``"draws"`` (several opinions: dropout or an ensemble),
    ``"holdout"``, ``"holdout_rows"`` (which may come without labels), ``"classifier"`` and
    ``"regressor"``.
    """

    needs: frozenset = frozenset()

    def check(self) -> None:
        """Raise an error for parameters that cannot be; the learner calls this in `fit`."""

    @property
    def scored_by(self) -> "ScoringStrategy | None":
        """Whose scores say what a row is worth by itself; None where rows are chosen together."""
        return None

    @abstractmethod
    def select(self, state: QueryState, n: int) -> np.ndarray:
        """Positions in `state.pool` of the n rows to ask for, best first.

        Only `state.candidates` may be picked, each once; n is at most their number.
        """


def check_wrapped(strategy, name: str, wrapper: Strategy) -> None:
    """What a wrapper wraps must be a strategy, with parameters that can be."""
    if not isinstance(strategy, Strategy):
        raise TypeError(
            f"{name}={strategy!r} of {type(wrapper).__name__} is not a strategy: give an instance "
            "of one, such as Margin()."
        )
    strategy.check()


class ScoringStrategy(Strategy):
    """Chooses the n rows of the highest score."""

    __metadata_request__score: ClassVar = {"state": UNUSED}  # `state` is no metadata to route

    @property
    def scored_by(self) -> "ScoringStrategy":
        """Its own scores."""
        return self

    @abstractmethod
    def score(self, state: QueryState) -> np.ndarray:
        """One number for each of `state.candidates`: higher is asked first."""

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The n candidates of the highest score, best first; ties in pool order."""
        return state.candidates[top(self.checked_score(state), n)]

    def checked_score(self, state: QueryState) -> np.ndarray:
        """The score, or an error where it is not one number a candidate."""
        scores = self.score(state)
        try:
            scores = np.asarray(scores, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{self!r} must score candidates with numbers: {error}.") from error
        if scores.shape != state.candidates.shape or np.isnan(scores).any():
            raise ValueError(
                f"{self!r} must score each of the {len(state.candidates)} candidates with a number;"
                f" it returned an array of shape {scores.shape}, "
                f"{np.count_nonzero(np.isnan(scores))} of them NaN."
            )
        return scores
