"""Who asks for the first rows, and of which tables."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_blobs
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skal import ActiveLearner
from skal.strategies import ColdStart, Random, TypiClust

CENTRES = [[0.0, 0.0], [0.0, 3.0], [3.0, 0.0], [3.0, 3.0], [6.0, 0.0], [6.0, 3.0]]
BLOBS, TRUTH = make_blobs(300, centers=CENTRES, cluster_std=0.3, random_state=1)
DUMMIES = np.eye(4)[np.arange(300) % 4]
TEXTS = [f"word{i % 7} and word{i % 11}" for i in range(300)]
FRAME = pd.DataFrame({"city": [f"c{i % 5}" for i in range(300)], "size": BLOBS[:, 0]})
ENCODED = make_column_transformer(
    (OneHotEncoder(sparse_output=False), ["city"]), remainder="passthrough"
)
CASES = {  # rows, what stands before the model, who asks, and why
    "numbers": (BLOBS, None, TypiClust, "rows are numbers"),
    "float32": (BLOBS.astype(np.float32), None, TypiClust, "rows are numbers"),
    "one column in twelve": (np.c_[BLOBS, BLOBS**2, BLOBS**3, np.tanh(BLOBS), BLOBS**4, TRUTH,
                                   TRUTH > 2], None, TypiClust, "rows are numbers"),
    "categories": (DUMMIES, None, Random, "100% of the columns hold two values only"),
    "some categories": (np.c_[BLOBS, DUMMIES], None, Random, "67% of the columns hold two values"),
    "scaled": (2 * DUMMIES - 3, None, Random, "100% of the columns hold two values only"),
    "whole numbers": (np.c_[TRUTH, TRUTH**2], None, TypiClust, "rows are numbers"),
    "constant columns": (np.c_[BLOBS, np.ones((300, 9))], None, TypiClust, "rows are numbers"),
    "sparse": (sparse.csr_array(BLOBS), None, Random, "X is sparse"),
    "a gap": (np.where(np.arange(600).reshape(300, 2) == 7, np.nan, BLOBS), None, Random,
              "Rows of X contain NaN or infinity"),
    "texts": (TEXTS, TfidfVectorizer(), Random, "X is sparse"),
    "texts alone": (TEXTS, None, Random, "X is not numeric"),
    "a frame": (FRAME, ENCODED, Random, "83% of the columns hold two values only"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_who_asks(case):
    X, before, who, reason = CASES[case]
    takes_gaps = HistGradientBoostingClassifier(max_iter=2)
    model = takes_gaps if case == "a gap" else LogisticRegression(max_iter=5000)
    model = model if before is None else make_pipeline(before, model)
    learner = ActiveLearner(model, initial=ColdStart(), random_state=0).fit(X, [None] * 300)
    rows = learner.query(batch_size=6)
    state = learner.query_state()
    strategy, why = ColdStart().choice(state)
    assert isinstance(strategy, who)
    assert why.startswith(reason)
    np.testing.assert_array_equal(rows, strategy.select(learner.query_state(), 6))


def test_a_row_of_each_cluster_of_a_large_pool():
    learner = ActiveLearner(
        LogisticRegression(max_iter=5000), initial=ColdStart(size=60), random_state=0
    )
    learner.fit(BLOBS, [None] * 300)
    assert sorted(TRUTH[learner.query(batch_size=6)].tolist()) == list(range(6))
    assert len(set(learner.query(batch_size=80).tolist())) == 80


def test_a_replay_says_who_asked_first():
    replay = {"replay_budget": 12, "batch_size": 6, "random_state": 0}
    first = ActiveLearner(LogisticRegression(max_iter=5000), **replay).fit(BLOBS, TRUTH).history_[0]
    assert first["first_rows"] == "TypiClust(): rows are numbers"
    assert sorted(TRUTH[first["rows"]].tolist()) == list(range(6))
    drawn = ActiveLearner(LogisticRegression(max_iter=5000), initial="random", **replay).fit(
        BLOBS, TRUTH
    )
    assert "first_rows" not in drawn.history_[0]
