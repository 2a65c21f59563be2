"""What a picture of a learner is made of."""

from typing import Any

from sklearn.utils.validation import check_is_fitted


def check_learner(learner: Any) -> None:
    """An error for what is no fitted learner."""
    if not hasattr(learner, "query_utilities"):
        raise TypeError(
            f"The picture is one of an ActiveLearner, and {type(learner).__name__} is none. Of a "
            "pipeline that ends in one: give pipe[-1], and pipe[:-1].transform(X)."
        )
    check_is_fitted(learner, "history_")
