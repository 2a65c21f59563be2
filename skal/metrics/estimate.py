"""An estimate of today's performance, which prints as a sentence."""

from dataclasses import dataclass

import numpy as np

from skal.metrics.random_rows import ENOUGH

WIDE = 0.1  # of a share: an interval as wide as that may be worth more labels
NAMES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "f1": "F1",
    "precision": "Precision",
    "recall": "Recall",
    "r2": "R²",
    "neg_mean_absolute_error": "Negative mean absolute error",
}
SHARES = {"accuracy", "balanced_accuracy", "f1", "precision", "recall"}


@dataclass(frozen=True)
class Estimate:
    """How good a model is on new rows, with an interval; printed, it is a sentence.

    Parameters
    ----------
    value : float
        The estimate; NaN where no random row is labelled yet.
    low, high : float
        Its interval.
    n_rows : int
        How many random rows it rests on.
    n_labelled : int
        How many labels are known today.
    method : str
        How it was computed, in words.
    scoring : str, default="accuracy"
        What is estimated, by scikit-learn's name.
    confidence : float, default=0.95
        That of the interval.
    n_audits : int, default=None
        How many labelled random rows the score counts, of which the latest `n_rows` are used; None
        is `n_rows`.

    Attributes
    ----------
    enough : bool
        Whether there are 30 rows: fewer are too few to say.

    See Also
    --------
    performance_today : Makes one.

    Examples
    --------
    >>> from skal.metrics import Estimate
    >>> print(Estimate(0.9, 0.77, 0.97, 40, 220, "Jeffreys interval"))
    Accuracy today: 90.0%, with 95% confidence from 77.0% to 97.0%, by 40 random rows; 220 rows are
    labelled. 120 more audit labels would halve the interval.
    """

    value: float
    low: float
    high: float
    n_rows: int
    n_labelled: int
    method: str
    scoring: str = "accuracy"
    confidence: float = 0.95
    n_audits: int | None = None

    @property
    def enough(self) -> bool:
        return self.n_rows >= ENOUGH

    def __str__(self) -> str:
        if not self.n_rows:
            return (
                f"Too few audit labels: no random row is labelled yet. {ENOUGH} audit labels are "
                "needed."
            )
        name, low, high = NAMES[self.scoring], self._said(self.low), self._said(self.high)
        n_audits = self.n_rows if self.n_audits is None else self.n_audits
        if not self.enough:
            lacking = max(1, ENOUGH - n_audits)
            rows = "1 random row puts" if self.n_rows == 1 else f"{self._rows(n_audits)} put"
            return (
                f"Too few audit labels: {rows} {_within(name)} between {low} and {high} "
                f"({self.confidence:.0%} confidence). {lacking} more audit "
                f"{'label is' if lacking == 1 else 'labels are'} needed."
            )
        sentence = (
            f"{name} today: {self._said(self.value)}, with {self.confidence:.0%} confidence from "
            f"{low} to {high}, by {self._rows(n_audits)}; {self.n_labelled:,} rows are labelled."
        )
        if self.scoring in SHARES and self.high - self.low > WIDE:
            more = 3 * self.n_rows  # the width goes by the root of the number
            sentence += f" {more:,} more audit labels would halve the interval."
        return sentence

    def _rows(self, n_audits: int) -> str:
        """Name the random rows that the estimate uses."""
        if n_audits == self.n_rows:
            return f"{self.n_rows} random row{'s' * (self.n_rows != 1)}"
        return f"the latest {self.n_rows} of {n_audits} random rows"

    def _said(self, value: float) -> str:
        if not np.isfinite(value):
            return "anything"
        return f"{value:.1%}" if self.scoring in SHARES else f"{value:.3g}"


def _within(name: str) -> str:
    """A score's name within a sentence."""
    return name if name[1:2].isdigit() or name == "R²" else name[0].lower() + name[1:]
