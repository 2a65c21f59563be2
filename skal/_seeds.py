"""Random streams from one seed: one for each purpose, and for each round of a query."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import clone

QUERIES, MODELS, HOLDOUT, RESERVE, AUDITS, WATCHED = range(6)


def stream(seed: int, *key: int) -> np.random.Generator:
    """Return a generator that depends only on the seed and the key."""
    return np.random.default_rng([seed, *key])


def seeded_clone(estimator: Any, seed: int) -> Any:
    """Return a clone in which every `random_state` that is None is set, including nested ones."""
    try:
        estimator = clone(estimator)
    except RuntimeError as error:
        if "CatBoost" in str(error):  # CatBoost copies mutable parameters, so clones differ
            raise RuntimeError(
                f"{error}. Pass tuples instead of lists, as in cat_features=('city', 'colour')."
            ) from error
        raise
    names = sorted(
        name
        for name, value in estimator.get_params(deep=True).items()
        if name.rpartition("__")[2] == "random_state" and value is None
    )
    rng = stream(seed, MODELS)
    if names:
        estimator.set_params(**{name: int(rng.integers(2**31 - 1)) for name in names})
    return estimator


@contextlib.contextmanager
def torch_seeded(seed: int) -> Iterator[None]:
    """Seed torch inside this context and restore its generators outside, if it is loaded."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    cuda = torch.cuda.is_available() and torch.cuda.is_initialized()
    with torch.random.fork_rng(devices=range(torch.cuda.device_count()) if cuda else []):
        torch.manual_seed(seed)
        yield
