"""The gain that more labels would bring, with an interval; printed, it is a sentence."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from skal import _checks
from skal.metrics.estimate import NAMES, SHARES
from skal.metrics.intervals import check_confidence
from skal.metrics.performance import audits_of, checked_scoring
from skal.metrics.power_law import Curves, curves_of

if TYPE_CHECKING:
    from skal._audits import Audits

OF_CLASSES, OF_NUMBERS = ("accuracy",), ("r2", "neg_mean_absolute_error")
ENOUGH = 4  # audit rows: most of what is known of the gain, successive models say


@dataclass(frozen=True)
class Outlook:
    """The score that a model would have with more labels; printed, it is a sentence.

    Parameters
    ----------
    value : float
        The expected score after `n_labels` more labels; NaN where no audit row is labelled yet.
    low, high : float
        Its interval.
    gain, gain_low, gain_high : float
        By how much that is above today's score, and the interval of the difference.
    n_labels : int
        How many more labels.
    n_rows : int
        How many audit rows it uses.
    n_labelled : int
        How many labels are known today.
    scoring : str, default="accuracy"
        The score, by scikit-learn's name.
    confidence : float, default=0.8
        The confidence of the intervals.

    Attributes
    ----------
    enough : bool
        Whether there are 4 audit rows; fewer are too few for an estimate.

    See Also
    --------
    skal.ActiveLearner.outlook : Compute an outlook.
    Estimate : The score of today.

    Examples
    --------
    >>> from skal.metrics import Outlook
    >>> print(Outlook(0.92, 0.9, 0.94, 0.012, 0.004, 0.021, 100, 40, 400))
    100 more labels will raise accuracy by about 1.2 points (80% confidence: 0.4 to 2.1). On the
    fitted learning curve it rises from 90.8% to 92.0% (90.0% to 94.0%).
    """

    value: float
    low: float
    high: float
    gain: float
    gain_low: float
    gain_high: float
    n_labels: int
    n_rows: int
    n_labelled: int
    scoring: str = "accuracy"
    confidence: float = 0.8

    @property
    def enough(self) -> bool:
        return self.n_rows >= ENOUGH

    def __str__(self) -> str:
        if not self.enough:
            return (
                f"Too few audit labels to estimate the gain of {self.n_labels:,} more "
                f"label{'s' * (self.n_labels != 1)}: {self.n_rows} of at least {ENOUGH}."
            )
        name = NAMES[self.scoring]
        name = name if name == "R²" else name.lower()
        labels = f"{self.n_labels:,} more label{'s' * (self.n_labels != 1)}"
        return (
            f"{labels} will raise {name} by about {self._gained(self.gain)} "
            f"({self.confidence:.0%} confidence: {self._gained(self.gain_low, unit=False)} to "
            f"{self._gained(self.gain_high, unit=False)}). On the fitted learning curve it rises "
            f"from {self._said(self.value - self.gain)} to {self._said(self.value)} "
            f"({self._said(self.low)} to {self._said(self.high)})."
        )

    def _said(self, value: float) -> str:
        return f"{value:.1%}" if self.scoring in SHARES else f"{value:.3g}"

    def _gained(self, value: float, unit: bool = True) -> str:
        if self.scoring not in SHARES:
            return f"{value:.2g}"
        return f"{100 * value:.1f}{' points' if unit else ''}"


def outlook(
    learner: Any, n_labels: int = 100, scoring: str | None = None, confidence: float = 0.8
) -> Outlook:
    """What :meth:`skal.ActiveLearner.outlook` gives; here also of a pipeline that ends in one."""
    _checks.check_count(n_labels, "n_labels")
    check_confidence(confidence)
    audits = audits_of(learner)
    scoring = scoring_of_curves(scoring, audits)
    if not len(audits):
        bounds = (0.0, 1.0) if audits.classes is not None else (-np.inf, np.inf)
        nothing = np.nan, *bounds, np.nan, 0.0, np.inf
        return Outlook(*nothing, int(n_labels), 0, audits.n_known, scoring, confidence)
    curves, to_score = scored_curves(audits, scoring)
    ahead, today = to_score(curves.at(curves.n_known + n_labels)), to_score(curves.loss)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = curves.quantiles(ahead, tails)
    gain_low, gain_high = curves.quantiles(ahead - today, tails)
    return Outlook(
        value=curves.mean(ahead),
        low=low,
        high=high,
        gain=curves.mean(ahead - today),
        gain_low=gain_low,
        gain_high=gain_high,
        n_labels=int(n_labels),
        n_rows=len(audits),
        n_labelled=audits.n_known,
        scoring=scoring,
        confidence=confidence,
    )


def rise(learner: Any, n_labels: int, scoring: str | None, confidence: float) -> float:
    """What the latest labels have raised the score by at most, with this confidence."""
    audits = audits_of(learner)
    curves, to_score = scored_curves(audits, scoring_of_curves(scoring, audits))
    risen = to_score(curves.loss) - to_score(curves.at(curves.n_known - n_labels))
    return curves.quantiles(risen, [confidence])[0]


def check_has_curve(scoring: str | None, *, classify: bool) -> None:
    """Raise an error for a score without a learning curve; None is the default score."""
    if scoring is not None and scoring not in (OF_CLASSES if classify else OF_NUMBERS):
        raise ValueError(
            f"scoring={scoring!r} has no learning curve: of classes there is 'accuracy', of "
            "numbers 'r2' and 'neg_mean_absolute_error'."
        )


def scoring_of_curves(scoring: str | None, audits: "Audits") -> str:
    """Return the score of the learning curve; raise an error for a score without one."""
    check_has_curve(scoring, classify=audits.classes is not None)
    return checked_scoring(scoring, audits)


def scored_curves(audits: "Audits", scoring: str) -> tuple[Curves, Any]:
    """The curves of a score's loss, and what makes a score of a loss."""
    if scoring == "accuracy":
        wrong = (audits.y != audits.predicted).astype(float)
        return curves_of(audits, wrong), lambda loss: 1 - loss
    errors = np.abs(audits.y.astype(float) - audits.predicted.astype(float))
    if scoring == "neg_mean_absolute_error":
        return curves_of(audits, errors), np.negative
    spread = float(np.var(audits.y.astype(float))) or 1.0
    return curves_of(audits, errors**2), lambda loss: 1 - loss / spread
