"""A query state with a moved last layer; the estimator is not changed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, NoReturn

import numpy as np

from skal._array import namespace, to_numpy
from skal._columns import align
from skal._rows import concatenate
from skal.kernels.influence.newton_step import label_steps
from skal.kernels.softmax import contrasts, curvature, softmax
from skal.models import LastLayer, join_layers, label_weights
from skal.state.query_state import QueryState
from skal.state.rows import Rows
from skal.state.view import View

REFUSED = (
    "Sequential moves the last layer in closed form, which does not affect {what}: use the "
    "strategy without Sequential, or wrap it in Spread."
)


class _SeesTheMove(View):
    """Represent rows of a moved layer; raise errors for outputs of the unmoved estimator."""

    @cached_property
    def std(self) -> NoReturn:
        raise ValueError(REFUSED.format(what="deviations of the model"))

    def draws(self, n: int) -> NoReturn:
        """Raise an error: draws come from the estimator, which is not moved."""
        raise ValueError(REFUSED.format(what="draws of the model"))

    def descriptors(
        self, layers: Sequence[str], scores: Callable | None, *, after: str = "module"
    ) -> NoReturn:
        """Raise an error: inner layers belong to the estimator, which is not moved."""
        raise ValueError(REFUSED.format(what="inner layers of the model"))

    def label_draws(
        self,
        layers: Sequence[str],
        perturb: Callable,
        n: int,
        rng: Any,
        *,
        after: str = "module",
    ) -> NoReturn:
        """Raise an error: inner layers belong to the estimator, which is not moved."""
        raise ValueError(REFUSED.format(what="inner layers of the model"))


class MovedView(_SeesTheMove):
    """Represent the rows of a view with other weights of the last layer."""

    def __init__(self, view: View, weights: Any):
        super().__init__(view.data, view.model, view.classes)
        self.unmoved: View = view.unmoved if isinstance(view, MovedView) else view
        self._weights = weights

    @cached_property
    def last_layer(self) -> LastLayer:
        layer = replace(self.unmoved.last_layer, weights=self._weights)
        if layer.task == "regression":
            return layer  # learning its own prediction does not move it
        P = softmax(layer.decision)
        return replace(layer, proba=namespace(P).asarray(P, dtype=layer.proba.dtype))

    @cached_property
    def proba(self) -> np.ndarray:
        return self._at_their_places(to_numpy(self.last_layer.proba), 0)

    @cached_property
    def decision(self) -> np.ndarray:
        F = to_numpy(self.last_layer.decision)
        return self._at_their_places(F, F.min(axis=1, keepdims=True) - 1)

    @cached_property
    def prediction(self) -> np.ndarray:
        if self.classes is None:
            return self.unmoved.prediction
        return self.classes[self.proba.argmax(axis=1)]

    def part(self, positions: np.ndarray) -> "_Part":
        """Return a view of some of these rows."""
        return _Part(self, positions)

    def _at_their_places(self, values: np.ndarray, fill: Any) -> np.ndarray:
        """Return the columns of the model's classes among all known classes."""
        return align(values, self.last_layer.classes, self._classes, fill)


class _Part(_SeesTheMove):
    """Represent some rows of a moved view, with the outputs computed so far."""

    def __init__(self, whole: MovedView, positions: np.ndarray):
        super().__init__(whole.data.part(positions), whole.model, whole.classes)
        self._whole, self._positions = whole, np.asarray(positions)

    @cached_property
    def last_layer(self) -> LastLayer:
        return self._whole.last_layer.part(self._positions)

    @cached_property
    def proba(self) -> np.ndarray:
        return self._whole.proba[self._positions]

    @cached_property
    def decision(self) -> np.ndarray:
        return self._whole.decision[self._positions]

    @cached_property
    def prediction(self) -> np.ndarray:
        return self._whole.prediction[self._positions]

    def part(self, positions: np.ndarray) -> "_Part":
        """Return a view of some of these rows."""
        return _Part(self._whole, self._positions[positions])


class MovedState(QueryState):
    """Represent the state after training on some rows of the pool, with moved last-layer weights.

    Parameters
    ----------
    before : QueryState
        The state in which the rows were selected.
    inverse : InverseHessian
        H⁻¹ including the rows.
    weights : array
        Θ after training on them.
    picks : ndarray of int
        Positions of the rows in the pool.
    """

    def __init__(self, before: QueryState, inverse: Any, weights: Any, picks: np.ndarray):
        super().__init__(before.source, np.setdiff1d(before.candidates, picks), before.rng)
        self.inverse_hessian = inverse
        self.records = before.records
        self.previous_pool = before.previous_pool
        self._weights = weights
        self.pool = MovedView(before.pool, weights)
        self.labelled = MovedView(_joined(before, picks), weights)
        if before.holdout is not None:
            self.holdout = MovedView(before.holdout, weights)

    def view(self, X: Any, y: np.ndarray | None = None) -> View:
        """Return a view of rows of any X with the moved weights."""
        return MovedView(super().view(X, y), self._weights)

    def refit(self, positions: np.ndarray, y: np.ndarray) -> NoReturn:
        """Raise an error: a refit would ignore the move."""
        raise ValueError(REFUSED.format(what="a refit"))

    def committee(self, members: int | Sequence[Any]) -> NoReturn:
        """Raise an error: a refit would ignore the move."""
        raise ValueError(REFUSED.format(what="a refit"))


def assume(state: QueryState, inverse: Any, picks: np.ndarray) -> MovedState:
    """Return the state after training on these rows of the pool with the model's predicted labels.

    Each row moves the weights by the converged Newton step, Δθ = −H⁻¹(z⊗c), and updates H by a
    rank-(k − 1) update of `inverse`.  For a regression, the weights do not move, but the row is
    added to H.
    """
    layer = state.pool.last_layer.part(picks)
    weights, losses = layer.weights, None
    if layer.task == "classification":
        known = state.labelled
        losses = label_weights(known.model, known.y, known.sample_weight, layer.classes)
    for row in _rows_of(layer, len(picks)):
        if layer.task == "regression":
            one = namespace(inverse.matrix).ones_like(inverse.matrix[:1, :1])
            inverse = inverse.with_row(row.features, one)
        else:
            inverse, weights = _moved(row, weights, inverse, losses)
    return MovedState(state, inverse, weights, picks)


def _rows_of(layer: LastLayer, n: int) -> Iterator[LastLayer]:
    return (layer.part([i]) for i in range(n))


def _moved(row, weights, inverse, losses):
    """Return H⁻¹ and Θ after training on one row with the label that the layer of `row` predicts.

    `losses` (k) are the weights of the loss for each class; None is 1.
    """
    xp = namespace(inverse.matrix)
    label = xp.argmax(row.proba, axis=1)[:, None]
    logits = xp.asarray(replace(row, weights=weights).fitted_decision, dtype=xp.float64)
    B = contrasts(logits.shape[1], logits)
    w = None if losses is None else losses[to_numpy(label)]
    c = label_steps(logits, inverse.seen_by(row.features), label, w)[0]
    z = inverse.one_row(row.features)
    change = -inverse.times(z[:, None] * c) @ B.T
    weights = weights + xp.asarray(change, dtype=weights.dtype)
    logits = xp.asarray(replace(row, weights=weights).fitted_decision, dtype=xp.float64)
    bend = curvature(softmax(logits))[0]
    return inverse.with_row(row.features, bend if w is None else float(w[0, 0]) * bend), weights


def _joined(state: QueryState, picks: np.ndarray) -> View:
    """Return the labelled rows and the selected ones, with their predicted labels."""
    known, picked = state.labelled, state.pool.part(picks)
    y = np.concatenate([known.y, picked.prediction])
    weights = known.sample_weight
    if weights is not None:
        weights = np.append(weights, np.ones(len(picks)))
    if known.data.container is picked.data.container:
        rows = Rows(known.data.container, np.append(known.rows, picked.rows), y)
    else:
        rows = Rows.all_of(concatenate(known.X, picked.X), y)
    joined = View(replace(rows, weights=weights), known.model, known.classes)
    joined.last_layer = join_layers([known.last_layer, picked.last_layer])
    return joined
