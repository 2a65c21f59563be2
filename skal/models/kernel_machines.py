"""Support vector machines: the features are the kernel with each support vector."""

from typing import Any

import numpy as np
from sklearn.metrics.pairwise import pairwise_kernels
from sklearn.svm import SVC, SVR, NuSVC, NuSVR

from skal.models.layers import LastLayer, as_features, stack, two_columns
from skal.models.outputs import class_proba
from skal.models.readers import last_layer


@last_layer.register(SVC, NuSVC)
def support_vector_classifier(estimator: Any, X: Any) -> LastLayer:
    """Features k(x, sᵢ) over the support vectors; X itself where the kernel is linear.

    More than two classes: the columns of Θ are the one-vs-one decisions, in scikit-learn's order
    of pairs.
    """
    linear = estimator.kernel == "linear"
    coef = estimator.coef_ if linear else _one_vs_one(estimator)
    return LastLayer(
        features=as_features(X) if linear else kernel_features(estimator, X),
        weights=two_columns(stack(_dense(coef), estimator.intercept_, True)),
        intercept=True,
        proba=class_proba(estimator, X, estimator.classes_),
        classes=estimator.classes_,
    )


@last_layer.register(SVR, NuSVR)
def support_vector_regressor(estimator: Any, X: Any) -> LastLayer:
    """Features k(x, sᵢ) over the support vectors; X itself where the kernel is linear."""
    linear = estimator.kernel == "linear"
    coef = estimator.coef_ if linear else estimator.dual_coef_
    return LastLayer(
        features=as_features(X) if linear else kernel_features(estimator, X),
        weights=stack(_dense(coef), estimator.intercept_, True),
        intercept=True,
        prediction=estimator.predict(X)[:, None],
    )


def kernel_features(estimator: Any, X: Any) -> np.ndarray:
    """k(x, sᵢ) for each row and support vector (n × number of support vectors)."""
    if callable(estimator.kernel):  # which keeps row numbers instead of support vectors
        return estimator._compute_kernel(X)[:, estimator.support_]
    return pairwise_kernels(
        X,
        estimator.support_vectors_,
        metric=estimator.kernel,
        filter_params=True,
        gamma=estimator._gamma,
        degree=estimator.degree,
        coef0=estimator.coef0,
    )


def _one_vs_one(estimator: Any) -> np.ndarray:
    """Weights of each pair i < j over the support vectors, from scikit-learn's dual_coef_.

    Those of class i are in row j − 1, those of class j in row i.
    """
    dual = _dense(estimator.dual_coef_)
    k = len(estimator.classes_)
    if k == 2:
        return dual
    ends = np.cumsum(np.r_[0, estimator.n_support_])
    of_class = [slice(ends[c], ends[c + 1]) for c in range(k)]
    rows = []
    for i in range(k):
        for j in range(i + 1, k):
            row = np.zeros(dual.shape[1])
            row[of_class[i]] = dual[j - 1, of_class[i]]
            row[of_class[j]] = dual[i, of_class[j]]
            rows.append(row)
    return np.array(rows)


def _dense(array):
    return array.toarray() if hasattr(array, "toarray") else array
