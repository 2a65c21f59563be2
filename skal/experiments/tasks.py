"""The data of a comparison: rows to train on, and rows to test on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from sklearn.utils import Bunch

from skal._labels import label_array, read_labels
from skal._maps import UNLABELLED, MapReader, is_map
from skal._rows import as_container, n_rows, take
from skal._seeds import stream
from skal.learner import ActiveLearner
from skal.learner.holdout import draw_holdout
from skal.models import map_reader

# (X, y) or (X, y, X_test, y_test), or a function that returns one of them.
Data: TypeAlias = Sequence[Any] | Callable[[], Sequence[Any]]
TEST, VALIDATION = 101, 102  # streams of random numbers


@dataclass(frozen=True)
class Task:
    """Store rows and labels, with test rows if they are given."""

    X: Any
    y: np.ndarray  # as passed
    labels: np.ndarray  # in their natural type; undefined where `known` is false
    known: np.ndarray
    X_test: Any
    y_test: Any
    classify: bool

    def split(self, seed: int, test_size: float, holdout_size: float | None) -> "Split":
        """Split the rows, the same for every strategy: training rows, a holdout, test rows."""
        training, known = np.arange(len(self.y)), np.flatnonzero(self.known)
        X_test, y_test = self.X_test, self.y_test
        if X_test is None:
            drawn = self._draw(known, test_size, stream(seed, TEST))
            X_test, y_test = take(self.X, drawn), self.labels[drawn]
            training, known = np.setdiff1d(training, drawn), np.setdiff1d(known, drawn)
        X_val = y_val = None
        if holdout_size is not None:
            drawn = self._draw(known, holdout_size, stream(seed, VALIDATION))
            X_val, y_val = take(self.X, drawn), self.labels[drawn]
            training = np.setdiff1d(training, drawn)
        return Split(training, X_val, y_val, X_test, y_test)

    def n_to_spend(self, split: "Split") -> int:
        """Return how many labels strategies can query."""
        return int(np.count_nonzero(self.known[split.training]))

    def _draw(self, known, size, rng):
        """Draw a share (below 1) or a number of the known rows, stratified by class."""
        labels = self.labels[known]
        by_class = self.classify and labels.ndim == 1
        n_kept = len(np.unique(labels)) if by_class else 1  # one of each class remains
        wanted = size if size >= 1 else max(1, round(size * len(known)))
        if wanted > len(known) - n_kept:
            raise ValueError(
                f"{wanted:g} rows for evaluation, of {len(known)} labelled ones, leave none to "
                f"train on{' of some class' if by_class else ''}: pass more "
                "labels, or a smaller test_size= or holdout_size=."
            )
        return known[draw_holdout(labels, wanted / len(known), rng, classify=self.classify)]


@dataclass(frozen=True)
class Split:
    """Store row numbers to train on, of a holdout, and to test on."""

    training: np.ndarray
    X_val: Any
    y_val: Any
    X_test: Any
    y_test: Any


def read_tasks(
    data: Data | Mapping[str, Data], learners: Mapping[str, ActiveLearner], *, classify: bool
) -> dict[str, Task]:
    """Return data sets by name; the name of a single (X, y) is "data"."""
    if isinstance(data, list):
        raise TypeError("data: pass several data sets by name, {name: (X, y)}.")
    if not isinstance(data, Mapping):
        data = {"data": data}
    if not data:
        raise ValueError("data is empty: pass at least one data set.")
    marks = [learner.missing_label for learner in learners.values()]
    if len({str(mark) for mark in marks}) > 1:
        raise ValueError(
            f"The learners differ in their missing_label: {marks}. Use the same one for all."
        )
    seen = [
        part for learner in learners.values() for part in (learner.estimator, learner.surrogate)
    ]
    maps = map_reader(*(part for part in seen if part is not None)) if classify else None
    read = _Reader(classify, marks[0], maps)
    return {str(name): _read_task(name, given, read) for name, given in data.items()}


@dataclass(frozen=True)
class _Reader:
    """Read the labels of a comparison, which may be maps if all its estimators support maps."""

    classify: bool
    missing_label: Any
    maps: MapReader | None

    def labels(self, y: Any, name: str = "y") -> tuple[np.ndarray, np.ndarray]:
        """Return labels, and which of them are known."""
        if self.maps is not None and is_map(y):
            return self.maps.read(y, self.missing_label, name)
        return read_labels(y, classify=self.classify, missing_label=self.missing_label, name=name)


def _read_task(name: str, given: Any, read: _Reader) -> Task:
    if callable(given):
        given = given()
    if not isinstance(given, tuple | list) or len(given) not in (2, 4):
        raise TypeError(
            f"data[{name!r}] must be (X, y), (X, y, X_test, y_test) or a function that returns one "
            f"of them; got {type(given).__name__}."
            + " Pass return_X_y=True to the function that loads it."
            * isinstance(given, Bunch)
        )
    X, y, X_test, y_test = given if len(given) == 4 else (*given, None, None)
    X, y = as_container(X), y if is_map(y) else label_array(y)
    if n_rows(X) != len(y):
        raise ValueError(f"data[{name!r}]: X has {n_rows(X)} rows, and y {len(y)} labels.")
    labels, known = read.labels(y)
    if labels.ndim > 2:
        y = np.where(known.reshape(-1, *(1,) * (labels.ndim - 1)), labels, UNLABELLED)
    if not known.any():
        raise ValueError(
            f"data[{name!r}]: y has no label, and a comparison requires known labels to replay."
        )
    if X_test is not None:
        X_test = as_container(X_test)
        y_test, all_known = read.labels(y_test, "y_test")
        if n_rows(X_test) != len(y_test):
            raise ValueError(
                f"data[{name!r}]: X_test has {n_rows(X_test)} rows, and y_test {len(y_test)} "
                "labels."
            )
        if not all_known.all():
            raise ValueError(f"data[{name!r}]: labels are missing in y_test; all are required.")
    return Task(X, y, labels, known, X_test, y_test, read.classify)
