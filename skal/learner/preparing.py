"""Numeric features before there is a model, from the pipeline steps before the model."""

from collections.abc import Callable
from typing import Any

from sklearn.pipeline import Pipeline

from skal._seeds import seeded_clone, torch_seeded

RANDOM = "choose a strategy that needs no features, such as Random(), until there is a model"


def preparation(estimator: Any, seed: int, X: Any) -> Callable[[Any], Any]:
    """Return the transform of the pipeline steps before the model, fitted on X without labels.

    So a strategy can select the first rows among texts or categories by the model's features.
    """
    if not isinstance(estimator, Pipeline) or len(estimator.steps) < 2:
        raise TypeError(
            "X is not numeric, so no distances can be computed: use a pipeline as estimator whose "
            "first steps convert rows to numbers, such as TfidfVectorizer() for texts, or "
            f"{RANDOM}."
        )
    steps = seeded_clone(estimator[:-1], seed)
    try:
        with torch_seeded(seed):
            steps.fit(X)
    except (TypeError, ValueError) as error:
        raise TypeError(
            "X is not numeric, and the pipeline steps before the model cannot be fitted without "
            f"labels ({error}): {RANDOM}."
        ) from error
    return steps.transform
