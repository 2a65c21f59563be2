"""Stop when another batch costs more than it is worth."""

from typing import Any, ClassVar

from skal._constraints import COUNT, NOT_NEGATIVE, POSITIVE
from skal.metrics.outlook import check_has_curve, outlook
from skal.metrics.performance import audits_of, last_step
from skal.stopping.advice import Advice
from skal.stopping.rule import StoppingRule, too_few


class Worth(StoppingRule):
    """Stop when another batch costs more than it is worth.

    The rule estimates what the score gains with another batch (:meth:`ActiveLearner.outlook`),
    multiplies the gain by its value, and compares that with the cost of the labels.

    Parameters
    ----------
    cost_of_label : float
        What a label costs, in any currency.
    value_of_point : float
        What a point of the score (0.01) is worth, in the same currency.
    n_labels : int, default=None
        How many labels the next batch has; None is the `batch_size` of the learner.
    scoring : str, default=None
        "accuracy"; of numbers "r2" or "neg_mean_absolute_error".  None is accuracy, or R².

    See Also
    --------
    Plateau : Stops when the estimated score has stopped rising.
    skal.ActiveLearner.outlook : The gain that this rule weighs.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.stopping import Worth
    >>> X, y = load_digits(return_X_y=True)
    >>> learner = ActiveLearner(
    ...     LogisticRegression(max_iter=500), audit=0.2, replay_budget=400, batch_size=20,
    ...     random_state=0,
    ... ).fit(X / 16, y)
    >>> Worth(cost_of_label=1, value_of_point=1).advise(learner).stop
    True
    >>> Worth(cost_of_label=1, value_of_point=10_000).advise(learner).stop
    False
    """

    _parameter_constraints: ClassVar[dict] = {
        "cost_of_label": [NOT_NEGATIVE],
        "value_of_point": [POSITIVE],
        "n_labels": [COUNT, None],
        "scoring": [str, None],
    }

    def __init__(
        self,
        cost_of_label: float,
        value_of_point: float,
        *,
        n_labels: int | None = None,
        scoring: str | None = None,
    ):
        self.cost_of_label = cost_of_label
        self.value_of_point = value_of_point
        self.n_labels = n_labels
        self.scoring = scoring

    def check_task(self, *, classify: bool) -> None:
        check_has_curve(self.scoring, classify=classify)

    def advise(self, learner: Any) -> Advice:
        self.check()
        audits = audits_of(learner)
        if self.n_labels is None and audits is learner:
            raise ValueError("Audits have no batch size: set n_labels= of Worth.")
        n = last_step(learner).batch_size if self.n_labels is None else self.n_labels
        ahead = outlook(audits, n, self.scoring)
        if not ahead.enough:
            return too_few(ahead)
        cost, worth = n * self.cost_of_label, 100 * ahead.gain * self.value_of_point
        stop = worth < cost
        why = (
            f"The next batch of {n:,} label{'s' * (n != 1)} costs {cost:,.6g} and is expected to "
            f"raise the score by {100 * ahead.gain:.2g} points, which is worth {worth:,.3g}."
        )
        return Advice(stop, why, ahead.gain)
