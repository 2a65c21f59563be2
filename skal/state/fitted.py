"""The models of one training set."""

from typing import Any, NamedTuple


class Fitted(NamedTuple):
    """Store the models that were fitted on one training set."""

    estimator: Any
    surrogate: Any = None

    @property
    def seen_through(self) -> Any:
        """Return the model that strategies use: the surrogate, if there is one."""
        return self.estimator if self.surrogate is None else self.surrogate
