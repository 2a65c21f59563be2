"""Nets whose output is a map: class scores at every position of a row, such as an image's pixels.

skorch takes the classes for the last axis of what comes out, and the criterion for axis 1; here
they are always on axis 1.
"""

import inspect
from functools import cache, wraps
from typing import Any

import numpy as np
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline

from skal._array import Array
from skal._maps import UNLABELLED, MapReader, share_right
from skal.models.kinds import is_net

CLASSIFIER = "skorch.classifier.NeuralNetClassifier"
TOLERANCE = 1e-3  # how far a distribution may sum from 1


def map_reader(*estimators: Any) -> MapReader | None:
    """What reads the labels that these estimators are fitted on if they are maps.

    None where one of them cannot put out maps.
    """
    nets = [_net(estimator) for estimator in estimators]
    if not all(_classifies(net) for net in nets):
        return None
    return MapReader(frozenset().union(*map(_marks, nets)))


def make_maps(estimator: Any) -> None:
    """Let a net, or the one that an estimator wraps, put out maps.  It is changed in place."""
    net: Any = _net(estimator)
    if not hasattr(type(net), "makes_maps"):
        base: Any = type(net)
        net.__class__ = with_maps(base)  # the class alone changes: parameters stay


def makes_maps(model: Any) -> bool:
    """Whether a fitted model puts out maps."""
    return hasattr(type(_net(model)), "makes_maps")


@cache
def with_maps(base: Any) -> type:
    """The subclass of a skorch classifier whose labels are maps; it goes by the same name."""

    @wraps(base.fit)
    def fit(self, X, y, **params):
        targets = _targets(self, y)
        try:
            return base.fit(self, X, targets, **params)
        except (IndexError, RuntimeError) as error:
            error.add_note(
                f"The labels are maps of shape {y.shape[1:]}, with classes up to {y.max()}: for n "
                "rows the module must put out n × k × that shape, with k larger than any class."
            )
            raise

    @wraps(base.predict_proba)
    def predict_proba(self, X):
        outputs = self.forward_iter(X, training=False)
        return np.concatenate([map_proba(self, output).cpu().numpy() for output in outputs])

    @wraps(base.score)
    def score(self, X, y, sample_weight=None):
        labels, _ = MapReader(_marks(self)).read(y, np.nan)
        return share_right(labels, self.predict(X))

    def classes_(self):
        seen = np.asarray(base.classes_.__get__(self))
        return seen[(seen >= 0) & (seen != _ignore_index(self))]

    def __reduce__(self):
        return _restored, (base,), self.__getstate__()

    members = {
        "fit": fit,
        "predict_proba": predict_proba,
        "score": score,
        "classes_": property(classes_),
        "makes_maps": True,
        "__reduce__": __reduce__,
        "__doc__": base.__doc__,
        "__module__": __name__,
    }
    return type(base.__name__, (base,), members)


def as_rows(maps: np.ndarray) -> np.ndarray:
    """Maps with classes on axis 1 (n×k×…) as a row for every position (n·t × k)."""
    last = np.moveaxis(maps, 1, -1)
    return last.reshape(-1, last.shape[-1])


def as_maps(rows: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Rows for every position as maps again, at the positions of others."""
    last = rows.reshape(len(like), *like.shape[2:], -1)
    return np.moveaxis(last, -1, 1)


def _targets(net: Any, y: np.ndarray) -> np.ndarray:
    """Maps as the criterion takes them; an error where net and maps do not go together."""
    if getattr(net.train_split, "stratified", False):
        raise TypeError(
            f"The train_split of {type(net).__name__} sets rows aside by their class, and a map "
            "has many: set train_split=None, or ValidSplit(5) without stratified=True."
        )
    if net.train_split is not None and "callbacks__valid_acc" not in vars(net):
        net.set_params(callbacks__valid_acc=None)  # scikit-learn's accuracy, which takes no maps
    y = np.asarray(y).astype(np.int64)
    none = y == UNLABELLED
    if not none.any():
        return y
    if (mark := _ignore_index(net)) is None:
        raise TypeError(
            f"{int(none.sum())} positions of the labelled maps have no label, and the criterion of "
            f"{type(net).__name__} has no ignore_index to leave them out by: give a criterion that "
            "has one, such as CrossEntropyLoss, or maps that are labelled in full."
        )
    y[none] = mark
    return y


def map_proba(net: Any, output: Any) -> Array:
    """Probabilities of a batch, classes on axis 1, from what the module puts out."""
    import torch

    output = output[0] if isinstance(output, tuple) else output
    if output.ndim < 3 or output.shape[1] < 2:
        raise ValueError(
            f"{type(net.module_).__name__} put out an array of shape {tuple(output.shape)} for "
            "labels that are maps: expected a row for each row of X, and on axis 1 a score for "
            "each class, as CrossEntropyLoss takes them (two for two classes)."
        )
    if callable(net.predict_nonlinearity):
        output = net.predict_nonlinearity(output)
    output = output.detach()
    return output if is_distribution(output, 1) else torch.softmax(output, dim=1)


def is_distribution(scores: Array, axis: int = -1) -> bool:
    """Whether scores are probabilities: 0 or more, with the sum 1 along an axis."""
    sums = scores.sum(axis)
    return bool((scores >= 0).all()) and bool((abs(sums - 1) < TOLERANCE).all())


def _marks(net: Any) -> frozenset[int]:
    """What stands for no label in the maps that a net is fitted on."""
    mark = _ignore_index(net)
    return frozenset() if mark is None else frozenset({mark})


def _ignore_index(net: Any) -> int | None:
    """The label that the criterion of a net, fitted or not, leaves out; None if there is none."""
    given = net.get_params_for("criterion")
    if "ignore_index" in given:
        return given["ignore_index"]
    if not isinstance(net.criterion, type) and hasattr(net.criterion, "ignore_index"):
        return net.criterion.ignore_index
    try:
        known = inspect.signature(net.criterion).parameters.get("ignore_index")
    except (TypeError, ValueError):  # some callables do not say
        return None
    return known.default if known is not None and isinstance(known.default, int) else None


def _net(estimator: Any) -> Any:
    """The last estimator inside pipelines and searches, fitted if they are."""
    while isinstance(estimator, Pipeline | BaseSearchCV):
        if isinstance(estimator, Pipeline):
            estimator = estimator.steps[-1][1]
        else:
            estimator = getattr(estimator, "best_estimator_", estimator.estimator)
    return estimator


def _classifies(net: Any) -> bool:
    kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(net).__mro__}
    return is_net(net) and CLASSIFIER in kinds


def _restored(base: Any) -> Any:
    """An empty net, for pickle to fill."""
    return base.__new__(with_maps(base))
