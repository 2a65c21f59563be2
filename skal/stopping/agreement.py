"""Stop when successive models agree."""

from itertools import pairwise
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from skal._constraints import FRACTION
from skal.metrics.performance import audits_of
from skal.stopping.advice import Advice
from skal.stopping.rule import StoppingRule


class Agreement(StoppingRule):
    """Stop when successive models agree on random rows of the pool.

    The rule compares the predictions of each model with those of the model before, on up to 1,000
    random rows without a label, by Cohen's kappa (1: all alike; 0: no more than by chance).  It
    advises to stop once the last `patience` kappas are all at least `kappa`.

    It needs no audit label.  What it bounds is how much F1 changes from one model to the next, by
    about ``4 * (1 - kappa) / kappa``; it does not say how far the model is from the best there is.
    Two bad models may agree.

    Parameters
    ----------
    kappa : float, default=0.99
        The agreement to reach.
    patience : int, default=3
        How many times in a row.

    See Also
    --------
    Plateau : Stops when the estimated score has stopped rising.
    Worth : Weighs the gain against the cost.

    References
    ----------
    Bloodgood and Vijay-Shanker, A method for stopping active learning based on stabilizing
    predictions and the need for user-adjustable stopping, CoNLL 2009; they take the mean of the
    last three.  Bloodgood and Grothendieck, Analysis of stopping active learning based on
    stabilizing predictions, CoNLL 2013, has the bound.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.stopping import Agreement
    >>> learner = ActiveLearner(
    ...     LogisticRegression(max_iter=500), audit=0.2, replay_budget=60, batch_size=10,
    ...     random_state=0,
    ... ).fit(*load_iris(return_X_y=True))
    >>> print(Agreement(kappa=0.8).advise(learner))
    Stop. Successive models agree: their kappas were 1.00, 1.00 and 1.00. That bounds how much F1
    changes from one model to the next, and says nothing about how far the model is from the best.
    """

    _parameter_constraints: ClassVar[dict] = {
        "kappa": [FRACTION],
        "patience": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, kappa: float = 0.99, patience: int = 3):
        self.kappa = kappa
        self.patience = patience

    def check_task(self, *, classify: bool) -> None:
        if not classify:
            raise ValueError(
                "Agreement compares predicted classes, and this learner predicts numbers: use "
                "Plateau() or Worth(...)."
            )

    def advise(self, learner: Any) -> Advice:
        self.check()
        audits = audits_of(learner)
        self.check_task(classify=audits.classes is not None)
        watched = audits.watched[-self.patience - 1 :]
        n_kappas = len(watched) - 1
        if n_kappas and not watched.shape[1]:
            return Advice(
                False,
                "Models cannot be compared any more: every random row of the audit reserve has a "
                "label.",
            )
        if n_kappas < self.patience:
            return Advice(
                False,
                f"Too few models to compare: {n_kappas} pair{'s' * (n_kappas != 1)} of successive "
                f"models of at least {self.patience}.",
            )
        kappas = [kappa(one, other) for one, other in pairwise(watched)]
        stop = min(kappas) >= self.kappa
        said = _listed([f"{one:.2f}" for one in kappas])
        if not stop:
            why = f"Successive models still differ: not all kappas reach {self.kappa} ({said})."
        else:
            why = (
                f"Successive models agree: their kappas were {said}. That bounds how much F1 "
                "changes from one model to the next, and says nothing about how far the model is "
                "from the best."
            )
        return Advice(stop, why)


def kappa(one: np.ndarray, other: np.ndarray) -> float:
    """Cohen's: (agreement − agreement by chance) / (1 − agreement by chance); 1 for one class."""
    classes, codes = np.unique(np.concatenate([one.ravel(), other.ravel()]), return_inverse=True)
    share = [np.bincount(half, minlength=len(classes)) / one.size for half in np.split(codes, 2)]
    by_chance = float(share[0] @ share[1])
    if by_chance == 1:
        return 1.0
    return float((np.mean(one == other) - by_chance) / (1 - by_chance))


def _listed(words: list[str]) -> str:
    """0.95, 1.00 and 0.98."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
