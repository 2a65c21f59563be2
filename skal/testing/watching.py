"""Detection of changes: densified sparse rows, modified attributes, modified arrays."""

import contextlib
import copy
import random
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import joblib
import numpy as np
from scipy import sparse

from skal._array import is_sparse, to_numpy
from skal.state import QueryState

SPARSE_TYPES = [
    getattr(sparse, f"{layout}_{kind}")
    for layout in ("bsr", "coo", "csc", "csr", "dok", "lil")
    for kind in ("array", "matrix")
]
VIEWS = ("pool", "labelled", "holdout", "previous_pool")
SHOWN = ("X", "y", "rows", "proba", "decision", "prediction", "features")


@contextlib.contextmanager
def dense_copies() -> Iterator[list[tuple]]:
    """List the shapes of sparse matrices that are made dense inside this context."""
    shapes: list[tuple] = []

    def watched(original: Callable) -> Callable:
        def toarray(self: Any, *args: Any, **kwargs: Any) -> np.ndarray:
            shapes.append(self.shape)
            return original(self, *args, **kwargs)

        return toarray

    with contextlib.ExitStack() as stack:
        for kind in SPARSE_TYPES:
            stack.enter_context(mock.patch.object(kind, "toarray", watched(kind.toarray)))
        yield shapes


def attributes(strategy: object) -> dict[str, Any]:
    """Return fingerprints of an object's attributes, by name."""
    return {name: _fingerprint(value) for name, value in vars(strategy).items()}


def _fingerprint(value: object) -> str | int:
    try:
        return joblib.hash(value)
    except Exception:  # an attribute that cannot be pickled
        return id(value)


def global_random_state() -> tuple[str, int]:
    """Return a value that changes when NumPy's or Python's global generator is drawn from."""
    return joblib.hash(np.random.get_state()), hash(random.getstate())  # noqa: NPY002


def shown(state: QueryState) -> dict[str, Any]:
    """Return copies of the arrays that a state has, by name."""
    arrays = {"state.candidates": state.candidates.copy()}
    for role in VIEWS:
        view = getattr(state, role)
        for name in SHOWN if view is not None else ():
            with contextlib.suppress(AttributeError, TypeError, ValueError):  # it has none
                arrays[f"state.{role}.{name}"] = _copy(getattr(view, name))
    return arrays


def _copy(array: Any) -> Any:
    return copy.deepcopy(array.toarray() if is_sparse(array) else to_numpy(array))


def same(A: Any, B: Any) -> bool:
    """Return whether two arrays have the same values, including missing labels."""
    return joblib.hash(A) == joblib.hash(B)
