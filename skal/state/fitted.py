"""The models of one training set."""

from typing import Any, NamedTuple


class Fitted(NamedTuple):
    """What was fitted on one training set."""

    estimator: Any
    surrogate: Any = None

    @property
    def seen_through(self) -> Any:
        """The model that strategies look through."""
        return self.estimator if self.surrogate is None else self.surrogate
