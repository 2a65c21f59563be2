"""Where a model sees rows: points, or leaves of trees, between which there are distances."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.base import clone, is_classifier
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.model_selection._search import BaseSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from sklearn.svm import SVC, SVR, NuSVC, NuSVR
from sklearn.utils.metadata_routing import get_routing_for_object

from skal._array import Array, asarray_like, concatenate_rows, is_sparse, to_numpy
from skal.models.kernel_machines import kernel_features
from skal.models.kinds import is_net
from skal.models.layers import LastLayer
from skal.models.leaves import has_leaves
from skal.models.readers import last_layer
from skal.models.steps import transformed

SUPPORT_VECTORS = (SVC, NuSVC, SVR, NuSVR)
KERNEL_MACHINES = (*SUPPORT_VECTORS, GaussianProcessRegressor)
PERCEPTRONS = (MLPClassifier, MLPRegressor)
HISTOGRAMS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)


@dataclass(frozen=True)
class Points:
    """Rows as points: squared distances between them are Euclidean.

    Parameters
    ----------
    features : array or sparse matrix of shape (n, d)
        NumPy's or torch's.
    """

    features: Array

    def __len__(self) -> int:
        return self.features.shape[0]

    def part(self, positions: np.ndarray) -> "Points":
        """Some of the rows."""
        return Points(self.features[positions])

    def joined(self, others: Any) -> "Points":
        """These rows, then the others."""
        return Points(concatenate_rows([self.features, others.features]))


@dataclass(frozen=True)
class Leaves:
    """Rows as the leaves that they fall into: two are as near as they share leaves.

    Parameters
    ----------
    numbers : ndarray of shape (n, T)
        Which leaf of each of T trees.
    """

    numbers: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def part(self, positions: np.ndarray) -> "Leaves":
        """Some of the rows."""
        return Leaves(self.numbers[positions])

    def joined(self, others: Any) -> "Leaves":
        """These rows, then the others."""
        return Leaves(np.concatenate([self.numbers, others.numbers]))


def natural_space(model: Any) -> str:
    """Where rows are near each other to this fitted model.

    "leaves" of trees, "beside" where a forest must stand in for trees that hide their leaves,
    "features" of a kernel machine, "weighted" features of any other last layer, or "columns".
    """
    last = _last_step(model)
    if has_leaves(model):
        return "leaves"
    if isinstance(last, HISTOGRAMS):
        return "beside"
    if isinstance(last, KERNEL_MACHINES) and last.kernel != "linear":
        return "features"
    trained_anew = is_net(last) or isinstance(last, PERCEPTRONS)
    return "weighted" if last_layer.knows(last) and not trained_anew else "columns"


def weighted_features(layer: LastLayer) -> Array:
    """Feature j times √(½(1 + ‖w_j‖²/mean ‖w‖²)): half as it is, half as the model weighs it.

    w_j are the weights of the feature, less what all classes have in common.
    """
    d = layer.features.shape[1]
    W = np.asarray(to_numpy(layer.weights), dtype=np.float64)[:d]
    if layer.task == "classification":
        W = W - W.mean(axis=1, keepdims=True)
    squares = (W * W).sum(axis=1)
    mean = squares.mean()
    share = squares / mean if mean > 0 and np.isfinite(mean) else np.ones(d)
    factors = np.sqrt((1 + share) / 2)
    if is_sparse(layer.features):
        return layer.features.multiply(factors.astype(layer.features.dtype)[None, :]).tocsr()
    return layer.features * asarray_like(factors, layer.features)


def kernel_features_alone(model: Any, X: Any) -> Array | None:
    """The features of a kernel machine's last layer, without its decisions and probabilities.

    None of any other model.
    """
    if isinstance(model, Pipeline):
        return kernel_features_alone(model.steps[-1][1], transformed(model, X))
    if isinstance(model, BaseSearchCV):
        return kernel_features_alone(model.best_estimator_, X)
    if isinstance(model, SUPPORT_VECTORS) and model.kernel != "linear":
        return kernel_features(model, X)
    return None


def columns_seen(model: Any, X: Any) -> Any:
    """The columns that the last step of a model gets to see."""
    if isinstance(model, Pipeline):
        return columns_seen(model.steps[-1][1], transformed(model, X))
    return columns_seen(model.best_estimator_, X) if isinstance(model, BaseSearchCV) else X


def forest_beside(model: Any, X: Any) -> Any:
    """A forest, not fitted yet, for a model whose trees hide their leaves; X are some rows.

    It stands where the model stands in its pipeline; categories of a frame are numbered.
    """
    if isinstance(model, Pipeline):
        steps = [(name, _unfitted(step)) for name, step in model.steps[:-1]]
        forest = forest_beside(model.steps[-1][1], transformed(model, X))
        return Pipeline([*steps, ("forest", forest)])
    if isinstance(model, BaseSearchCV):
        return forest_beside(model.best_estimator_, X)
    forest = RandomForestClassifier() if is_classifier(model) else RandomForestRegressor()
    weights = get_routing_for_object(model).fit.requests.get("sample_weight")
    with config_context(enable_metadata_routing=True):  # it gets the sample weights of the model
        forest.set_fit_request(sample_weight=weights)
    if not hasattr(X, "dtypes") or not hasattr(X, "select_dtypes"):
        return forest
    names = make_column_selector(dtype_exclude=["number", "bool"])
    number = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_pipeline(
        ColumnTransformer([("categories", number, names)], remainder="passthrough"), forest
    )


def _unfitted(step: Any) -> Any:
    return step if step in (None, "passthrough") else clone(step)


def _last_step(model: Any) -> Any:
    """What a pipeline ends in, or a search has found to be best."""
    while True:
        if isinstance(model, Pipeline):
            model = model.steps[-1][1]
        elif isinstance(model, BaseSearchCV):
            model = model.best_estimator_
        else:
            return model
