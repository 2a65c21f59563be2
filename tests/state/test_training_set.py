"""The labels known so far: corrected, joined by rows of other pools, and by new classes."""

import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skal import ActiveLearner
from skal.state.training_set import KNOWN, POOL, TrainingSet


def test_a_row_relabelled_takes_the_new_label(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB()).fit(X, y)
    learner.teach([0, 20], [2, 1])
    changed = y.copy()
    changed[[0, 20]] = [2, 1]
    expected = GaussianNB().fit(X[[*range(12), 20]], changed[[*range(12), 20]])
    np.testing.assert_allclose(learner.predict_proba(X), expected.predict_proba(X))
    assert learner.history_[-1]["n_labelled"] == 13


def test_a_pool_of_its_own(blobs):
    X, truth, _ = blobs
    learner = ActiveLearner(GaussianNB(), batch_size=4).fit(X[:12], truth[:12])
    pool, answers = X[12:], truth[12:]
    rows = learner.query(pool)
    learner.teach(rows, answers[rows], X=pool)
    known = np.r_[np.arange(12), 12 + rows]
    expected = GaussianNB().fit(X[known], truth[known])
    np.testing.assert_allclose(learner.predict_proba(X), expected.predict_proba(X))
    assert not set(learner.query(pool, exclude=rows)) & set(rows)
    # taught again, the same row of the same pool takes the new label
    learner.teach(rows[:1], [2 - answers[rows[0]]], X=pool)
    changed = truth.copy()
    changed[12 + rows[0]] = 2 - answers[rows[0]]
    expected = GaussianNB().fit(X[known], changed[known])
    np.testing.assert_allclose(learner.predict_proba(X), expected.predict_proba(X))
    assert learner.history_[-1]["n_labelled"] == 16
    with pytest.raises(ValueError, match="no unlabelled row"):
        learner.query()


@pytest.mark.parametrize("kind", ["pandas", "polars", "csr", "list of str", "F", "dict"])
def test_a_row_taught_again_is_known_by_its_content(kind):
    """Whatever copy of the pool it comes from."""
    from sklearn.feature_extraction.text import CountVectorizer

    texts = [f"{'good' if i % 2 else 'bad'} word{i}" for i in range(40)]
    y = np.array([0, 1] * 20)
    estimator, pools = GaussianNB(), None
    X = np.random.default_rng(0).normal(size=(40, 3))
    if kind == "list of str":
        estimator = make_pipeline(CountVectorizer(), LogisticRegression())
        X, pools = texts, [texts[20:], list(texts[20:])]
    elif kind == "pandas":
        X = pd.DataFrame(X)
        pools = [
            X[20:],
            X[20:].copy(),
            X[20:].reset_index(drop=True),
            pickle.loads(pickle.dumps(X[20:])),
        ]
    elif kind == "polars":
        X = pl.DataFrame(X)
        pools = [X[20:], X[20:].clone()]
    elif kind == "csr":
        estimator, X = LogisticRegression(), sparse.csr_matrix(X)
        pools = [X[20:], X[20:].copy()]
    elif kind == "F":
        pools = [X[20:], np.asfortranarray(X[20:])]
    else:
        pytest.importorskip("torch", reason="only nets take dictionaries")
        from skal._rows import row_keys

        one, two = {"a": X[20:], "b": X[20:] + 1}, {"b": X[20:] + 1, "a": X[20:].copy()}
        assert row_keys(one, [0, 1]) == row_keys(two, [0, 1])
        return
    learner = ActiveLearner(estimator).fit(X[:20], y[:20])
    for pool in pools:
        learner.teach([0, 1], [0, 1], X=pool)
        assert learner.history_[-1]["n_labelled"] == 22
    learner.teach([1, 2], [0, 1], X=pools[0])
    assert learner.history_[-1]["n_labelled"] == 23


def test_rows_that_join_must_be_of_the_same_kind(blobs):
    X, truth, _ = blobs
    frame = pd.DataFrame(X)
    learner = ActiveLearner(GaussianNB()).fit(frame, truth)
    with (
        pytest.warns(UserWarning, match="feature names"),
        pytest.raises(ValueError, match=r"a DataFrame of 90 rows.* are a ndarray of 1 rows"),
    ):
        ActiveLearner(GaussianNB()).fit(pd.DataFrame(X, columns=["a", "b"]), truth).teach(
            [0], [0], X=X
        )
    learner.teach([0], [0], X=frame)


def test_a_class_first_seen_in_teach(blobs):
    X, truth, y = blobs
    two = truth < 2
    learner = ActiveLearner(LogisticRegression()).fit(X, np.where(two, y, np.nan))
    assert learner.classes_.tolist() == [0, 1]
    new = np.flatnonzero(~two)[:2]
    learner.teach(new, [2, 2])
    assert learner.classes_.tolist() == [0, 1, 2]
    assert learner.classes_.dtype.kind == "i"
    assert learner.predict_proba(X).shape == (90, 3)


def test_a_column_of_numbers_stays_one(blobs):
    X, _, _ = blobs
    y = np.where(np.arange(90) < 12, X[:, 0], np.nan)[:, None].astype(np.float32)
    learner = ActiveLearner(Ridge(), random_state=0).fit(X, y)
    learner.teach([50], [1.5]).teach([51], [[1.5]])
    assert learner.query_state().labelled.y.shape == (14, 1)
    assert learner.query_state().labelled.y.dtype == np.float32


def test_labels_never_wrap_around(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB()).fit(X, truth.astype(np.uint8))
    learner.teach([3, 4], [300.0, 1.0])
    assert learner.classes_.tolist() == [0, 1, 2, 300]
    learner = ActiveLearner(GaussianNB()).fit(
        X, pd.array([2**62, 2**62 + 1, *[None] * 88], dtype="Int64")
    )
    assert learner.classes_.tolist() == [2**62, 2**62 + 1]


class Meanwhile:
    """A fit parameter that is pickled and copied while something is worked out."""

    def __reduce__(self):
        _ = Meanwhile.training.known_rows, Meanwhile.training.n_classes
        return Meanwhile, ()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_it_can_be_copied_while_a_query_looks_at_it(copied):
    """A cached value that came meanwhile changed the dictionary that was being written."""
    status = np.array([KNOWN, KNOWN, POOL], dtype=np.int8)
    training = TrainingSet(np.eye(3), np.array([0, 1, 0]), status, other_params={"a": Meanwhile()})
    Meanwhile.training = training
    assert copied(training).labelled_rows.tolist() == [0, 1]
