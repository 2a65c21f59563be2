"""An estimate of today's performance, which prints as a sentence."""

from dataclasses import dataclass
from math import ceil

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
        How many random rows it uses.
    n_labelled : int
        How many labels are known today.
    method : str
        How it was computed, in words.
    scoring : str, default="accuracy"
        The score, by scikit-learn's name.
    confidence : float, default=0.95
        The confidence of the interval.
    n_audits : int, default=None
        How many labelled random rows the score counts, of which the latest `n_rows` are used; None
        is `n_rows`.  Recall, for example, counts the rows of the second class only.
    n_drawn : int, default=None
        How many random rows have a label, whether the score counts them or not; None is `n_audits`.
    n_measured : int, default=None
        The labels of the latest model that a random row measured, if no random row is left without
        a label: the estimate then holds for the models up to that one, and not for that of today.

    Attributes
    ----------
    enough : bool
        Whether `n_rows` is at least 30; fewer rows are too few for a conclusion.
    remark : str
        What it means that no random row is left without a label; empty if some are left.

    See Also
    --------
    performance_today : Compute an estimate.

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
    n_drawn: int | None = None
    n_measured: int | None = None

    @property
    def enough(self) -> bool:
        return self.n_rows >= ENOUGH

    def __str__(self) -> str:
        if not self.n_rows:
            return self._without_rows()
        name, low, high = NAMES[self.scoring], self._said(self.low), self._said(self.high)
        n_audits = self._counted()
        if not self.enough:
            lacking = self._to_draw(max(1, ENOUGH - n_audits))
            rows = "1 random row puts" if self.n_rows == 1 else f"{self._rows(n_audits)} put"
            advice = self.remark or f"{_more(lacking)} needed."
            return (
                f"Too few audit labels: {rows} {_within(name)} between {low} and {high} "
                f"({self.confidence:.0%} confidence). {advice}"
            )
        when = "today" if self.n_measured is None else f"with up to {self.n_measured:,} labels"
        sentence = (
            f"{name} {when}: {self._said(self.value)}, with {self.confidence:.0%} confidence from "
            f"{low} to {high}, by {self._rows(n_audits)}; {self.n_labelled:,} rows are labelled."
        )
        if self.remark:
            return f"{sentence} {self.remark}"
        if self.scoring in SHARES and self.high - self.low > WIDE:
            more = self._to_draw(3 * self.n_rows)  # the width goes by the root of the number
            sentence += f" {more:,} more audit labels would halve the interval."
        return sentence

    @property
    def remark(self) -> str:
        if self.n_measured is None:
            return ""
        return (
            "All random rows have labels, so that today's model cannot be measured; it may be "
            "better than the models that predicted them. Add new rows, from which more can be "
            "drawn at random."
        )

    def _without_rows(self) -> str:
        """Return the sentence of an estimate that uses no row."""
        if self.n_drawn:
            rows = "random row counts" if self.n_drawn == 1 else "random rows count"
            return (
                f"Too few audit labels: none of {self.n_drawn:,} labelled {rows} for "
                f"{_within(NAMES[self.scoring])}. {ENOUGH} that count are needed."
            )
        return (
            f"Too few audit labels: no random row is labelled yet. {ENOUGH} audit labels are "
            "needed."
        )

    def _counted(self) -> int:
        """Return how many labelled random rows the score counts."""
        return self.n_rows if self.n_audits is None else self.n_audits

    def _to_draw(self, n: int) -> int:
        """Return how many rows to draw to have n more that the score counts."""
        counted = self._counted()
        drawn = counted if self.n_drawn is None else self.n_drawn
        return ceil(n * drawn / counted)

    def _rows(self, n_audits: int) -> str:
        """Name the random rows that the estimate uses."""
        if n_audits == self.n_rows:
            return f"{self.n_rows} random row{'s' * (self.n_rows != 1)}"
        return f"the latest {self.n_rows} of {n_audits} random rows"

    def _said(self, value: float) -> str:
        if not np.isfinite(value):
            return "anything"
        return f"{value:.1%}" if self.scoring in SHARES else f"{value:.3g}"


def _more(n: int) -> str:
    """Return so many more audit labels in words, with their verb."""
    return f"{n:,} more audit {'label is' if n == 1 else 'labels are'}"


def _within(name: str) -> str:
    """A score's name within a sentence."""
    return name if name[1:2].isdigit() or name == "R²" else name[0].lower() + name[1:]
