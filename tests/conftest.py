"""Data that many tests share."""

from dataclasses import fields

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from skal import ActiveLearner


@pytest.fixture
def blobs():
    """X, the true classes, and y with 12 of 90 labels known."""
    X, truth = make_blobs(90, centers=3, cluster_std=2.5, random_state=0)
    y = np.full(90, np.nan)
    y[:12] = truth[:12]
    return X, truth, y


def snapshot(learner: ActiveLearner) -> dict:
    """What a learner holds, in a form that can be compared before and after a call."""
    kept = {name: value for name, value in vars(learner).items() if name != "_session"}
    session = vars(learner).get("_session")
    if session is not None:
        kept |= {field.name: getattr(session, field.name) for field in fields(session)}
        training = kept.pop("training")  # what else it has is computed from these
        kept |= {f"training.{f.name}": getattr(training, f.name) for f in fields(training)}
    return {name: _frozen(value) for name, value in kept.items()}


def _frozen(value):
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, repr(value.tolist()))
    if isinstance(value, list | tuple):
        return [_frozen(item) for item in value]
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    simple = isinstance(value, int | float | str | bool | type(None))
    return repr(value) if simple else id(value)
