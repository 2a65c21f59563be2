"""Stop when the estimated score has stopped rising."""

from numbers import Integral
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval

from skal._constraints import FRACTION, POSITIVE
from skal.metrics.estimate import NAMES, SHARES
from skal.metrics.outlook import check_has_curve, outlook, rise
from skal.stopping.advice import Advice
from skal.stopping.rule import StoppingRule, too_few


class Plateau(StoppingRule):
    """Stop when the score has stopped rising, by the interval of its estimate.

    The rule estimates how much the score has risen with the latest `n_labels` labels, from the
    audit rows and from what successive models predict.  It advises to stop when the rise is below
    `tolerance` with the given confidence.

    Parameters
    ----------
    tolerance : float, default=0.01
        The rise that still counts, in the unit of the score: 0.01 is a point of accuracy.
    n_labels : int, default=100
        Over how many of the latest labels.
    confidence : float, default=0.8
        How probable it must be that the rise was smaller.
    scoring : str, default=None
        "accuracy"; of numbers "r2" or "neg_mean_absolute_error".  None is accuracy, or R².

    See Also
    --------
    Worth : Weighs the gain of another batch against its cost.
    Agreement : Needs no audit labels.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.stopping import Plateau
    >>> X, y = load_digits(return_X_y=True)
    >>> learner = ActiveLearner(
    ...     LogisticRegression(max_iter=500), audit=0.2, replay_budget=400, batch_size=20,
    ...     random_state=0,
    ... ).fit(X / 16, y)
    >>> Plateau(tolerance=0.1).advise(learner).stop
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        "tolerance": [POSITIVE],
        "n_labels": [Interval(Integral, 1, None, closed="left")],
        "confidence": [FRACTION],
        "scoring": [str, None],
    }

    def __init__(
        self,
        tolerance: float = 0.01,
        n_labels: int = 100,
        *,
        confidence: float = 0.8,
        scoring: str | None = None,
    ):
        self.tolerance = tolerance
        self.n_labels = n_labels
        self.confidence = confidence
        self.scoring = scoring

    def check_task(self, *, classify: bool) -> None:
        check_has_curve(self.scoring, classify=classify)

    def advise(self, learner: Any) -> Advice:
        self.check()
        ahead = outlook(learner, self.n_labels, self.scoring)
        if ahead.scoring in SHARES and self.tolerance >= 1:
            raise ValueError(
                f"tolerance={self.tolerance:g} is more than {NAMES[ahead.scoring].lower()} can "
                f"rise: give a share, such as 0.01 for a point."
            )
        if not ahead.enough:
            return too_few(ahead)
        if ahead.n_labelled <= self.n_labels:
            return Advice(
                False,
                f"Too early to say: {ahead.n_labelled:,} labels are known, and the rise over the "
                f"latest {self.n_labels:,} needs more.",
                ahead.gain,
            )
        most = rise(learner, self.n_labels, self.scoring, self.confidence)
        stop = most < self.tolerance
        rose = "rose by less than" if stop else "may have risen by up to"
        name, beside = NAMES[ahead.scoring], "within" if stop else "above"
        why = (
            f"{name} {rose} {_size(most, ahead.scoring)} with the latest {self.n_labels:,} labels "
            f"({self.confidence:.0%} confidence), {beside} the tolerance of "
            f"{_size(self.tolerance, ahead.scoring)}."
        )
        return Advice(stop, why, ahead.gain)


def _size(rise: float, scoring: str) -> str:
    """Return a rise of the score in words: in points if the score is a share."""
    if scoring not in SHARES:
        return f"{rise:.3g}"
    return "1 point" if 100 * rise == 1 else f"{100 * rise:.2g} points"
