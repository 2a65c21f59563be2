"""Rows as numbers before there is a model: by the steps that stand before it."""

from collections.abc import Callable
from typing import Any

from sklearn.pipeline import Pipeline

from skal._seeds import seeded_clone, torch_seeded

RANDOM = "choose a strategy that needs no features, such as Random(), until there is a model"


def preparation(estimator: Any, seed: int, X: Any) -> Callable[[Any], Any]:
    """What the steps of a pipeline before the last make of rows, fitted on all of X without labels.

    So the first rows can be chosen among texts, or categories, by what the model will see of them.
    """
    if not isinstance(estimator, Pipeline) or len(estimator.steps) < 2:
        raise TypeError(
            "Rows of X are no numbers to measure distances by: wrap a pipeline whose first steps "
            f"make numbers of them, such as TfidfVectorizer() of texts, or {RANDOM}."
        )
    steps = seeded_clone(estimator[:-1], seed)
    try:
        with torch_seeded(seed):
            steps.fit(X)
    except (TypeError, ValueError) as error:
        raise TypeError(
            "Rows of X are no numbers to measure distances by, and the steps before the model "
            f"cannot be fitted without labels ({error}): {RANDOM}."
        ) from error
    return steps.transform
