"""Keys that identify finished replays, in this process and in others."""

from dataclasses import replace
from typing import Any

import joblib
import numpy as np
import sklearn

from skal import __version__
from skal.experiments.plan import Plan, Replay


class Keys:
    """Compute the key of each replay of a plan.

    The key depends on the versions of skal and scikit-learn, the content of the data, the
    parameters of strategy and estimator, and all settings; not on names, nor on parameters that
    `compare` sets itself.  Classes and functions are identified by the place of their definition: a
    change in their code does not change the key.
    """

    def __init__(self, plan: Plan):
        self._data = {name: _of_task(task, name) for name, task in plan.tasks.items()}
        self._settings = _hash(plan.settings, "scoring=")
        self._rules = (_hash(plan.rules, "stopping="),) if plan.rules else ()
        self._learners: dict[tuple[str, str], str] = {}

    def __call__(self, replay: Replay) -> str:
        pair = replay.estimator, replay.strategy
        if pair not in self._learners:
            learner = replay.make_learner().set_params(random_state=None)
            self._learners[pair] = _hash(learner, f"{replay.strategy} or {replay.estimator}")
        data = self._data[replay.data]
        versions = __version__, sklearn.__version__
        known = versions, self._learners[pair], data, self._settings, replay.seed, *self._rules
        return joblib.hash(known)


def _of_task(task, name):
    """Return the key of the data; the memory order of an array does not matter."""
    X, X_test = (
        np.ascontiguousarray(X) if isinstance(X, np.ndarray) else X for X in (task.X, task.X_test)
    )
    return _hash(replace(task, X=X, X_test=X_test), f"data {name}")


def _hash(thing: Any, name: str) -> str:
    try:
        return joblib.hash(thing)
    except Exception as error:
        raise TypeError(
            f"{name} cannot be pickled, so a later run could not identify its replays: define the "
            "functions it uses in a module (no lambda)."
        ) from error
