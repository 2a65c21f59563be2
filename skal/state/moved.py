"""A state whose last layer has been moved, and no estimator touched."""

import copy
from dataclasses import replace
from functools import cached_property

import numpy as np

from skal._array import namespace, to_numpy
from skal._rows import concatenate
from skal.kernels.influence.newton_step import label_steps
from skal.kernels.softmax import contrasts, curvature, softmax
from skal.models import join_layers
from skal.state import QueryState, View

REFUSED = (
    "Sequential moves the last layer in closed form, and {what} would not see the move: use the "
    "strategy as it is, or wrap it in Spread."
)


class MovedView(View):
    """The rows of a view through other weights of the last layer."""

    def __init__(self, view: View, weights):
        super().__init__(
            view._container, view.rows, view._labels, view._known, view._estimator, view._classes
        )
        self.sample_weight = view.sample_weight
        self._before, self._weights = view, weights

    @cached_property
    def last_layer(self):
        layer = replace(self._before.last_layer, weights=self._weights)
        if layer.task == "regression":
            return layer  # which its own prediction does not move
        P = softmax(layer.decision)
        return replace(layer, proba=namespace(P).asarray(P, dtype=layer.proba.dtype))

    @cached_property
    def proba(self):
        return self._at_their_places(to_numpy(self.last_layer.proba), 0)

    @cached_property
    def decision(self):
        F = to_numpy(self.last_layer.decision)
        return self._at_their_places(F, F.min(axis=1, keepdims=True) - 1)

    @cached_property
    def prediction(self):
        if self._classes is None:
            return self._before.prediction
        return self._classes[self.proba.argmax(axis=1)]

    def part(self, positions):
        """A view of some of these rows."""
        return _Part(self, positions)

    def draws(self, n):
        """Refused: draws come from the estimator."""
        raise ValueError(REFUSED.format(what="draws of the model"))

    def _at_their_places(self, values, fill):
        """Columns of the classes that the model has seen, among all that are known."""
        seen = self.last_layer.classes
        if np.array_equal(seen, self._classes):
            return values
        aligned = np.empty((len(values), len(self._classes)), dtype=values.dtype)
        aligned[:] = fill
        aligned[:, np.searchsorted(self._classes, seen)] = values
        return aligned


class _Part(MovedView):
    """Some rows of a moved view, which knows what they look like."""

    def __init__(self, whole: MovedView, positions):
        labels, known = (None if v is None else v[positions] for v in (whole._labels, whole._known))
        rows = whole.rows[positions]
        View.__init__(self, whole._container, rows, labels, known, whole._estimator, whole._classes)
        if whole.sample_weight is not None:
            self.sample_weight = whole.sample_weight[positions]
        self._whole, self._positions = whole, positions

    @cached_property
    def last_layer(self):
        return self._whole.last_layer.part(self._positions)

    @cached_property
    def proba(self):
        return self._whole.proba[self._positions]

    @cached_property
    def decision(self):
        return self._whole.decision[self._positions]

    @cached_property
    def prediction(self):
        return self._whole.prediction[self._positions]


def assume(state: QueryState, inverse, picks) -> QueryState:
    """The state once these rows of the pool have been learned with the model's own labels.

    Each row moves the weights by the converged Newton step, Δθ = −H⁻¹(z⊗c), and joins H by a
    rank-(k − 1) update of `inverse`; a regression does not move, and its H takes the row in.
    """
    layer = state.pool.last_layer.part(picks)
    weights = layer.weights
    for i in range(len(picks)):
        row = layer.part([i])
        if layer.task == "regression":
            one = namespace(inverse.matrix).ones_like(inverse.matrix[:1, :1])
            inverse = inverse.with_row(row.features, one)
        else:
            inverse, weights = _moved(row, weights, inverse)
    moved = copy.copy(state)
    moved.inverse_hessian = inverse
    moved.candidates = np.setdiff1d(state.candidates, picks)
    moved.pool = _with_weights(state.pool, weights)
    moved.labelled = _with_weights(_joined(state, picks), weights)
    if state.holdout is not None:
        moved.holdout = _with_weights(state.holdout, weights)
    ask = _unmoved(state._view)
    moved._view = lambda X, y=None: MovedView(ask(X, y), weights)
    moved._view.unmoved = ask
    moved._refit = moved._committee = _refuse
    return moved


def _moved(row, weights, inverse):
    """H⁻¹ and Θ after one row has been learned; its label is what the layer of `row` predicts."""
    xp = namespace(inverse.matrix)
    label = xp.argmax(row.proba, axis=1)[:, None]
    logits = xp.asarray(replace(row, weights=weights).decision, dtype=xp.float64)
    B = contrasts(logits.shape[1], logits)
    c = label_steps(logits, inverse.seen_by(row.features), label)[0]
    z = inverse.one_row(row.features)
    change = -inverse.times(z[:, None] * c) @ B.T
    weights = weights + xp.asarray(change, dtype=weights.dtype)
    logits = xp.asarray(replace(row, weights=weights).decision, dtype=xp.float64)
    return inverse.with_row(row.features, curvature(softmax(logits))[0]), weights


def _with_weights(view, weights):
    return MovedView(view._before if isinstance(view, MovedView) else view, weights)


def _joined(state, picks):
    """The labelled rows and the picked ones, with their predicted labels."""
    known, pool = state.labelled, state.pool
    y = np.concatenate([known.y, pool.part(picks).prediction])
    if known._container is pool._container:
        X, rows = pool._container, np.append(known.rows, pool.rows[picks])
    else:
        X, rows = concatenate(known.X, pool.part(picks).X), None
    joined = View(X, rows, y, None, known._estimator, known._classes)
    if known.sample_weight is not None:
        joined.sample_weight = np.append(known.sample_weight, np.ones(len(picks)))
    layers = [known.last_layer, pool.last_layer.part(picks)]
    joined.__dict__["last_layer"] = join_layers(layers)
    return joined


def _unmoved(view):
    return getattr(view, "unmoved", view)


def _refuse(*args):
    raise ValueError(REFUSED.format(what="a refit"))
