"""`last_layer`, and the functions that read the last layer of each type of estimator."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from skal.models.layers import LastLayer

Reader = Callable[[Any, Any], LastLayer]  # (fitted estimator, X)
Inside = Callable[[Any], Any]  # an unfitted estimator ↦ the one that it wraps


class _Entry(NamedTuple):
    read: Reader
    inside: Inside | None


_ENTRIES: dict[str, _Entry] = {}  # by full name of a type, so that nothing is imported for it


def register(*types: type | str, inside: Inside | None = None) -> Callable[[Reader], Reader]:
    """Say how to read the last layer of these types (or full names of types).

    `inside` says which estimator such a one wraps, where it does.
    """

    def add(reader):
        for kind in types:
            _ENTRIES[kind if isinstance(kind, str) else _name(kind)] = _Entry(reader, inside)
        return reader

    return add


def knows(estimator: Any) -> bool:
    """Whether an estimator, and whatever it wraps, is known; fitted or not."""
    entry = _entry(estimator)
    if entry is None or entry.inside is None:
        return entry is not None
    inner = entry.inside(estimator)
    return inner is None or knows(inner)


class LastLayerFunction(Protocol):
    """The function `last_layer`, which others add types to."""

    register: Callable[..., Callable[[Reader], Reader]]
    knows: Callable[[Any], bool]

    def __call__(self, estimator: Any, X: Any) -> LastLayer:
        """Read the last layer of a fitted model on the rows X."""


def _with_register(function: Any) -> LastLayerFunction:
    function.register, function.knows = register, knows
    return function


@_with_register
def last_layer(estimator: Any, X: Any) -> LastLayer:
    """The last layer of a fitted model on the rows X.

    Known are linear and logistic models, ridge, stochastic gradients, discriminants, SVMs,
    perceptrons, skorch nets, and pipelines, searches, calibration, transformed targets and
    one-vs-rest around them.  ``@last_layer.register(Type)`` adds a type: a function
    ``(estimator, X) -> LastLayer``; the type may be given by its full name.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier or regressor.
    X : what the estimator predicts on
        Rows.

    Returns
    -------
    layer : LastLayer
        Features of the rows, the weights that they are multiplied with, and what comes out.

    See Also
    --------
    LastLayer : What is returned.
    skal.ActiveLearner : Its `surrogate` stands in for a model whose last layer is not known.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from skal.models import last_layer
    >>> X, y = load_iris(return_X_y=True)
    >>> net = MLPClassifier((20, 8), max_iter=2000, random_state=0).fit(X, y)
    >>> layer = last_layer(net, X)
    >>> layer.features.shape, layer.weights.shape
    ((150, 8), (9, 3))
    """
    if entry := _entry(estimator):
        return entry.read(estimator, X)
    raise TypeError(
        f"The last layer of {type(estimator).__name__} is not known: it has none (a forest, "
        "boosting, nearest neighbours), or nobody said where it is. Set surrogate=, such as "
        "LogisticRegression() or Ridge(), to look at the pool through; or register a function "
        "(estimator, X) -> LastLayer with @last_layer.register."
    )


def _entry(estimator):
    names = map(_name, type(estimator).__mro__)
    return next((_ENTRIES[name] for name in names if name in _ENTRIES), None)


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
