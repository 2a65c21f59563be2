"""What a strategy sees: rows of the pool and others, and what the model says of them."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np
from scipy import sparse
from sklearn.utils import assert_all_finite

from skal._array import dense_on_host, row_slices
from skal._rows import n_rows, row_blocks, take
from skal.models import (
    Descriptors,
    LastLayer,
    as_features,
    class_decision,
    class_prediction,
    class_proba,
    descriptors,
    draws,
    is_net,
    join_layers,
    label_draws,
    last_layer,
)

RECORDED_ANYWAY = {"rows", "n_labelled", "query_seconds", "fit_seconds"}


class View:
    """Rows of one container, and what one model says of them.

    Everything is computed when first asked for, in blocks of rows, and kept.

    Attributes
    ----------
    rows : ndarray of int64
        Their row numbers in the container.
    X : same container
        The rows themselves (a copy, unless they follow one another).
    y : ndarray
        Their labels; None (classes) or NaN (numbers) where a label is missing.
    proba, decision : ndarray of shape (n, k)
        Class probabilities and decision values, one column for every class of `state.classes`.
    prediction : ndarray
        What the model predicts.
    sample_weight : ndarray or None
        Of labelled rows: what each counts in the model's fit, where weights were given.
    last_layer : LastLayer
        What the model's final linear map sees of the rows, its weights, and what comes out.
    features : array of shape (n, d)
        ``last_layer.features``; the rows of X themselves while there is no model yet.
    """

    def __init__(self, X, rows=None, y=None, known=None, estimator=None, classes=None):
        self._container = X
        self._labels = y
        self._known = known
        self._estimator = estimator
        self._classes = classes
        self.sample_weight = None
        self.rows = np.arange(n_rows(X)) if rows is None else rows

    def __len__(self):
        return len(self.rows)

    def __repr__(self):
        return f"<View of {len(self):,} rows>"

    @cached_property
    def X(self):
        return take(self._container, self.rows)

    @cached_property
    def y(self):
        if self._labels is None:
            return np.full(len(self), np.nan if self._classes is None else None)
        labels = self._labels
        if self._known is None or self._known.all():
            return labels
        missing = np.nan if labels.dtype.kind == "f" and self._classes is None else None
        labels = labels.astype(object if missing is None else labels.dtype)
        labels[~self._known] = missing
        return labels

    @property
    def is_labelled(self) -> bool:
        """Whether all labels are known."""
        return self._labels is not None and (self._known is None or bool(self._known.all()))

    @cached_property
    def proba(self) -> np.ndarray:
        return self._by_blocks(lambda X: class_proba(self._model, X, self._classes))

    @cached_property
    def decision(self) -> np.ndarray:
        return self._by_blocks(lambda X: class_decision(self._model, X, self._classes))

    @cached_property
    def prediction(self) -> np.ndarray:
        if self._classes is None:
            return self._by_blocks(self._model.predict)
        if is_net(self._model):  # the same, without a second pass
            return self._classes[self.proba.argmax(axis=1)]
        return self._by_blocks(lambda X: class_prediction(self._model, X, self._classes))

    def part(self, positions) -> "View":
        """A view of some of these rows, with what is already known of them."""
        if len(positions) == len(self) and (positions == np.arange(len(self))).all():
            return self
        labels, known = (None if v is None else v[positions] for v in (self._labels, self._known))
        rows = self.rows[positions]
        part = View(self._container, rows, labels, known, self._estimator, self._classes)
        if self.sample_weight is not None:
            part.sample_weight = self.sample_weight[positions]
        for name in ("proba", "decision", "prediction"):
            if name in self.__dict__:
                part.__dict__[name] = self.__dict__[name][positions]
        if "last_layer" in self.__dict__:
            part.__dict__["last_layer"] = self.last_layer.part(positions)
        return part

    @cached_property
    def last_layer(self) -> LastLayer:
        layers, features_are_rows = [], True
        for block in row_blocks(self._container, len(self)):
            whole = block.stop - block.start == len(self)
            X = self.X if whole else take(self._container, self.rows[block])
            layer = self._restricted(last_layer(self._model, X))
            features_are_rows &= layer.features is X
            layers.append(replace(layer, features=None) if features_are_rows else layer)
        del X, layer  # or a block would stay in memory beside the whole
        if features_are_rows:  # of a linear model: no copy where rows follow one another
            return replace(join_layers(layers), features=self.X)
        return join_layers(layers)

    def _restricted(self, layer):
        """Without the outputs of a net that stand for no known class."""
        if self._classes is None or np.isin(layer.classes, self._classes).all():
            return layer
        keep = np.flatnonzero(np.isin(layer.classes, self._classes))
        proba = layer.proba[:, keep]
        return replace(
            layer,
            weights=layer.weights[:, keep],
            proba=proba / proba.sum(axis=1)[:, None],
            classes=layer.classes[keep],
        )

    @cached_property
    def features(self):
        if self._estimator is None:
            features = as_features(self.X)
            try:
                assert_all_finite(features.data if sparse.issparse(features) else features)
            except ValueError as error:
                raise ValueError(
                    "Rows of X hold NaN or infinity, and there are no distances to them: choose a "
                    "strategy that needs no features, such as Random(), until there is a model."
                ) from error
            return features
        return self.last_layer.features

    def dense_features(self) -> np.ndarray:
        """Return the features as a dense NumPy array, be they sparse or tensors on some device.

        Sparse features of a large pool may not fit into memory that way: `dense_blocks` gives them
        a block at a time.

        Returns
        -------
        features : ndarray of shape (n, d)
            In the type of `features`.
        """
        return dense_on_host(self.features)

    def dense_blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield the features as dense NumPy arrays, a block of rows at a time.

        Yields
        ------
        rows : slice
            Which rows of the view.
        block : ndarray
            Their features; a small array, whatever the size of the pool.
        """
        features = self.features
        for rows in row_slices(len(self), features.shape[1], features):
            yield rows, dense_on_host(features[rows])

    def draws(self, n: int) -> np.ndarray:
        """n opinions of each row: probabilities (n×rows×k), or predicted numbers (n×rows).

        Passes of a net with its dropout on; members of an ensemble, n of them at most.
        """
        model = self._model
        blocks = row_blocks(self._container, len(self))
        parts = [
            draws(model, take(self._container, self.rows[block]), n, self._classes)
            for block in blocks
        ]
        return np.concatenate(parts, axis=1)

    def descriptors(self, layers, scores: Callable) -> Iterator[tuple[slice, Descriptors]]:
        """Pooled activations and gradients of a net's named modules, a batch of rows at a time.

        `scores(features, proba, rows)` gives these rows' gradients (n×k) in the logits: e_y − p for
        the log probability of a label y.  None: activations only.
        """
        done = 0  # rows so far

        def of_batch(features, proba):
            return scores(features, proba, slice(done, done + len(proba)))

        for block in row_blocks(self._container, len(self)):
            X = take(self._container, self.rows[block])
            of_rows = of_batch if scores is not None else None
            for part in descriptors(self._model, X, layers, self._classes, of_rows):
                yield slice(done, done + len(part.proba)), part
                done += len(part.proba)

    def label_draws(self, layers, perturb: Callable, n: int, rng) -> Iterator[tuple]:
        """Descriptors of n perturbed copies of each row, a few rows at a time."""
        step = max(1, 512 // n)  # rows whose copies pass through the net at once
        for block in (slice(start, start + step) for start in range(0, len(self), step)):
            X = take(self._container, self.rows[block])
            yield block, label_draws(self._model, X, layers, self._classes, perturb, n, rng)

    @property
    def _model(self):
        if self._estimator is None:
            raise ValueError(
                "There is no fitted model yet to look at these rows through. A strategy that "
                'needs one says so: needs = frozenset({"model"}).'
            )
        return self._estimator

    def _by_blocks(self, function: Callable) -> np.ndarray:
        """function(rows) for all rows, a block at a time."""
        result = None
        for block in row_blocks(self._container, len(self)):
            part = np.asarray(function(take(self._container, self.rows[block])))
            if result is None:
                if block.stop == len(self):
                    return part
                result = np.empty((len(self), *part.shape[1:]), dtype=part.dtype)
            if part.dtype != result.dtype:  # strings of another length
                result = result.astype(np.result_type(result, part))
            result[block] = part
        return result


class QueryState:
    """What a strategy may see of one query; made by the learner.

    Attributes
    ----------
    pool, labelled : View
        The rows that may be asked for, and those whose labels are known, through today's model.
    holdout : View or None
        Rows with trusted labels that the model was not fitted on.
    previous_pool : View or None
        The same pool through the model as of the last query; None in the first round.
    candidates : ndarray of int64
        Positions in the pool that may be picked.
    classes : ndarray or None
        Every class known; None for a regression.
    rng : numpy.random.Generator
        The same at every query of a round.
    inverse_hessian : InverseHessian or None
        Where :class:`~skal.strategies.Sequential` has moved the last layer: H⁻¹ with the rows that
        it assumed labels for.
    """

    def __init__(
        self,
        *,
        pool: View,
        labelled: View,
        holdout: View | None,
        previous_pool: View | None,
        candidates: np.ndarray,
        classes: np.ndarray | None,
        rng: np.random.Generator,
        view: Callable,
        refit: Callable,
        committee: Callable,
    ):
        self.pool = pool
        self.labelled = labelled
        self.holdout = holdout
        self.previous_pool = previous_pool
        self.candidates = candidates
        self.classes = classes
        self.rng = rng
        self.inverse_hessian = None
        self.records: dict = {}
        self._view = view
        self._refit = refit
        self._committee = committee

    def __repr__(self):
        known = f"{len(self.labelled):,} labelled"
        held = "" if self.holdout is None else f", {len(self.holdout):,} held out"
        return (
            f"<QueryState: {len(self.candidates):,} candidates in a pool of {len(self.pool):,}, "
            f"{known}{held}>"
        )

    def view(self, X, y=None) -> View:
        """Rows of any X (and their labels, if they are known) through today's model."""
        return self._view(X, y)

    def refit(self, positions, y) -> "QueryState":
        """The state as it would be with these labels for these rows of the pool.

        The model is really refitted; the pool, the candidates and the holdout stay as they are.
        """
        return self._refit(self, np.atleast_1d(positions), np.atleast_1d(y))

    def committee(self, members) -> list[View]:
        """The pool as seen by other models that are fitted on the known labels.

        `members` is a number of refits on labels drawn with replacement, or a list of estimators.
        """
        return self._committee(self, members)

    def restrict(self, positions) -> "QueryState":
        """The same state with these positions of the pool as its only candidates."""
        narrowed = copy.copy(self)
        narrowed.candidates = np.asarray(positions)
        return narrowed

    def record(self, **facts) -> None:
        """Keep facts worth knowing about this query: they appear in the learner's `history_`."""
        if taken := sorted(RECORDED_ANYWAY & facts.keys()):
            raise ValueError(f"{', '.join(taken)}: the learner records that itself.")
        self.records.update(facts)
