"""The labels known so far, and their rows."""

from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from skal._labels import join_types
from skal._maps import seen_classes
from skal._rows import concatenate, n_rows, row_keys, take
from skal.state.rows import Rows

# The status of a row of the training X: its label is missing; known; known, but hidden by a replay;
# still hidden at the end of a replay; known, and held out for evaluation.
POOL, KNOWN, HIDDEN, UNSPENT, HOLDOUT = range(5)


@dataclass(frozen=True)
class TrainingSet:
    """Store the rows given to `fit`, their known labels, and rows taught with an X of their own.

    The object is immutable: each method that adds labels returns a new one, so a failed refit
    leaves the learner unchanged.
    """

    X: Any
    y: np.ndarray  # undefined where a label is missing
    status: np.ndarray
    row_params: dict[str, Any] = field(default_factory=dict)  # fit parameters, one value per row
    other_params: dict[str, Any] = field(default_factory=dict)
    extra: "TrainingSet | None" = None  # rows taught with an X of their own: all KNOWN
    keys: tuple = ()  # identify those rows

    def __post_init__(self) -> None:
        for array in (self.y, self.status):
            array.setflags(write=False)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state for pickles and copies, without the cache."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @cached_property
    def labelled_rows(self) -> np.ndarray:
        """Return row numbers with a known label; −1 for rows taught with an X of their own."""
        rows = np.flatnonzero(self.status == KNOWN)
        if self.extra is not None:
            rows = np.append(rows, np.full(len(self.keys), -1))
        return _read_only(rows)

    @cached_property
    def pool_rows(self) -> np.ndarray:
        """Return the row numbers of the pool: labels are missing, or hidden by a replay."""
        return _read_only(np.flatnonzero((self.status == POOL) | (self.status == HIDDEN)))

    @property
    def n_labelled(self) -> int:
        return len(self.labelled_rows)

    @property
    def n_hidden(self) -> int:
        return int(np.count_nonzero(self.status == HIDDEN))

    @property
    def n_held_out(self) -> int:
        return int(np.count_nonzero(self.status == HOLDOUT))

    @cached_property
    def labelled_y(self) -> np.ndarray:
        """Return the known labels, in the order of `labelled_rows`."""
        y = self.y[self.status == KNOWN]
        return _read_only(y if self.extra is None else np.concatenate(join_types(y, self.extra.y)))

    @cached_property
    def n_classes(self) -> int:
        """Return the number of classes with a known label."""
        return len(seen_classes(self.labelled_y))

    def labelled(self) -> tuple[Any, np.ndarray, dict[str, Any]]:
        """Return X, y and fit parameters of the labelled rows, ready for an estimator."""
        rows = self.labelled_rows[self.labelled_rows >= 0]
        X, y = take(self.X, rows), self.labelled_y.copy()
        if self.extra is not None:
            X = concatenate(X, self.extra.X) if len(rows) else self.extra.X
        return X, y, self.labelled_params()

    def labelled_params(self) -> dict[str, Any]:
        """Return the fit parameters of the labelled rows."""
        rows = self.labelled_rows[self.labelled_rows >= 0]
        params = {name: take(value, rows) for name, value in self.row_params.items()}
        if self.extra is not None:
            more = self.extra.row_params
            params = {name: _joined(params[name], more[name]) for name in params}
        return {**self.other_params, **params}

    @cached_property
    def known_rows(self) -> Rows:
        """Return the labelled rows, in the order of `labelled_rows`, with any weights."""
        weights = self.labelled_params().get("sample_weight")
        weights = None if weights is None else np.asarray(weights, dtype=np.float64)
        if self.extra is None:
            return Rows(self.X, self.labelled_rows, self.labelled_y, weights=weights)
        rows = Rows.all_of(self.labelled()[0], self.labelled_y)
        return replace(rows, weights=weights)

    def pool(self) -> Rows:
        """Return the rows of the pool; a replay hides the labels of some."""
        rows = self.pool_rows
        return Rows(self.X, rows, self.y[rows], self.status[rows] == HIDDEN)

    def holdout(self) -> Rows | None:
        """Return the labelled rows that are held out for evaluation; None if there are none."""
        rows = np.flatnonzero(self.status == HOLDOUT)
        return Rows(self.X, rows, self.y[rows]) if len(rows) else None

    # ------------------------------------------------------------------ changes of rows
    def with_type(self, classes: np.ndarray) -> "TrainingSet":
        """Return the set with labels in a type that holds all of these classes."""
        if not len(classes) or self.y.ndim > 2:  # maps are stored in few bytes
            return self
        return replace(self, y=self.y.astype(classes.dtype))

    def learn(self, rows: np.ndarray, y: np.ndarray, params: dict[str, Any]) -> "TrainingSet":
        """Add labels for rows of X, which may replace older ones."""
        row_params, other_params = self._split(params, len(rows))
        old, new = join_types(self.y, y) if self.n_labelled else (_as_type(self.y, y), y)
        labels, status = old.copy(), self.status.copy()
        labels[rows] = new
        status[rows] = np.where(status[rows] == HOLDOUT, HOLDOUT, KNOWN)
        merged = dict(self.row_params)
        for name, value in row_params.items():
            values, new = np.asarray(merged[name]), np.asarray(value)
            merged[name] = values.astype(np.result_type(values, new))
            merged[name][rows] = new
        return replace(self, y=labels, status=status, row_params=merged, other_params=other_params)

    def learn_elsewhere(
        self, X: Any, rows: np.ndarray, y: np.ndarray, params: dict[str, Any]
    ) -> "TrainingSet":
        """Add labels for rows of another X, which become training rows.

        If a row was taught before (same number, same content), the new label replaces the old one.
        """
        row_params, other_params = self._split(params, len(rows))
        if lacking := sorted(self.row_params.keys() - row_params.keys()):
            raise ValueError(
                f"{', '.join(lacking)} was given to fit with one value per row: pass its values "
                "for the new rows too."
            )
        keys = row_keys(X, rows)
        fresh = TrainingSet(take(X, rows), y, np.full(len(rows), KNOWN, np.int8), row_params)
        if self.extra is not None:
            taught_again = set(keys)
            keep = np.array([i for i, key in enumerate(self.keys) if key not in taught_again], int)
            older = self.extra._only(keep)
            fresh, keys = older._followed_by(fresh), [self.keys[i] for i in keep] + keys
        return replace(self, extra=fresh, keys=tuple(keys), other_params=other_params)

    def hold_out(self, rows: np.ndarray) -> "TrainingSet":
        """Hold out labelled rows for evaluation: they are neither trained on nor in the pool."""
        return self._with_status(rows, HOLDOUT)

    def hide(self) -> "TrainingSet":
        """Hide every known label, for a replay."""
        return self._with_status(self.status == KNOWN, HIDDEN)

    def reveal(self, rows: np.ndarray) -> "TrainingSet":
        """Reveal the labels of these rows."""
        return self._with_status(rows, KNOWN)

    def forget_hidden(self) -> "TrainingSet":
        """Remove rows from the pool whose labels a replay never revealed."""
        return self._with_status(self.status == HIDDEN, UNSPENT)

    def unlearned(self, rows: np.ndarray) -> "TrainingSet":
        """Remove the labels of these rows of X, to restore an earlier state."""
        return self._with_status(rows[self.status[rows] == KNOWN], POOL)

    def _with_status(self, rows, status):
        changed = self.status.copy()
        changed[rows] = status
        return replace(self, status=changed)

    # ------------------------------------------------------------------ parts
    def _split(self, params, n):
        """Return the fit parameters of n new rows: those with one value per row, and the others."""
        row_params, other = {}, dict(self.other_params)
        for name, value in params.items():
            if name in self.row_params:
                if not _has_length(value, n):
                    raise ValueError(f"{name} must have one value for each of the {n} rows taught.")
                row_params[name] = value
            elif name not in other and _has_length(value, n):
                raise ValueError(
                    f"{name} was not given to fit, so the rows labelled before have no value: pass "
                    "it to fit, with one value per row of X."
                )
            else:
                other[name] = value
        return row_params, other

    def _only(self, rows):
        params = {name: take(value, rows) for name, value in self.row_params.items()}
        return TrainingSet(take(self.X, rows), self.y[rows], self.status[rows], params)

    def _followed_by(self, other):
        if not len(self.y):
            return other
        params = {
            name: _joined(self.row_params[name], other.row_params[name]) for name in self.row_params
        }
        return TrainingSet(
            concatenate(self.X, other.X),
            np.concatenate(join_types(self.y, other.y)),
            np.append(self.status, other.status),
            params,
        )


def _joined(one, other):
    """Return the values of a fit parameter as an array, one per row."""
    return np.concatenate([np.asarray(one), np.asarray(other)])


def _read_only(array):
    """Return the array read-only, so strategies and users cannot change it."""
    array.setflags(write=False)
    return array


def split_params(params: dict[str, Any], n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split fit parameters into those with one value per row and the others."""
    by_row = {name: value for name, value in params.items() if _has_length(value, n)}
    other = {name: value for name, value in params.items() if name not in by_row}
    for name, value in other.items():
        if hasattr(value, "shape") and np.ndim(value) == 1:
            raise ValueError(
                f"{name} has {len(value)} values: pass one for each of the {n} rows of X, "
                "including unlabelled rows."
            )
    return by_row, other


def _has_length(value, n):
    # do not convert lists to arrays: an eval_set contains arrays of several lengths
    has_rows = isinstance(value, list | tuple) or (hasattr(value, "shape") and np.ndim(value) > 0)
    return has_rows and n_rows(value) == n


def _as_type(y, like):
    """Return placeholder labels of the type of the first known labels."""
    return np.zeros(y.shape[:1] + like.shape[1:], dtype=like.dtype)
