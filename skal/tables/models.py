"""The linear models that suit the features of tables."""

from typing import Any

from sklearn.linear_model import LogisticRegression, Ridge


def linear_model(task: str) -> Any:
    """A logistic regression for "classification", a ridge regression for "regression"."""
    return LogisticRegression(max_iter=1000) if task == "classification" else Ridge()
