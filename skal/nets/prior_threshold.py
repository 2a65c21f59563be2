"""Class probabilities corrected for the class frequencies among the labels."""

from dataclasses import replace
from operator import attrgetter
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    _routing_enabled,
    process_routing,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skal._array import asarray_like, concatenate_rows
from skal.models import LastLayer, class_proba, last_layer


def _has_proba(self):
    return hasattr(getattr(self, "estimator_", self.estimator), "predict_proba")


class PriorThreshold(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Divide a classifier's probabilities by the frequency of each class in training.

    If labels are imbalanced and all classes are equally important at test time, a classifier with
    probabilities p(c | x) should predict argmax p(c | x)/π_c, where π_c is the frequency of class c
    among the training labels.  (For two classes and another metric,
    :class:`~sklearn.model_selection.TunedThresholdClassifierCV` tunes the threshold instead.)

    Parameters
    ----------
    estimator : classifier
        Any classifier with `predict_proba`.
    priors : array of shape (k,), default=None
        The frequencies π, in the order of the classes; None uses those in y.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier.
    classes_ : array of shape (k,)
        Its classes.
    priors_ : array of shape (k,)
        The divisors of the probabilities.
    class_count_ : array of shape (k,) or None
        The number of training rows of each class, by their weights; None with `priors` given.

    See Also
    --------
    sklearn.model_selection.TunedThresholdClassifierCV : Tune a threshold for two classes instead.
    skal.metrics.imbalance_ratio : Compute the imbalance of classes.

    References
    ----------
    Buda, Maki and Mazurowski, A systematic study of the class imbalance problem in convolutional
    neural networks, 2018: thresholding.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal.nets import PriorThreshold
    >>> X, y = np.array([[0.0], [0.1], [0.2], [0.3], [1.0]]), np.array([0, 0, 0, 0, 1])
    >>> LogisticRegression().fit(X, y).predict([[1.0]])
    array([0])
    >>> PriorThreshold(LogisticRegression()).fit(X, y).predict([[1.0]])
    array([1])
    """

    def __init__(self, estimator: Any, priors: ArrayLike | None = None):
        self.estimator = estimator
        self.priors = priors

    def fit(self, X: Any, y: ArrayLike, **fit_params: Any) -> Self:
        """Fit the classifier, and compute the class frequencies.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Rows in the form that the classifier expects.
        y : array-like of shape (n,)
            Their classes.
        **fit_params : dict
            Passed to the classifier; its `sample_weight` also weights the class frequencies.

        Returns
        -------
        self : PriorThreshold
            The fitted classifier.

        See Also
        --------
        PriorThreshold : Use of the frequencies.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal.nets import PriorThreshold
        >>> X, y = np.array([[0.0], [0.1], [0.2], [1.0]]), np.array([0, 0, 0, 1])
        >>> PriorThreshold(LogisticRegression()).fit(X, y).priors_
        array([0.75, 0.25])
        """
        labels = np.asarray(y)
        if labels.ndim > 1 and labels.shape[1] > 1:
            raise ValueError(f"y has shape {labels.shape}; expected one class per row.")
        if _routing_enabled():
            fit_params = process_routing(self, "fit", **fit_params).estimator.fit
        self.estimator_ = clone(self.estimator).fit(X, y, **fit_params)
        self.classes_, places = np.unique(labels, return_inverse=True)
        self.class_count_ = None
        if self.priors is None:
            self.class_count_ = np.bincount(places.ravel(), _weights(self.estimator, fit_params))
            priors = _divisors(self.class_count_)
        else:
            priors = np.asarray(self.priors, dtype=float)
        if priors.shape != self.classes_.shape or not np.all((priors > 0) & (priors < np.inf)):
            raise ValueError(
                f"priors={self.priors!r} must be {len(self.classes_)} numbers above 0, one per "
                "class."
            )
        self.priors_ = priors / priors.sum()
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))
        return self

    @available_if(_has_proba)
    def predict_proba(self, X: Any) -> np.ndarray:
        """Divide the classifier's probabilities by the priors, and normalise them to sum to 1.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Rows in the form that the classifier expects.

        Returns
        -------
        proba : ndarray of shape (n, k)
            One column for each of `classes_`: p(c | x)/π_c, normalised.
        """
        check_is_fitted(self)
        P = class_proba(self.estimator_, X, self.classes_) / self.priors_
        return P / P.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> np.ndarray:
        """Predict the class of the largest p(c | x)/π_c.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Rows in the form that the classifier expects.

        Returns
        -------
        y : ndarray of shape (n,)
            One class per row.
        """
        places = self.predict_proba(X).argmax(axis=1)
        return self.classes_[places]

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Compute the accuracy.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Rows in the form that the classifier expects.
        y : array-like of shape (n,)
            Their classes.
        sample_weight : array-like of shape (n,), default=None
            Weights of the rows; None weights all equally.

        Returns
        -------
        score : float
            The accuracy.
        """
        return super().score(X, y, sample_weight)

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the routing of the parameters of `fit` to the classifier.

        Returns
        -------
        routing : MetadataRouter
            The object that scikit-learn requires of a meta-estimator.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=type(self).__name__)
        return router.add(estimator=self.estimator, method_mapping=mapping)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags, tags.classifier_tags = inner.input_tags, inner.classifier_tags
        return tags


def _divisors(counts):
    """Return the counts of classes; a class of weight 0 is not scaled up."""
    return np.where(counts > 0, counts, counts.max(axis=-1, keepdims=True))


def _recounted(estimator):
    """Return what one more row of each class adds to −log π (k×k), up to a constant a row."""
    counts = getattr(estimator, "class_count_", None)
    if counts is None:
        return None
    return np.log(_divisors(counts)) - np.log(_divisors(counts + np.eye(len(counts))))


def _weights(model, fit_params):
    """Return the sample weights of the fit of a classifier, or of a pipeline's last step."""
    if not isinstance(model, Pipeline):
        return fit_params.get("sample_weight")
    name, last = model.steps[-1]
    if _routing_enabled():
        return _weights(last, process_routing(model, "fit", **fit_params)[name].fit)
    own = [param for param in fit_params if param.startswith(f"{name}__")]
    return _weights(last, {param.removeprefix(f"{name}__"): fit_params[param] for param in own})


@last_layer.register(PriorThreshold, inside=attrgetter("estimator"))
def prior_threshold(estimator: "PriorThreshold", X: Any) -> LastLayer:
    """Return the inner classifier's last layer with intercepts lowered by log π."""
    layer = last_layer(estimator.estimator_, X)
    P = layer.proba
    priors = asarray_like(estimator.priors_[np.isin(estimator.classes_, layer.classes)], P)
    shift = asarray_like(np.log(estimator.priors_), layer.weights)
    P = P / priors
    weights = layer.weights
    if not layer.intercept:
        weights = concatenate_rows([weights, 0 * weights[:1]])
    weights = concatenate_rows([weights[:-1], weights[-1:] - shift])
    P = P / P.sum(axis=1)[:, None]
    ridge = layer.ridge if layer.intercept else None  # the offsets are not trained weights
    shift = shift if layer.offsets is None else shift - layer.offsets
    recounted = _recounted(estimator)
    if recounted is not None:
        recounted = asarray_like(recounted, weights)
    if layer.recounted is not None:
        recounted = layer.recounted + (0 if recounted is None else recounted)
    return replace(
        layer,
        weights=weights,
        intercept=True,
        ridge=ridge,
        proba=P,
        offsets=-shift,
        recounted=recounted,
    )
