"""A check of the learner to plot."""

from typing import Any

from sklearn.utils.validation import check_is_fitted


def check_learner(learner: Any) -> None:
    """Raise an error if the object is not a fitted learner."""
    if not hasattr(learner, "query_utilities"):
        raise TypeError(
            f"The plot requires an ActiveLearner, and {type(learner).__name__} was passed. For a "
            "pipeline that ends in a learner, pass pipe[-1] and pipe[:-1].transform(X)."
        )
    check_is_fitted(learner, "history_")
