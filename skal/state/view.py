"""Rows, and what one model says of them: what strategies look at."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import assert_all_finite

from skal._rows import row_blocks
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
from skal.state.rows import Rows


class View:
    """Rows of one container, and what one model says of them.

    Everything is computed when first asked for, in blocks of rows, and kept.

    Attributes
    ----------
    data : Rows
        Which rows these are: ``data.container`` is what `rows` indexes.
    model : estimator or None
        What they are seen through; None while there is no model yet.
    classes : ndarray or None
        Every class known; None for a regression.
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

    def __init__(self, data: Rows, model: Any = None, classes: np.ndarray | None = None):
        self.data = data
        self.model = model
        self.classes = classes

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        return f"<View of {len(self):,} rows>"

    @property
    def rows(self) -> np.ndarray:
        return self.data.numbers

    @property
    def sample_weight(self) -> np.ndarray | None:
        return self.data.weights

    @cached_property
    def X(self) -> Any:
        return self.data.X

    @cached_property
    def y(self) -> np.ndarray:
        return self.data.y(classify=self.classes is not None)

    @property
    def is_labelled(self) -> bool:
        """Whether all labels are known."""
        return self.data.is_labelled

    @cached_property
    def proba(self) -> np.ndarray:
        return self._by_blocks(lambda X: class_proba(self._fitted, X, self.classes))

    @cached_property
    def decision(self) -> np.ndarray:
        return self._by_blocks(lambda X: class_decision(self._fitted, X, self.classes))

    @cached_property
    def prediction(self) -> np.ndarray:
        if self.classes is None:
            return self._by_blocks(self._fitted.predict)
        if is_net(self._fitted):  # the same, without a second pass
            return self.classes[self.proba.argmax(axis=1)]
        return self._by_blocks(lambda X: class_prediction(self._fitted, X, self.classes))

    def part(self, positions: np.ndarray) -> "View":
        """A view of some of these rows, with what is already known of them."""
        if len(positions) == len(self) and (positions == np.arange(len(self))).all():
            return self
        part = View(self.data.part(positions), self.model, self.classes)
        for name in ("proba", "decision", "prediction"):
            if name in self.__dict__:
                part.__dict__[name] = self.__dict__[name][positions]
        if "last_layer" in self.__dict__:
            part.__dict__["last_layer"] = self.last_layer.part(positions)
        return part

    @cached_property
    def last_layer(self) -> LastLayer:
        layers, features_are_rows = [], True
        for block in row_blocks(self.data.container, len(self)):
            whole = block.stop - block.start == len(self)
            X = self.X if whole else self.data.block(block)
            layer = self._restricted(last_layer(self._fitted, X))
            features_are_rows &= layer.features is X
            layers.append(replace(layer, features=None) if features_are_rows else layer)
        del X, layer  # or a block would stay in memory beside the whole
        if features_are_rows:  # of a linear model: no copy where rows follow one another
            return replace(join_layers(layers), features=self.X)
        return join_layers(layers)

    def _restricted(self, layer):
        """Without the outputs of a net that stand for no known class."""
        if self.classes is None or np.isin(layer.classes, self.classes).all():
            return layer
        keep = np.flatnonzero(np.isin(layer.classes, self.classes))
        proba = layer.proba[:, keep]
        return replace(
            layer,
            weights=layer.weights[:, keep],
            proba=proba / proba.sum(axis=1)[:, None],
            classes=layer.classes[keep],
        )

    @cached_property
    def features(self) -> Any:
        if self.model is None:
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

    def draws(self, n: int) -> np.ndarray:
        """n opinions of each row: probabilities (n×rows×k), or predicted numbers (n×rows).

        Passes of a net with its dropout on; members of an ensemble, n of them at most.
        """
        model = self._fitted
        blocks = row_blocks(self.data.container, len(self))
        parts = [draws(model, self.data.block(block), n, self.classes) for block in blocks]
        return np.concatenate(parts, axis=1)

    def descriptors(
        self, layers: Sequence[str], scores: Callable | None
    ) -> Iterator[tuple[slice, Descriptors]]:
        """Pooled activations and gradients of a net's named modules, a batch of rows at a time.

        `scores(features, proba, rows)` gives these rows' gradients (n×k) in the logits: e_y − p for
        the log probability of a label y.  None: activations only.
        """
        done = 0  # rows so far

        def of_batch(features, proba):
            return scores and scores(features, proba, slice(done, done + len(proba)))

        for block in row_blocks(self.data.container, len(self)):
            X = self.data.block(block)
            of_rows = of_batch if scores is not None else None
            for part in descriptors(self._fitted, X, layers, self.classes, of_rows):
                yield slice(done, done + len(part.proba)), part
                done += len(part.proba)

    def label_draws(
        self, layers: Sequence[str], perturb: Callable, n: int, rng: np.random.Generator
    ) -> Iterator[tuple]:
        """Descriptors of n perturbed copies of each row, a few rows at a time."""
        step = max(1, 512 // n)  # rows whose copies pass through the net at once
        for block in (slice(start, start + step) for start in range(0, len(self), step)):
            X = self.data.block(block)
            yield block, label_draws(self._fitted, X, layers, self.classes, perturb, n, rng)

    @property
    def _fitted(self) -> Any:
        if self.model is None:
            raise ValueError(
                "There is no fitted model yet to look at these rows through. A strategy that "
                'needs one says so: needs = frozenset({"model"}).'
            )
        return self.model

    def _by_blocks(self, function: Callable) -> np.ndarray:
        """function(rows) for all rows, a block at a time."""
        result: Any = None  # an array, once the first block says of what
        for block in row_blocks(self.data.container, len(self)):
            part = np.asarray(function(self.data.block(block)))
            if result is None:
                if block.stop == len(self):
                    return part
                result = np.empty((len(self), *part.shape[1:]), dtype=part.dtype)
            if part.dtype != result.dtype:  # strings of another length
                result = result.astype(np.result_type(result, part))
            result[block] = part
        return result
