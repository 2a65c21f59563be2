"""Small problems on which strategies are checked."""

from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from typing import Any
from unittest import SkipTest

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.utils import get_tags

from skal.learner import ActiveLearner
from skal.models import last_layer, wraps_net
from skal.state import QueryState
from skal.strategies import Random
from skal.testing.estimators import CLASSES
from skal.testing.tensor_features import TensorFeatures

N_ROWS, N_HOLDOUT, N_KNOWN = 72, 16, 25
TAUGHT = [N_ROWS - 2, N_ROWS - 1]  # the labels of the second round
FORMS: dict[str, Callable] = {
    "dense": np.asarray,
    "float32": lambda X: X.astype(np.float32),
    "sparse": sparse.csr_matrix,
    "wide": lambda X: sparse.hstack([X, _one_of_sixty(len(X))], format="csr"),
    "tensors": np.asarray,  # the model returns them as tensors
    "unseen class": np.asarray,  # the learner knows of a class without labels
    "no model": np.asarray,  # no row is labelled yet
}


def _one_of_sixty(n: int) -> sparse.csr_matrix:
    """Return rows with sixty columns and one nonzero each: more features than labels."""
    rows = np.arange(n)
    return sparse.csr_matrix((np.ones(n), (rows, rows % 60)), shape=(n, 60))


def _labelled_rows(task: str) -> tuple[np.ndarray, np.ndarray]:
    X, classes = make_blobs(
        N_ROWS + N_HOLDOUT, n_features=7, centers=3, cluster_std=7, random_state=0
    )
    X = (X / 8).astype(np.float32).astype(float)  # the same numbers in both types
    return X, classes if task == CLASSES else X[:, 0] + np.sin(3 * X[:, 1])


class Problem:
    """Provide seventy-two rows, partly labelled, and learners after two rounds.

    The learners are fitted at first use and cached.
    """

    def __init__(self, estimator: Any, task: str, *, has_holdout: bool):
        self.task = task
        self._estimator = estimator
        self._has_holdout = has_holdout
        self._X, self.y = _labelled_rows(task)
        self._learners: dict[str, ActiveLearner] = {}

    @property
    def pool(self) -> np.ndarray:
        """Return the rows of the pool, to be permuted or multiplied."""
        return self._X[N_KNOWN : N_ROWS - len(TAUGHT)]

    def state(self, form: str = "dense", X: Any = None) -> QueryState:
        """Return a new state of the second round; with X, for this pool."""
        return self.learner(form).query_state(X)

    def wide_state(self) -> QueryState:
        """Return a state of a longer and wider sparse pool."""
        return self.state("wide", FORMS["wide"](np.tile(self.pool, (4, 1))))

    def same_model(self, form: str) -> bool:
        """Return whether the model has the same predictions for a form of the rows as for dense
        rows.

        A forest splits sparse rows at other thresholds.
        """
        dense, other = (self.state(name).pool for name in ("dense", form))
        output = "proba" if self.task == CLASSES else "prediction"
        return np.allclose(getattr(dense, output), getattr(other, output), atol=0.01)

    def restricted(self, form: str = "dense") -> QueryState:
        """Return a state with fifteen candidates.

        Their positions are neither their row numbers nor indices into the candidates.
        """
        positions = np.arange(N_KNOWN, len(self.pool))
        return self.state(form).restrict(positions[positions % 4 > 0])

    def forget(self) -> None:
        """Fit the learners again, from unmodified rows."""
        self._X, self.y = _labelled_rows(self.task)
        self._learners = {}

    def learner(self, form: str = "dense") -> ActiveLearner:
        """Return the learner for a form of the rows, after two rounds."""
        if form not in self._learners:
            self._learners[form] = self._fitted(form)
        return self._learners[form]

    def new_learner(self, strategy: Any, form: str = "dense", **params: Any) -> ActiveLearner:
        """Create a learner with this strategy, and fit it on the first labels."""
        if form == "unseen class":
            params["classes"] = [0, 1, 2, 3]
        learner = ActiveLearner(self._of(form), strategy, random_state=0, **params)
        y = self.y[:N_ROWS].astype(object)
        y[(0 if form == "no model" else N_KNOWN) :] = None
        X, X_val = (self._form(form, part) for part in (self._X[:N_ROWS], self._X[N_ROWS:]))
        return learner.fit(X, y, *((X_val, self.y[N_ROWS:]) if self._has_holdout else ()))

    def _form(self, form: str, rows: np.ndarray) -> Any:
        X = FORMS[form](rows)
        if not wraps_net(self._estimator):  # torch warns about read-only arrays
            (X.data if sparse.issparse(X) else X).flags.writeable = False
        return X

    def _fitted(self, form: str) -> ActiveLearner:
        if form == "no model":
            return self.new_learner(Random(), form, initial=Random())
        learner = self.new_learner(Random(), form)
        learner.query(batch_size=len(TAUGHT))  # ends a round
        return learner.teach(TAUGHT, self.y[TAUGHT])

    def _of(self, form: str) -> Any:
        """Return the estimator; skip the check if there is none."""
        if self._estimator is None:
            raise SkipTest(
                "no simple estimator meets the needs of this strategy: pass estimator= to check it."
            )
        estimator = clone(self._estimator)
        if form in ("sparse", "wide") and not get_tags(estimator).input_tags.sparse:
            raise SkipTest(f"{type(estimator).__name__} does not accept sparse rows.")
        if form != "tensors":
            return estimator
        if not last_layer.knows(estimator) or not find_spec("torch"):
            raise SkipTest("tensors require torch and an estimator with a last layer.")
        return TensorFeatures(estimator)


@lru_cache(maxsize=16)
def shared_problem(estimator: Any, task: str, has_holdout: bool) -> Problem:
    """Return the same problem, with its fitted learners, for the same estimator object."""
    return Problem(estimator, task, has_holdout=has_holdout)
