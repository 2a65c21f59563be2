"""What the last step of a pipeline gets to see of rows."""

from typing import Any

from sklearn.pipeline import Pipeline

from skal.models.kinds import is_net


def transformed(pipeline: Pipeline, X: Any) -> Any:
    """X through all steps but the last."""
    for _, step in pipeline.steps[:-1]:
        if step not in (None, "passthrough"):
            X = step.transform(X)
    return X


def net_inside(estimator: Any, X: Any) -> tuple[Any, Any]:
    """The fitted net that pipelines and searches wrap, and the rows as it sees them."""
    if hasattr(estimator, "best_estimator_"):
        return net_inside(estimator.best_estimator_, X)
    if isinstance(estimator, Pipeline):
        return net_inside(estimator.steps[-1][1], transformed(estimator, X))
    if not is_net(estimator):
        raise TypeError(
            f"{type(estimator).__name__} has no modules to name: layers= wants a net under skorch. "
            "Leave layers=None for the last layer of any other model."
        )
    return estimator, X
