"""The number and names of the features in `fit`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data


class _Seen(BaseEstimator):
    """Stand in for the learner when scikit-learn checks features, because it sets attributes."""


_Seen.__name__ = "ActiveLearner"  # in scikit-learn's messages


@dataclass(frozen=True)
class Columns:
    """Store the features, to compare with those of later rows; None if X has no number or names."""

    number: int | None = None
    names: np.ndarray | None = None

    @classmethod
    def of(cls, X: Any) -> "Columns":
        """Return the features of X; none for texts, images or dictionaries."""
        if _n_dimensions(X) != 2:
            return cls()
        seen = _Seen()
        validate_data(seen, X, reset=True, skip_check_array=True)
        return cls(getattr(seen, "n_features_in_", None), getattr(seen, "feature_names_in_", None))

    def check(self, X: Any) -> None:
        """Raise an error for rows with other features."""
        if _n_dimensions(X) == 2:
            seen = _Seen()
            if self.number is not None:
                seen.n_features_in_ = self.number
            if self.names is not None:
                seen.feature_names_in_ = self.names
            validate_data(seen, X, reset=False, skip_check_array=True)
        elif _n_dimensions(X) == 1 and self.number is not None:
            raise ValueError(
                f"Expected 2D array, got 1D array of {len(X)} instead. Reshape your data with "
                "X.reshape(-1, 1) if it has a single feature, X.reshape(1, -1) if it is one row."
            )


def _n_dimensions(X: Any) -> int:
    """Return the number of dimensions of X; 2 if it has no shape, such as a list of rows."""
    return 0 if isinstance(X, dict) else len(getattr(X, "shape", (0, 0)))
