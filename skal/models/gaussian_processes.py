"""Gaussian processes: the covariance of what they predict, and their last layer."""

from typing import Any

import numpy as np
from scipy.linalg import solve_triangular
from sklearn.compose import TransformedTargetRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline

from skal.models.layers import LastLayer, stack
from skal.models.readers import last_layer


class Posterior:
    """The covariance Σ of a Gaussian process's values at n rows, given what it was fitted on.

    Σ = k(X, X) − VᵀV with V = L⁻¹ k(X_fit, X), where L Lᵀ is the covariance of the m labels.

    Attributes
    ----------
    variance : ndarray of shape (n,)
        The diagonal of Σ, and with it the noise that the kernel has (`WhiteKernel`).
    noise : float
        What `alpha` adds to the variance of a label; the mean where each label has its own.
    """

    def __init__(self, process: GaussianProcessRegressor, X: Any):
        self._kernel, self._X = process.kernel_, X
        to_labels = self._kernel(process.X_train_, X)
        self._V = solve_triangular(process.L_, to_labels, lower=True, check_finite=False)
        self.variance = self._kernel.diag(X) - np.einsum("mn,mn->n", self._V, self._V)
        self.noise = float(np.mean(process.alpha))

    def column(self, j: int) -> np.ndarray:
        """Σ of all rows with row j (n)."""
        return self._kernel(self._X, self._X[j : j + 1])[:, 0] - self._V[:, j] @ self._V


def is_gaussian_process(estimator: Any) -> bool:
    """Whether an estimator, fitted or not, is a Gaussian process, or wraps one."""
    while not isinstance(estimator, GaussianProcessRegressor):
        if isinstance(estimator, Pipeline):
            estimator = estimator.steps[-1][1]
        elif isinstance(estimator, BaseSearchCV):
            estimator = estimator.estimator
        elif isinstance(estimator, TransformedTargetRegressor):
            estimator = estimator.regressor
        else:
            return False
    return True


def posterior(estimator: Any, X: Any) -> Posterior:
    """The covariance of what a fitted Gaussian process, or the one inside, predicts for rows."""
    while not isinstance(estimator, GaussianProcessRegressor):
        if isinstance(estimator, Pipeline):
            for _, step in estimator.steps[:-1]:
                if step not in (None, "passthrough"):
                    X = step.transform(X)
            estimator = estimator.steps[-1][1]
        elif isinstance(estimator, BaseSearchCV):
            estimator = estimator.best_estimator_
        else:
            estimator = estimator.regressor_
    return Posterior(estimator, _rows(X))


def _rows(X: Any) -> Any:
    """Rows as a kernel takes them: those of a frame as an array, texts in a list as they are."""
    return X if isinstance(X, list) else np.asarray(X)


@last_layer.register(GaussianProcessRegressor)
def gaussian_process(estimator: Any, X: Any) -> LastLayer:
    """Features k(x, xᵢ) over the rows of the labels."""
    prediction = estimator.predict(X)
    weights = estimator.alpha_.reshape(len(estimator.alpha_), -1) * estimator._y_train_std
    return LastLayer(
        features=estimator.kernel_(_rows(X), estimator.X_train_),
        weights=stack(weights.T, estimator._y_train_mean, True),
        intercept=True,
        prediction=prediction.reshape(len(prediction), -1),
    )
