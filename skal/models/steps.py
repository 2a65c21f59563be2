"""What the last step of a pipeline gets to see of rows."""

from typing import Any

from sklearn.pipeline import Pipeline


def transformed(pipeline: Pipeline, X: Any) -> Any:
    """X through all steps but the last."""
    for _, step in pipeline.steps[:-1]:
        if step not in (None, "passthrough"):
            X = step.transform(X)
    return X
