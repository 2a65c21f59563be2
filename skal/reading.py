"""From what users give to what the learner keeps: checked once, copied only where it must be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import get_tags

from skal import _checks
from skal._labels import join_types, read_labels
from skal._rows import as_container, n_rows
from skal.training import KNOWN, POOL, TrainingSet, split_params


@dataclass(frozen=True)
class Reader:
    """Reads rows and labels for one learner."""

    estimator: Any
    classify: bool
    missing_label: Any
    check_features: Callable  # (X, reset=…): compares the number and names of features

    def rows(self, X, *, reset=False):
        """X, fit to take rows from and checked for what the estimator cannot take."""
        X = as_container(X)
        _checks.check_container(X, n_rows(X))
        self.check_features(X, reset=reset)
        _checks.check_finite(X, self.estimator)
        return X

    def labels(self, y, name="y", multi_output=None):
        """Labels, and which of them are known."""
        if multi_output is None:
            multi_output = get_tags(self.estimator).target_tags.multi_output
        return read_labels(
            y,
            classify=self.classify,
            missing_label=self.missing_label,
            multi_output=multi_output and not self.classify,
            name=name,
        )

    def training_set(self, X, y, fit_params) -> TrainingSet:
        """What `fit` was given to train on."""
        X = self.rows(X, reset=True)
        y, known = self.labels(y)
        _checks.check_same_length(n_rows(X), len(y), "X", "y")
        status = np.where(known, KNOWN, POOL).astype(np.int8)
        return TrainingSet(X, y, status, *split_params(fit_params, len(y)))

    def holdout(self, X_val, y_val):
        """What `fit` was given to measure with; None if nothing was."""
        if X_val is None and y_val is None:
            return None
        if X_val is None or y_val is None:
            raise ValueError("X_val and y_val go together: give both, or neither.")
        X_val = self.rows(X_val)
        y_val, known = self.labels(y_val, "y_val")
        _checks.check_same_length(n_rows(X_val), len(y_val), "X_val", "y_val")
        if not known.all():
            raise ValueError(
                f"{np.count_nonzero(~known)} labels of y_val are missing: a holdout is labelled."
            )
        return X_val, y_val

    def answers(self, rows, y, training: TrainingSet) -> np.ndarray:
        """Labels that `teach` was given for these rows."""
        several = training.y.ndim == 2 if training.n_labelled else None
        y, known = self.labels(np.atleast_1d(np.asarray(y)), multi_output=several)
        _checks.check_same_length(len(rows), len(y), "rows", "y")
        if not known.all():
            raise ValueError(
                f"The label of row {rows[~known][0]} is missing: teach labels that are known, and "
                "pass rows that cannot be labelled to query as exclude=."
            )
        return y

    def classes(self, *seen):
        """Every class in several arrays of labels, sorted."""
        union = np.empty(0)
        for labels in seen:
            if labels is not None:
                union = np.concatenate(join_types(union, labels))
        return np.unique(union)
