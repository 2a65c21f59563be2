"""Which rows of a container a view shows, and what is known of their labels."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skal._rows import n_rows, take


@dataclass(frozen=True)
class Rows:
    """Rows of one container.

    Attributes
    ----------
    container : same kind of container as in fit
        What the row numbers index.
    numbers : ndarray of int64
        Which rows of it.
    labels : ndarray or None
        Their labels; None where there are none.  Values mean nothing where `known` is False.
    known : ndarray of bool or None
        Which labels may be seen; None: all of them.
    weights : ndarray or None
        Sample weights of labelled rows, where weights were given.
    """

    container: Any
    numbers: np.ndarray
    labels: np.ndarray | None = None
    known: np.ndarray | None = None
    weights: np.ndarray | None = None

    @classmethod
    def all_of(cls, container: Any, labels: np.ndarray | None = None) -> "Rows":
        """Every row of a container."""
        return cls(container, np.arange(n_rows(container)), labels)

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def X(self) -> Any:
        """The rows themselves: a copy, unless they follow one another."""
        return take(self.container, self.numbers)

    def block(self, rows: slice) -> Any:
        """Some of the rows themselves."""
        return take(self.container, self.numbers[rows])

    @property
    def is_labelled(self) -> bool:
        """Whether all labels are known."""
        return self.labels is not None and (self.known is None or bool(self.known.all()))

    def y(self, *, classify: bool) -> np.ndarray:
        """The labels; None (classes) or NaN (numbers) where one is missing."""
        if self.labels is None:
            return np.full(len(self), None if classify else np.nan)
        if self.known is None or self.known.all():
            return self.labels
        missing = np.nan if self.labels.dtype.kind == "f" and not classify else None
        y = self.labels.astype(object if missing is None else self.labels.dtype)
        y[~self.known] = missing
        return y

    def part(self, positions: np.ndarray) -> "Rows":
        """Some of these rows."""
        values = (self.labels, self.known, self.weights)
        parts = (None if value is None else value[positions] for value in values)
        return Rows(self.container, self.numbers[positions], *parts)
