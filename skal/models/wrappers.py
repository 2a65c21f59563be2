"""Estimators around estimators: the last layer of what is inside."""

from dataclasses import replace
from operator import attrgetter
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model._base import LinearClassifierMixin
from sklearn.model_selection._search import BaseSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline

from skal.models.layers import LastLayer
from skal.models.outputs import class_proba
from skal.models.readers import last_layer

LINEAR = (LinearClassifierMixin, LinearDiscriminantAnalysis)  # they see X itself


@last_layer.register(Pipeline, inside=lambda pipeline: pipeline.steps[-1][1])
def pipeline(estimator: Any, X: Any) -> LastLayer:
    """The last step's, on what the steps before it make of X."""
    for _, step in estimator.steps[:-1]:
        if step not in (None, "passthrough"):
            X = step.transform(X)
    return last_layer(estimator.steps[-1][1], X)


@last_layer.register(BaseSearchCV, inside=attrgetter("estimator"))
def search(estimator: Any, X: Any) -> LastLayer:
    """The best estimator's."""
    return last_layer(estimator.best_estimator_, X)


@last_layer.register(CalibratedClassifierCV, inside=attrgetter("estimator"))
def calibrated(estimator: Any, X: Any) -> LastLayer:
    """The first fold's inner model (of one on all rows with ensemble=False); calibrated proba."""
    inner = last_layer(estimator.calibrated_classifiers_[0].estimator, X)
    return replace(inner, ridge=None, proba=class_proba(estimator, X, estimator.classes_))


@last_layer.register(TransformedTargetRegressor, inside=attrgetter("regressor"))
def transformed_target(estimator: Any, X: Any) -> LastLayer:
    """The inner regressor's, in the transformed space; predictions in the original one."""
    inner = last_layer(estimator.regressor_, X)
    prediction = estimator.predict(X)
    plain = estimator.transformer is None and estimator.func is None
    return replace(
        inner,
        prediction=prediction.reshape(len(prediction), -1),
        ridge=inner.ridge if plain else None,  # of errors in the transformed space
    )


@last_layer.register(OneVsRestClassifier, inside=attrgetter("estimator"))
def one_vs_rest(estimator: Any, X: Any) -> LastLayer:
    """One column a class, each that of a classifier of its own; all must see the same features."""
    inner = [last_layer(part, X) for part in estimator.estimators_]
    if not all(isinstance(part, LINEAR) for part in estimator.estimators_):
        raise TypeError(
            "The classifiers of this OneVsRestClassifier see features of their own, so there is no "
            "one last layer: set surrogate=, such as LogisticRegression()."
        )
    if len(inner) == 1:
        layer = inner[0]
    else:  # a two-class Θ is [−w/2, w/2]: its decision is the difference of the columns
        weights = np.column_stack([layer.weights[:, 1] - layer.weights[:, 0] for layer in inner])
        layer = replace(inner[0], weights=weights)
    return replace(
        layer,
        ridge=None,
        proba=class_proba(estimator, X, estimator.classes_),
        classes=estimator.classes_,
    )
