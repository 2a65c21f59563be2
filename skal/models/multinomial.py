"""Probabilities of a multinomial logistic regression, several times as fast as `predict_proba`.

Both compute softmax(XW + b).  scikit-learn reduces over the few numbers of each row; here a class
is a row, so that the processor takes many rows of X at once.
"""

from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.pipeline import Pipeline

from skal._rows import HALF, singles

# Rows whose copy stays in the processor's cache.
FEW = 4096
KINDS = (LogisticRegression, LogisticRegressionCV)


def multinomial_proba(estimator: Any, X: Any) -> np.ndarray | None:
    """P (n×k), the softmax of the decision function; None where `predict_proba` has to say it.

    That is so for other estimators, for other containers than arrays, and for rows that raise an
    error there.
    """
    if type(estimator) is Pipeline and _is_fast(estimator.steps[-1][1]) and not _routes():
        last, X = estimator.steps[-1][1], estimator[:-1].transform(singles(X))
        P = multinomial_proba(last, X)
        return last.predict_proba(X) if P is None else P
    if not _is_fast(estimator):
        return None
    W, b = np.asarray(estimator.coef_), np.asarray(estimator.intercept_)
    if type(X) is not np.ndarray or X.ndim != 2 or X.shape[1] != W.shape[1] or not len(X):
        return None
    if X.dtype not in (HALF, np.float32, np.float64) or hasattr(estimator, "feature_names_in_"):
        return None
    if X.dtype == HALF:  # whose digits float32 holds many times over
        W = W.astype(np.float32)
    F = np.empty((len(W), len(X)), np.result_type(X, W, np.float32))
    with np.errstate(invalid="ignore", over="ignore"):
        for start in range(0, len(X), FEW):
            few = slice(start, start + FEW)
            np.matmul(W, singles(X[few]).T, out=F[:, few])
    F += b[:, None].astype(F.dtype)
    top = F.max(axis=0)
    if not np.isfinite(top).all():  # X holds NaN or infinity
        return None
    F -= top
    np.exp(F, out=F)
    F /= F.sum(axis=0)
    return np.ascontiguousarray(F.T)


def _is_fast(estimator: Any) -> bool:
    """Whether more than two classes share one softmax, rather than having a sigmoid each."""
    if type(estimator) not in KINDS:
        return False
    one_each = estimator.solver == "liblinear" or getattr(estimator, "multi_class", None) == "ovr"
    return len(estimator.classes_) > 2 and not one_each


def _routes() -> bool:
    """Whether steps of a pipeline may be given more than rows."""
    return bool(get_config()["enable_metadata_routing"])
