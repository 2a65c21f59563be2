"""From what users give to what the learner keeps: checked once, copied only where it must be."""

from dataclasses import dataclass, replace
from numbers import Real
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
    """Reads rows and labels for one learner."""

    estimators: tuple[Any, ...]  # the estimator and the surrogate: whatever gets to see X
    classify: bool
    missing_label: Any
    columns: Columns | None = None  # of the X given to fit; None until that was read
    maps: MapReader | None = None  # reads labels that are maps; None: the estimator takes none

    def rows(self, X: Any) -> Any:
        """X, fit to take rows from and checked for what the estimator cannot take."""
        if X is None or isinstance(X, Real | str):
            raise TypeError(
                f"X={X!r} is not a container of rows. A number of rows is given by its name: "
                "batch_size=."
            )
        if isinstance(X, BlockPool):
            raise TypeError(
                "X is a BlockPool, and fit learns from rows in memory: give it the labelled rows "
                "as an array or a frame, and the pool to query(pool)."
            )
        X = as_container(X)
        _checks.check_container(X, n_rows(X))
        self.check_columns(X)
        self.check_taken(X)
        return X

    def pool(self, X: Any) -> Any:
        """Rows to choose from, in memory or in a pool that is read in blocks."""
        X = as_pool(X)
        if not isinstance(X, BlockPool):
            return self.rows(X)
        names = None if self.columns is None else self.columns.names
        X = X.as_seen(None if names is None else names.tolist())
        self.check_columns(X.head)
        _checks.check_container(X, len(X))
        return X

    def check_taken(self, X: Any) -> None:
        """An error for rows that an estimator does not take."""
        for estimator in self.estimators:
            _checks.check_finite(X, estimator)

    def check_columns(self, X: Any) -> None:
        """An error for masked entries, or other features than those of `fit`."""
        _checks.check_unmasked(X)
        if self.columns is not None:
            self.columns.check(X)

    def to_predict(self, X: Any) -> Any:
        """X as it is, but for a gradient; its number and names of features are those of `fit`."""
        self.check_columns(X)
        return without_gradient(X)

    def labels(self, y: Any, name: str = "y") -> tuple[np.ndarray, np.ndarray]:
        """Labels, and which of them are known."""
        if self.classify and self.maps is not None and is_map(y):
            return self.maps.read(y, self.missing_label, name)
        return read_labels(y, classify=self.classify, missing_label=self.missing_label, name=name)

    def training_set(
        self, X: Any, y: Any, fit_params: dict[str, Any]
    ) -> tuple["Reader", TrainingSet]:
        """What `fit` was given to train on, and a reader that knows its columns."""
        X = self.rows(X)
        reader = replace(self, columns=Columns.of(X))
        check_same_order(X, y)
        y, known = self.labels(y)
        _checks.check_same_length(n_rows(X), len(y), "X", "y")
        status = np.where(known, KNOWN, POOL).astype(np.int8)
        return reader, TrainingSet(X, y, status, *split_params(fit_params, len(y)))

    def holdout(self, X_val: Any, y_val: Any, *, unlabelled_ok: bool = False) -> Rows | None:
        """What `fit` was given to measure with; None if nothing was."""
        if X_val is None and y_val is None:
            return None
        if X_val is None or (y_val is None and not unlabelled_ok):
            raise ValueError("X_val and y_val go together: give both, or neither.")
        X_val = self.rows(X_val)
        if y_val is None:
            return Rows.all_of(X_val)
        check_same_order(X_val, y_val, "y_val")
        y_val, known = self.labels(y_val, "y_val")
        _checks.check_same_length(n_rows(X_val), len(y_val), "X_val", "y_val")
        if not known.all():
            raise ValueError(
                f"{np.count_nonzero(~known)} labels of y_val are missing: a holdout is labelled."
            )
        return Rows.all_of(X_val, y_val)

    def answers(self, rows: np.ndarray, y: Any, training: TrainingSet) -> np.ndarray:
        """Labels that `teach` was given for these rows."""
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
                f"The label of row {rows[~known][0]} is missing: teach labels that are known, and "
                "pass rows that cannot be labelled to query as exclude=."
            )
        if training.n_labelled and y.shape[1:] != shape:
            raise ValueError(f"y has shape {y.shape}; expected {(len(rows), *shape)}.")
        if training.n_labelled and not self.classify:
            y = y.astype(training.y.dtype)
        return y

    def _is_one_map(self, y: Any, training: TrainingSet) -> bool:
        """Whether the answer for a row is a map, and not a list of one."""
        if self.maps is None or isinstance(y, list | tuple):
            return False
        if training.n_labelled:
            return np.ndim(y) == training.y.ndim - 1 > 1
        return np.ndim(y) == 2 and np.shape(y)[1] > 1

    def classes(self, *seen: np.ndarray | None) -> np.ndarray:
        """Every class in several arrays of labels, sorted."""
        union = np.empty(0)
        for labels in seen:
            if labels is not None:
                union = np.concatenate(join_types(union, seen_classes(labels)))
        return np.unique(union)
