"""Validation of the user's rows and labels; copies are made only if necessary."""

from dataclasses import dataclass, replace
from numbers import Real
from os import PathLike
from typing import Any

import numpy as np

from skal import _checks
from skal._labels import join_types, label_array, read_labels
from skal._maps import MapReader, is_map, seen_classes
from skal._rows import as_container, check_same_order, n_rows, without_gradient
from skal.learner.columns import Columns
from skal.pools import BlockPool, as_pool
from skal.state import Rows
from skal.state.training_set import KNOWN, POOL, TrainingSet, split_params


@dataclass(frozen=True)
class Reader:
    """Read rows and labels for one learner."""

    estimators: tuple[Any, ...]  # the estimator and the surrogate
    classify: bool
    missing_label: Any
    columns: Columns | None = None  # of the X given to fit; None before fit
    maps: MapReader | None = None  # reads labels that are maps; None: the estimator supports none

    def rows(self, X: Any) -> Any:
        """Return X as a container of rows, after a check that the estimators accept it."""
        if isinstance(X, str | PathLike):
            raise TypeError(
                f"X={X!r} is a path, and fit requires the labelled rows in memory: pass them as an "
                "array or a data frame. Pass a path to query(...), which reads the files in blocks."
            )
        if X is None or isinstance(X, Real):
            raise TypeError(
                f"X={X!r} is not a container of rows. To set the number of rows, use the keyword "
                "batch_size=."
            )
        if isinstance(X, BlockPool):
            raise TypeError(
                "X is a BlockPool, and fit requires rows in memory: pass the labelled rows to fit "
                "as an array or a data frame, and the pool to query(pool)."
            )
        X = as_container(X)
        _checks.check_container(X, n_rows(X))
        self.check_columns(X)
        self.check_taken(X)
        return X

    def pool(self, X: Any) -> Any:
        """Return the rows to select from, in memory or in a pool that is read in blocks."""
        X = as_pool(X)
        if not isinstance(X, BlockPool):
            return self.rows(X)
        names = None if self.columns is None else self.columns.names
        X = X.as_seen(None if names is None else names.tolist())
        self.check_columns(X.head)
        _checks.check_container(X, len(X))
        return X

    def check_taken(self, X: Any) -> None:
        """Raise an error for rows that an estimator does not accept."""
        for estimator in self.estimators:
            _checks.check_finite(X, estimator)

    def check_columns(self, X: Any) -> None:
        """Raise an error for masked entries, or for other features than those of `fit`."""
        _checks.check_unmasked(X)
        if self.columns is not None:
            self.columns.check(X)

    def to_predict(self, X: Any) -> Any:
        """Return X without gradient, after a check that its features are those of `fit`."""
        if isinstance(X, str | PathLike | BlockPool):
            raise TypeError(
                f"X={X!r} is a pool, and the prediction requires rows in memory: predict each "
                "piece, as in [learner.predict(piece.X) for piece in BlockPool(...).pieces()], or "
                "pass BlockPool(...).take_rows(rows)."
            )
        self.check_columns(X)
        return without_gradient(X)

    def labels(self, y: Any, name: str = "y") -> tuple[np.ndarray, np.ndarray]:
        """Return labels, and which of them are known."""
        if self.classify and self.maps is not None and is_map(y):
            return self.maps.read(y, self.missing_label, name)
        return read_labels(y, classify=self.classify, missing_label=self.missing_label, name=name)

    def training_set(
        self, X: Any, y: Any, fit_params: dict[str, Any]
    ) -> tuple["Reader", TrainingSet]:
        """Return the training set of `fit`, and a reader that knows its features."""
        X = self.rows(X)
        reader = replace(self, columns=Columns.of(X))
        check_same_order(X, y)
        y, known = self.labels(y)
        _checks.check_same_length(n_rows(X), len(y), "X", "y")
        status = np.where(known, KNOWN, POOL).astype(np.int8)
        return reader, TrainingSet(X, y, status, *split_params(fit_params, len(y)))

    def holdout(self, X_val: Any, y_val: Any, *, unlabelled_ok: bool = False) -> Rows | None:
        """Return the holdout given to `fit`; None if there is none."""
        if X_val is None and y_val is None:
            return None
        if X_val is None or (y_val is None and not unlabelled_ok):
            raise ValueError("Only one of X_val and y_val was passed: pass both, or neither.")
        X_val = self.rows(X_val)
        if y_val is None:
            return Rows.all_of(X_val)
        check_same_order(X_val, y_val, "y_val")
        y_val, known = self.labels(y_val, "y_val")
        _checks.check_same_length(n_rows(X_val), len(y_val), "X_val", "y_val")
        if not known.all():
            raise ValueError(
                f"{np.count_nonzero(~known)} labels of y_val are missing: a holdout requires all "
                "labels."
            )
        return Rows.all_of(X_val, y_val)

    def answers(self, rows: np.ndarray, y: Any, training: TrainingSet) -> np.ndarray:
        """Return the labels that were passed to `teach` for these rows."""
        if len(rows) == 1 and self._is_one_map(y, training):
            y = [y]
        if not is_map(y):
            y = label_array([y] if y is not None and np.ndim(y) == 0 else y)
        y, known = self.labels(y)
        shape = training.y.shape[1:]
        if y.ndim != training.y.ndim and (1 in y.shape[1:] or shape == (1,)):
            y = y.reshape(len(y), *shape)  # one output, as a column or not
        _checks.check_same_length(len(rows), len(y), "rows", "y")
        if not known.all():
            raise ValueError(
                f"The label of row {rows[~known][0]} is missing: teach known labels only, and pass "
                "rows that cannot be labelled to query as exclude=."
            )
        if training.n_labelled and y.shape[1:] != shape:
            raise ValueError(f"y has shape {y.shape}; expected {(len(rows), *shape)}.")
        if training.n_labelled and not self.classify:
            y = y.astype(training.y.dtype)
        return y

    def _is_one_map(self, y: Any, training: TrainingSet) -> bool:
        """Return whether the answer for a row is a map, and not a list with one label."""
        if self.maps is None or isinstance(y, list | tuple):
            return False
        if training.n_labelled:
            return np.ndim(y) == training.y.ndim - 1 > 1
        return np.ndim(y) == 2 and np.shape(y)[1] > 1

    def classes(self, *seen: np.ndarray | None) -> np.ndarray:
        """Return all classes in several arrays of labels, sorted."""
        union = np.empty(0)
        for labels in seen:
            if labels is not None:
                union = np.concatenate(join_types(union, seen_classes(labels)))
        return np.unique(union)
