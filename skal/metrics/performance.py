"""Estimate how good a learner's model is today, from rows drawn at random.

Each row was predicted by the model of its round, before its label was known.  The estimate adds the
gain that today's model expects over that model, with a standard error of a share of it, and uses as
many of the latest rows as make its error least.
"""

from typing import Any

import numpy as np

from skal._audits import Audits
from skal.metrics import random_rows
from skal.metrics.estimate import Estimate
from skal.metrics.intervals import check_confidence
from skal.metrics.lags import lags_of_classes, lags_of_numbers

CLASSES = ("accuracy", "balanced_accuracy", "f1", "precision", "recall")
NUMBERS = ("r2", "neg_mean_absolute_error")
EXACT = "exact binomial interval of an effective number of rows"
METHODS = {
    "accuracy": f"difference estimator, {EXACT},",
    "f1": f"F1 of a share, {EXACT},",
    "precision": f"{EXACT},",
    "recall": f"{EXACT},",
    "balanced_accuracy": "Jeffreys posteriors of the classes,",
    "r2": "studentized bootstrap of log(1 - R²),",
    "neg_mean_absolute_error": "studentized bootstrap of the logarithm,",
}


def performance_today(
    learner: Any, scoring: str | None = None, confidence: float = 0.95
) -> Estimate:
    """Estimate how good the model of today is on new rows, with an interval.

    Rows that a strategy selects are harder than new rows, so a score on them is biased.  A learner
    with ``audit=0.1`` draws a tenth of its rows at random from a reserve from which no strategy may
    select.  The model predicts these rows before their labels are known.  The estimate uses the
    rows that the latest models predicted.

    Parameters
    ----------
    learner : ActiveLearner or Audits
        Fitted, with `audit` set; or a pipeline that ends in one; or its audits.
    scoring : str, default=None
        "accuracy", "balanced_accuracy"; of two classes "f1", "precision", "recall" (of the
        second); of numbers "r2", "neg_mean_absolute_error".  None is accuracy, or R².
    confidence : float, default=0.95
        The confidence of the interval.

    Returns
    -------
    estimate : Estimate
        `value`, `low`, `high`; printed, it is a sentence.

    See Also
    --------
    ActiveLearner.audits : The rows that it uses.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import train_test_split
    >>> from skal import ActiveLearner
    >>> from skal.metrics import performance_today
    >>> X, y = load_digits(return_X_y=True)
    >>> X, X_new, y, y_new = train_test_split(X / 16, y, random_state=0)
    >>> learner = ActiveLearner(
    ...     LogisticRegression(max_iter=500), audit=0.2, replay_budget=400, batch_size=20,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> estimate = performance_today(learner)
    >>> estimate.low < learner.score(X_new, y_new) < estimate.high
    True
    """
    check_confidence(confidence)
    audits = audits_of(learner)
    return estimate(audits, checked_scoring(scoring, audits), confidence)


def performance_so_far(
    learner: Any, scoring: str | None = None, confidence: float = 0.95
) -> list[Estimate]:
    """Estimate how good the models of earlier rounds were, and that of today: a learning curve.

    Each estimate uses the audit rows that had a label at the time.  The probabilities of today's
    model tell how far apart the models are.

    Parameters
    ----------
    learner : ActiveLearner or Audits
        Fitted, with `audit` set; or a pipeline that ends in one; or its audits.
    scoring : str, default=None
        As in `performance_today`.
    confidence : float, default=0.95
        The confidence of the intervals.

    Returns
    -------
    estimates : list of Estimate
        One for each model that predicted audit rows, except the first, and one for today's model.

    See Also
    --------
    performance_today : The last of these estimates.
    skal.display.PerformanceDisplay : Draws them.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.metrics import performance_so_far
    >>> learner = ActiveLearner(
    ...     LogisticRegression(max_iter=500), audit=0.2, replay_budget=60, batch_size=10,
    ...     random_state=0,
    ... ).fit(*load_iris(return_X_y=True))
    >>> [estimate.n_labelled for estimate in performance_so_far(learner)]
    [20, 30, 40, 50, 60]
    """
    check_confidence(confidence)
    audits = audits_of(learner)
    scoring = checked_scoring(scoring, audits)
    models = np.unique(audits.round)[1:]
    past = [estimate(audits.until(model), scoring, confidence) for model in models]
    return [*past, estimate(audits, scoring, confidence)]


def last_step(learner: Any) -> Any:
    """A learner, the one that a pipeline ends in, or that of a learner of tables."""
    last = learner.steps[-1][1] if hasattr(learner, "steps") else learner
    return getattr(last, "learner_", last)


def audits_of(learner: Any) -> Audits:
    """Return the audits of a learner or of the last step of a pipeline; audits are unchanged."""
    if isinstance(learner, Audits):
        return learner
    last = last_step(learner)
    if isinstance(last, type) or not hasattr(last, "audits"):
        raise TypeError(
            f"Got {learner if isinstance(last, type) else type(learner).__name__}, which has no "
            "audits: pass a fitted ActiveLearner with audit=0.1, a pipeline that ends in one, or "
            "its audits()."
        )
    return last.audits()


def checked_scoring(scoring: str | None, audits: Audits) -> str:
    """The score to estimate; an error for one that cannot be."""
    known = NUMBERS if audits.classes is None else CLASSES
    if scoring is None:
        return known[0]
    if scoring not in known:
        kind = "numbers" if audits.classes is None else "classes"
        raise ValueError(
            f"scoring={scoring!r} has no interval that is known to be right; of {kind} there are "
            f"{', '.join(map(repr, known))}."
        )
    n_classes = 2 if audits.classes is None else len(audits.classes)
    if scoring in ("f1", "precision", "recall") and n_classes != 2:
        raise ValueError(
            f"scoring={scoring!r} is of two classes, and there are {n_classes}: use "
            "'balanced_accuracy'."
        )
    if audits.y.ndim > 1:
        raise ValueError("Several numbers a row have no single score: audit each by itself.")
    return scoring


def estimate(audits: Audits, scoring: str, confidence: float) -> Estimate:
    """The estimate by the latest rows, as many as make its error least."""
    if audits.classes is None:
        figure, n_rows = _of_numbers(audits, scoring, confidence)
        n_audits = len(audits)
    else:
        figure, n_rows = _of_classes(audits, audits.classes, scoring, confidence)
        n_audits = len(_counted(audits, audits.classes, scoring))
    method = f"{METHODS[scoring]} by the latest {n_rows} of {n_audits} audit rows"
    counts = n_audits, len(audits)
    measured = int(audits.n_labelled[-1]) if audits.exhausted else None
    known = audits.n_known
    return Estimate(*figure, n_rows, known, method, scoring, confidence, *counts, measured)


def of_latest(n: int, audits: Audits) -> int:
    """The window, or the fewest rows that are enough if too few watched rows tell the lag.

    A row whose label a model has learned cannot tell how much better the model is on new rows: its
    probabilities there are too sure, and the lag would be too large.  So where all watched rows
    have labels, the lag is unknown.  With a lag of 0 the window would hold all rows, those of the
    first models too, and the estimate would be far too low.  What the labels themselves tell of
    the lag of older rows is the mean of the latest rows less theirs, so that older rows add
    nothing to the latest.
    """
    return n if audits.watched.shape[1] >= random_rows.ENOUGH else min(n, random_rows.ENOUGH)


def _of_classes(
    audits: Audits, classes: np.ndarray, scoring: str, confidence: float
) -> tuple[random_rows.Figure, int]:
    """A figure of classes, and the number of rows that it rests on."""
    right = audits.y == audits.predicted
    lag = lags_of_classes(audits, classes, scoring)[audits.round]
    if scoring == "balanced_accuracy":
        n = of_latest(random_rows.window(right, lag.mean(axis=1)), audits)
        last = slice(len(right) - n, None)
        return random_rows.balanced_accuracy(
            audits.y[last], right[last], lag[last], classes, confidence
        ), n
    ahead = audits.confidence - audits.expected if scoring == "accuracy" else None
    counted = _counted(audits, classes, scoring)
    right, lag = right[counted], lag[counted]
    n = of_latest(random_rows.window(right, lag), audits)
    last = slice(len(right) - n, None)
    figure = random_rows.share(
        right[last],
        lag[last],
        None if ahead is None else ahead[last],
        audits.watched.shape[1],
        confidence,
    )
    if scoring == "f1":  # of q, the share of rows right among those positive in either
        figure = random_rows.Figure(*(2 * q / (1 + q) for q in figure))
    return figure, n


def _counted(audits: Audits, classes: np.ndarray, scoring: str) -> np.ndarray:
    """The rows that a share is of."""
    if scoring in ("accuracy", "balanced_accuracy"):
        return np.arange(len(audits))
    positive = classes[1]
    counted = {"recall": audits.y == positive, "precision": audits.predicted == positive}
    return np.flatnonzero(counted.get(scoring, counted["recall"] | counted["precision"]))


def _of_numbers(audits: Audits, scoring: str, confidence: float) -> tuple[random_rows.Figure, int]:
    """A figure of numbers, and the number of rows that it rests on."""
    y, predicted = audits.y.astype(float), audits.predicted.astype(float)
    squares, lag = (y - predicted) ** 2, lags_of_numbers(audits)[audits.round]
    n = of_latest(random_rows.window_of_means(squares, lag), audits)
    last = slice(len(y) - n, None)
    of = random_rows.r2 if scoring == "r2" else random_rows.mean_absolute_error
    return of(y[last], predicted[last], lag[last], confidence), n
