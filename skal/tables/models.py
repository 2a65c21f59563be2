"""Linear models that suit the features of tables."""

from typing import Any

from sklearn.linear_model import LogisticRegression, RidgeCV

ALPHAS = (1.0, 3.0, 10.0, 30.0, 100.0)


def linear_model(task: str) -> Any:
    """Return a logistic regression for "classification", or a ridge regression for "regression".

    The leave-one-out error of ridge regression has a closed form, so each fit chooses its strength.
    The strength of a logistic regression stays at C=1, which suits the variances of
    `TableFeatures`: choosing it by cross-validation costs ten times the fit, and brought no gain on
    texts at 50 to 200 labels (`benchmarks/tables/texts.py`).
    """
    return LogisticRegression(max_iter=1000) if task == "classification" else RidgeCV(ALPHAS)
