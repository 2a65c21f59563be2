"""Row numbers in a container, with the labels of these rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skal._rows import n_rows, take


@dataclass(frozen=True)
class Rows:
    """Refer to rows of one container.

    Attributes
    ----------
    container : same kind of container as in fit
        The container that the row numbers index.
    numbers : ndarray of int64
        The row numbers.
    labels : ndarray or None
        Their labels; None if there are none.  Values are undefined where `known` is False.
    known : ndarray of bool or None
        Which labels are visible; None: all of them.
    weights : ndarray or None
        Sample weights of labelled rows, if weights were passed.
    """

    container: Any
    numbers: np.ndarray
    labels: np.ndarray | None = None
    known: np.ndarray | None = None
    weights: np.ndarray | None = None

    @classmethod
    def all_of(cls, container: Any, labels: np.ndarray | None = None) -> "Rows":
        """Return all rows of a container."""
        return cls(container, np.arange(n_rows(container)), labels)

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def X(self) -> Any:
        """Return the rows: a copy, unless they are contiguous."""
        return take(self.container, self.numbers)

    def block(self, rows: slice) -> Any:
        """Return the content of some of the rows."""
        return take(self.container, self.numbers[rows])

    @property
    def is_labelled(self) -> bool:
        """Return whether all labels are known."""
        return self.labels is not None and (self.known is None or bool(self.known.all()))

    def y(self, *, classify: bool) -> np.ndarray:
        """Return the labels; None (classes) or NaN (numbers) if one is missing."""
        if self.labels is None:
            return np.full(len(self), None if classify else np.nan)
        if self.known is None or self.known.all():
            return self.labels
        missing = np.nan if self.labels.dtype.kind == "f" and not classify else None
        y = self.labels.astype(object if missing is None else self.labels.dtype)
        y[~self.known] = missing
        return y

    def part(self, positions: np.ndarray) -> "Rows":
        """Return some of these rows."""
        values = (self.labels, self.known, self.weights)
        parts = (None if value is None else value[positions] for value in values)
        return Rows(self.container, self.numbers[positions], *parts)
