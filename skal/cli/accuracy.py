"""What a file tells of a model's accuracy: sentences for `skal status` and `skal audit`."""

import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.metrics import recall_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict, cross_val_score

from skal._audits import Audits
from skal.cli.options import counted
from skal.metrics import performance_today
from skal.metrics.outlook import outlook
from skal.metrics.random_rows import ENOUGH, proportion
from skal.stopping import Plateau, StoppingRule, Worth

FOLDS, LEAST = 5, 10  # fewer labels than these tell nothing
MOST = 0.75  # share of a class beyond which accuracy hides the others
ASSUMED, CONFIDENCE = 0.85, 0.95  # accuracy, where none is known yet
SPREAD = 0.756  # deviation of the absolute value of a normal number, as a share of its mean
MORE = 100  # labels to look ahead
MISLEADS = (
    "This score holds for rows like the labelled ones. If a strategy chose them, they are harder "
    "than other rows, and the score says little about new rows."
)
PRICES_TOGETHER = "--label-cost and --point-value belong together: give both, or neither of them."


def expected(n_new: int, n_before: int, task: str) -> str:
    """Say how wide the interval will be once these random rows are labelled."""
    n = n_new + n_before
    rows = f"{counted(n, 'random label')}"
    if n_before:
        rows += f" ({n_before:,} of them there already)"
    if n < ENOUGH:
        return f"{rows} would be too few to tell the accuracy: ask for {ENOUGH - n} more."
    if task == "regression":
        reach = 1.96 * SPREAD / np.sqrt(n)
        return (
            f"{rows} tell the mean absolute error to within about ±{reach:.0%} of itself (95% "
            "confidence)."
        )
    found = proportion(ASSUMED * n, n, CONFIDENCE)
    reach = (found.high - found.low) / 2
    return (
        f"{rows} tell the accuracy to within about ±{100 * reach:.0f} points, if it is "
        f"{ASSUMED:.0%} (95% confidence). Half that width takes {4 * n:,}."
    )


def by_random_rows(
    audits: Audits,
    n_left: int,
    n_moved: int,
    n_skipped: int,
    prices: tuple[float | None, float | None],
) -> Iterator[str]:
    """Give today's accuracy, the effect of more labels, and advice whether to go on.

    `n_left` rows of the file have no label yet.
    """
    yield str(performance_today(audits))
    if n_skipped:
        yield (
            f"{counted(n_skipped, 'random row')} could not be told, and the accuracy leaves them "
            "out: it holds for rows that people can tell."
        )
    if n_moved:
        yield (
            f"{counted(n_moved, 'random row')} would not be drawn today, since cells or columns "
            "have changed: a strategy may have chosen from the reserve, and the accuracy may be "
            "misjudged."
        )
    if len(audits) < ENOUGH:
        return
    most = 0.0
    if audits.classes is not None:
        most = np.unique(audits.y, return_counts=True)[1].max(initial=0) / len(audits)
        if most > MOST:
            yield f"{most:.1%} of the random rows are of one class, so mind the rare ones:"
            yield str(performance_today(audits, "balanced_accuracy"))
    if not n_left:
        yield "All rows have a label: more labels need new rows."
        return
    more = min(MORE, n_left)
    yield str(outlook(audits, more))
    cost, value = prices
    if cost is None or value is None:
        rule: StoppingRule = Plateau(n_labels=MORE)
    else:
        rule = Worth(cost, value, n_labels=more)
    yield str(rule.advise(audits))
    if most > MOST:
        yield (
            "This advice is about accuracy, to which a rare class adds little: for the rare class, "
            "watch balanced accuracy."
        )


def _balanced(model, X, y, folds):
    """Say how many rows of each class the model recognises."""
    predicted = cross_val_predict(model, X, y, cv=folds)
    found = recall_score(y, predicted, average=None, labels=np.unique(y), zero_division=0)
    return (
        f"Balanced accuracy, the mean over classes of the share that is recognised: "
        f"{found.mean():.1%}, where one class for every row would get {1 / len(found):.1%}"
    )


def by_cross_validation(estimator: Any, X: np.ndarray, y: np.ndarray, task: str) -> str:
    """Give the cross-validated score, and say for which rows it holds."""
    y = np.array(y.tolist())
    classes = task == "classification"
    if len(y) < LEAST:
        return f"{len(y)} labels are too few to score a model by cross-validation."
    if classes and max(Counter(y.tolist()).values()) < FOLDS:
        return f"No class has {FOLDS} labels, which a cross-validation needs."
    folds = (StratifiedKFold if classes else KFold)(FOLDS, shuffle=True, random_state=0)
    model = clone(estimator)
    if "random_state" in model.get_params():
        model.set_params(random_state=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        scores = cross_val_score(model, X, y, cv=folds, error_score="raise")
    if classes:
        common = max(Counter(y.tolist()).values()) / len(y)
        beside = f"; always predicting the most common class gives {common:.1%}"
        if common > MOST:
            beside += f". {_balanced(model, X, y, folds)}"
        score = f"Accuracy {scores.mean():.1%}"
    else:
        beside, score = "; 0 is what their mean would get", f"R² {scores.mean():.2f}"
    return f"{score} by {FOLDS}-fold cross-validation of the labelled rows{beside}. {MISLEADS}"
