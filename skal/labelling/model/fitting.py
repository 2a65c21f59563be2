"""The computations of a round: a fit, the selected rows, and their predictions."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from skal.labelling.model.blocks import BlockRows

if TYPE_CHECKING:
    from skal import ActiveLearner

MOST = 50_000  # candidates that a strategy looks at
MOST_NUMBERS = 100_000  # probabilities of watched rows that are kept


@dataclass(frozen=True)
class Progress:
    """The progress of a task that runs once, such as reading images."""

    what: str
    done: int
    total: int


Tell = Callable[[Progress], None]


def to_nobody(progress: Progress) -> None:
    """Ignore the progress."""


@dataclass(frozen=True)
class Plan:
    """Features, estimator and strategy, which are sent to the model's process.

    `features` has a row for each of the source's; a path is a .npy file, which is read as it is
    needed.  What takes seconds to import is imported in that process, by `rows` and `learner`.
    """

    features: Any
    estimator: Any
    strategy: Any = None
    size: int = MOST

    def rows(self, tell: Tell = to_nobody) -> np.ndarray | BlockRows:
        """Return the features."""
        if isinstance(self.features, np.ndarray):
            return self.features
        return np.load(self.features, mmap_mode="r")

    def learner(self, seed: int) -> "ActiveLearner":
        """Return the learner."""
        from skal import ActiveLearner

        return ActiveLearner(self.estimator, self.strategy, random_state=seed)


@dataclass(frozen=True)
class Question:
    """The input of a round: labels by row, candidates, and further rows to predict.

    `audits` are drawn at random to measure with, `watched` to compare models by.  Where it is
    about the `first` rows, nothing is learned: too few labels are known.
    """

    y: np.ndarray
    candidates: np.ndarray
    audits: np.ndarray
    n: int
    seed: int
    watched: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    first: bool = False


@dataclass(frozen=True)
class Said:
    """Predictions for some rows, with probabilities by class if the model has them.

    `expected` is the mean probability of the prediction over those without a label.
    """

    predicted: list[str]
    proba: list[dict[str, float]] | None
    expected: float | None = None


@dataclass(frozen=True)
class Reply:
    """The selected rows in order, and the predictions for them and then for the audits.

    `watched` is what it says of the watched rows, or of the first of them.
    """

    picks: np.ndarray
    predicted: list[str]
    proba: list[dict[str, float]] | None
    metrics: dict[str, float]
    watched: Said | None = None


def reply(plan: Plan, question: Question, tell: Tell = to_nobody) -> Reply:
    """Fit on the labels, select among the candidates, and predict the selected rows."""
    features = plan.rows(tell)
    start = time.perf_counter()
    if question.first:
        return _first_rows(plan, question, features, start)
    choose = _chosen_in_blocks if isinstance(features, BlockRows) else _chosen
    learner, picks, n_labelled, n_candidates = choose(plan, question, features)
    told = _said(learner, features, np.concatenate([picks, question.audits]).astype(np.int64))
    watched = _watched(learner, features, question)
    seconds = time.perf_counter() - start
    metrics = {"seconds": seconds, "n_labelled": n_labelled, "n_candidates": n_candidates}
    return Reply(picks, told.predicted, told.proba, metrics, watched)


def _chosen(plan, question, features):
    """Return a fitted learner, its selection, and the numbers of labels and candidates."""
    rows, y, known, candidates = _pool(plan, question)
    learner = plan.learner(question.seed).fit(np.ascontiguousarray(features[rows]), y)
    n = min(question.n, len(rows) - len(known))
    picks = rows[learner.query(batch_size=n)] if n else rows[:0]
    return learner, picks, len(known), len(candidates)


def _chosen_in_blocks(plan, question, features):
    """Do the same with all candidates, which are read in blocks."""
    if len(features) != len(question.y):
        raise ValueError(
            f"The pool has {len(features):,} rows now, and {len(question.y):,} are labelled: put "
            "its files back."
        )
    known = np.flatnonzero(~_is_missing(question.y))
    features.keep(np.concatenate([known, question.audits, question.watched]).astype(np.int64))
    learner = plan.learner(question.seed).fit(features[known], question.y[known])
    n = min(question.n, len(question.candidates))
    picks = features.query(learner, question.candidates, n) if n else known[:0]
    return learner, picks, len(known), len(question.candidates)


def _pool(plan, question):
    """Return the rows to fit on, labelled ones first, their labels, and the candidates."""
    known = np.flatnonzero(~_is_missing(question.y))
    candidates = _sampled(question, plan.size)
    rows = np.concatenate([known, np.setdiff1d(candidates, known)])
    y = question.y[rows]
    y[len(known) :] = np.nan if y.dtype.kind == "f" else None
    return rows, y, known, candidates


def _sampled(question, size):
    """Return the candidates, or a sample of very many."""
    candidates = question.candidates
    if len(candidates) <= size:
        return candidates
    rng = np.random.default_rng(question.seed)
    return np.sort(rng.choice(candidates, size, replace=False))


def _first_rows(plan, question, features, start):
    """Select typical candidates without a model; none if random ones are as good."""
    from skal.strategies import ColdStart, Random

    in_blocks = isinstance(features, BlockRows)
    rows = _sampled(question, min(plan.size, features.most) if in_blocks else plan.size)
    X = features.pool.take_rows(rows) if in_blocks else np.ascontiguousarray(features[rows])
    learner = plan.learner(question.seed).set_params(initial=ColdStart())
    y = np.full(len(rows), np.nan if question.y.dtype.kind == "f" else None, question.y.dtype)
    learner.fit(X, y)
    n = min(question.n, len(rows))
    picks = rows[:0]
    if n and not isinstance(ColdStart().choice(learner.query_state())[0], Random):
        picks = rows[learner.query(batch_size=n)]
    return Reply(picks, [], None, {"seconds": time.perf_counter() - start})


def _watched(learner, features, question):
    """Predict the watched rows, or fewer of them if there are very many classes."""
    n_classes = max(1, len(getattr(learner, "classes_", ())))
    rows = question.watched[: max(1, MOST_NUMBERS // n_classes)]
    if not len(rows):
        return None
    said = _said(learner, features, rows, 4)
    if said.proba is None:
        return said
    likely = [row[name] for row, name in zip(said.proba, said.predicted)]
    free = _is_missing(question.y[rows])
    expected = float(np.mean(np.array(likely)[free])) if free.any() else None
    kept = [{name: p for name, p in row.items() if p} for row in said.proba]
    return Said(said.predicted, kept, expected)


def _said(learner, features, rows, digits=6):
    """Return predictions as strings, and probabilities by class if the model has them."""
    if not len(rows):
        return Said([], None)
    X = features[rows]
    predicted = [str(value) for value in learner.predict(X).tolist()]
    if not hasattr(learner, "predict_proba"):
        return Said(predicted, None)
    classes = [str(name) for name in learner.classes_.tolist()]
    table = learner.predict_proba(X).astype(float).round(digits).tolist()
    return Said(predicted, [dict(zip(classes, row)) for row in table])


def _is_missing(y):
    return np.isnan(y) if y.dtype.kind == "f" else np.equal(y, np.array(None)).astype(bool)
