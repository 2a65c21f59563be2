"""The linear models that suit the features of tables."""

from typing import Any

from sklearn.linear_model import LogisticRegression, RidgeCV

ALPHAS = (1.0, 3.0, 10.0, 30.0, 100.0)


def linear_model(task: str) -> Any:
    """A logistic regression for "classification", a ridge regression for "regression".

    A ridge's leave-one-out error has a closed form, so that each fit chooses its strength.  That
    of a logistic regression stays at C=1, which suits the variances of `TableFeatures`: choosing
    it by cross-validation costs ten times the fit, and on texts gained nothing at 50 to 200 labels
    (`benchmarks/tables/texts.py`).
    """
    return LogisticRegression(max_iter=1000) if task == "classification" else RidgeCV(ALPHAS)
