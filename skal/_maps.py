"""Labels that are maps: a class at every position of a row, such as the pixels of an image.

Inside skal a map holds whole numbers, the numbers of classes, and `UNLABELLED` where nobody has
said which; a row none of whose positions is labelled has no label.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score

from skal._labels import is_missing, label_array

UNLABELLED = -1


def is_map(y: Any) -> bool:
    """Whether labels are maps: an array of three dimensions or more, or a list with masks in it."""
    objects = getattr(y, "ndim", 0) == 1 and np.dtype("O") == getattr(y, "dtype", None)
    if objects or isinstance(y, list | tuple):
        return any(not isinstance(row, str) and np.ndim(row) > 1 for row in y)
    return getattr(y, "ndim", 1) > 2


def seen_classes(y: np.ndarray) -> np.ndarray:
    """The classes in labels, sorted; those of maps without the positions that have no label."""
    return np.unique(y) if y.ndim <= 2 else np.flatnonzero(np.bincount(y[y != UNLABELLED]))


def accuracy(y: np.ndarray, predicted: np.ndarray) -> float:
    """Scikit-learn's accuracy; of maps, the share of positions with a label that are right."""
    return accuracy_score(y, predicted) if y.ndim <= 2 else share_right(y, predicted)


def share_right(y: np.ndarray, predicted: np.ndarray) -> float:
    """Share of the labels that were predicted; of maps, share of the positions with a label."""
    return float(np.mean(right(y, predicted)))


def right(y: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Whether each label was predicted; of maps, the label of each position that has one."""
    found = y == predicted
    return found if y.ndim <= 2 else found[y != UNLABELLED]


@dataclass(frozen=True)
class MapReader:
    """Reads maps as users write them.

    A position has no label where it holds NaN, None, the learner's `missing_label`, a negative
    number or what the loss ignores; a row has none where its map is None or NaN, or holds no label.

    Attributes
    ----------
    ignored : frozenset of int
        The `ignore_index` of the losses.
    """

    ignored: frozenset[int]

    def read(self, y: Any, missing_label: Any, name: str = "y") -> tuple[np.ndarray, np.ndarray]:
        """Maps (n × positions), and which rows have a label at some position."""
        maps, given = _stacked(y, missing_label, name)
        none = is_missing(maps, missing_label, name)
        maps = _whole_numbers(maps, none, name)
        none |= maps < 0
        for mark in self.ignored:
            none |= maps == mark
        labelled = ~none.reshape(len(maps), -1).all(axis=1)
        known = np.zeros(len(given), dtype=bool)
        known[given] = labelled
        largest = int(np.max(maps, initial=0, where=~none))
        narrow = np.int16 if largest < 2**15 else np.int64
        filled = np.zeros((len(given), *maps.shape[1:]), dtype=narrow)
        chosen = maps[labelled].astype(narrow)
        chosen[none[labelled]] = UNLABELLED
        filled[known] = chosen
        return filled, known


def check_works_on_maps(strategy: Any) -> None:
    """An error where labels are maps, and a strategy reads one label a row."""
    if not getattr(strategy, "works_on_maps", False):
        raise ValueError(
            f"strategy={strategy!r} is for rows with one label each, and these labels are maps, "
            "one at every position of a row: choose Margin(), LeastConfidence(), Entropy(), "
            "Bald(), VariationRatio(), Badge(), CoreSet(), TypiClust(), WrongPrediction(), "
            "Random() or a Spread, Shortlist, Subsample or Stages of these. (A strategy of your "
            "own that works on maps says so: works_on_maps = True.)"
        )


def _stacked(y, missing_label, name):
    """The maps that are there in one array, and which rows have one."""
    if not (isinstance(y, list | tuple) or getattr(y, "ndim", 0) == 1):
        maps = label_array(y, name)
        return maps, np.ones(len(maps), dtype=bool)
    rows = list(y)
    given = np.array([not isinstance(row, str) and np.ndim(row) > 1 for row in rows])
    others = np.empty(int((~given).sum()), dtype=object)
    others[:] = [row for row, there in zip(rows, given) if not there]
    if not (missing := is_missing(others, missing_label, name)).all():
        raise ValueError(
            f"{name} holds maps, and {others[~missing][0]!r} in place of one: give a map for each "
            "row, or None where there is none."
        )
    parts = [label_array(row, name) for row, there in zip(rows, given) if there]
    if len(shapes := sorted({part.shape for part in parts})) > 1:
        raise ValueError(
            f"The maps in {name} differ in shape ({shapes[0]} and {shapes[1]}): bring rows and "
            "maps to one size first."
        )
    return np.stack(parts), given


def _whole_numbers(maps, none, name):
    """Maps as integers; what stands where there is no label means nothing."""
    if maps.dtype.kind in "iu":
        return maps.astype(np.int64) if maps.dtype == np.uint64 else maps
    if maps.dtype.kind != "b":
        try:
            numbers = np.where(none, UNLABELLED, maps).astype(np.float64)
        except (TypeError, ValueError):
            numbers = np.full(1, np.nan)
        if not (numbers == np.floor(numbers)).all() or np.isinf(numbers).any():
            raise ValueError(
                f"{name} holds maps of classes, whose labels must be the numbers 0, 1, … of the "
                "net's outputs (a class has no other name at a position)."
            )
        maps = numbers
    return maps.astype(np.int64)
