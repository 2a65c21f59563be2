"""What a round computes: a fit, the rows to ask for, and what the model says of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from skal import ActiveLearner

MOST = 50_000  # candidates that a strategy looks at


@dataclass(frozen=True)
class Progress:
    """How far something has come that is done once, such as reading images."""

    what: str
    done: int
    total: int


Tell = Callable[[Progress], None]


def to_nobody(progress: Progress) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Plan:
    """Who learns from which features, and by which strategy; sent to a process of its own.

    `features` has a row for each of the source's; a path is a .npy file, which is read as it is
    needed.  What takes seconds to import is imported in that process, by `rows` and `learner`.
    """

    features: Any
    estimator: Any
    strategy: Any = None
    size: int = MOST

    def rows(self, tell: Tell = to_nobody) -> np.ndarray:
        """The features."""
        if isinstance(self.features, np.ndarray):
            return self.features
        return np.load(self.features, mmap_mode="r")

    def learner(self, seed: int) -> "ActiveLearner":
        """What learns and asks."""
        from skal import ActiveLearner

        return ActiveLearner(self.estimator, self.strategy, random_state=seed)


@dataclass(frozen=True)
class Question:
    """What a round is asked: labels by row, rows to choose from, and rows to predict besides."""

    y: np.ndarray
    candidates: np.ndarray
    audits: np.ndarray
    n: int
    seed: int


@dataclass(frozen=True)
class Reply:
    """Rows chosen, in their order, and what the model says of them and then of the audits."""

    picks: np.ndarray
    predicted: list[str]
    proba: list[dict[str, float]] | None
    metrics: dict[str, float]


def reply(plan: Plan, question: Question, tell: Tell = to_nobody) -> Reply:
    """Fit on the labels, choose among the candidates, and predict what was chosen."""
    features = plan.rows(tell)
    start = time.perf_counter()
    rng = np.random.default_rng(question.seed)
    known = np.flatnonzero(~_is_missing(question.y))
    candidates = question.candidates
    if len(candidates) > plan.size:
        candidates = np.sort(rng.choice(candidates, plan.size, replace=False))
    rows = np.concatenate([known, np.setdiff1d(candidates, known)])
    X = np.ascontiguousarray(features[rows])
    y = question.y[rows]
    y[len(known) :] = np.nan if y.dtype.kind == "f" else None
    learner = plan.learner(question.seed).fit(X, y)
    n = min(question.n, len(rows) - len(known))
    picks = rows[learner.query(batch_size=n)] if n else rows[:0]
    shown = np.concatenate([picks, question.audits]).astype(np.int64)
    predicted, proba = _said(learner, features[shown]) if len(shown) else ([], None)
    seconds = time.perf_counter() - start
    metrics = {"seconds": seconds, "n_labelled": len(known), "n_candidates": len(candidates)}
    return Reply(picks, predicted, proba, metrics)


def _said(learner, X):
    """Predictions as texts, and probabilities by class where the model has them."""
    predicted = [str(value) for value in learner.predict(X).tolist()]
    if not hasattr(learner, "predict_proba"):
        return predicted, None
    classes = [str(name) for name in learner.classes_.tolist()]
    table = learner.predict_proba(X).round(6).tolist()
    return predicted, [dict(zip(classes, row)) for row in table]


def _is_missing(y):
    return np.isnan(y) if y.dtype.kind == "f" else np.equal(y, np.array(None)).astype(bool)
