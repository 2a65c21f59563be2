"""Rows that lie in one kind of container, while the model was fitted on another."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skal import ActiveLearner
from skal.pools import BlockPool

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
Y = (X[:, 0] > 0).astype(int)
WORDS = np.where(Y, "red", "blue")
TEXTS = [f"{word} number {i}" for i, word in enumerate(WORDS)]


@pytest.fixture
def file(tmp_path):
    arrow, write = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pytest.importorskip("pandas")
    columns = {"note": TEXTS, "a": X[:, 0], "b": X[:, 1]}
    write.write_table(arrow.table(columns), tmp_path / "rows.parquet", row_group_size=25)
    return tmp_path / "rows.parquet"


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_learner_of_frames_is_taught_rows_of_a_file(file, library):
    frames = pytest.importorskip(library)
    known = frames.DataFrame({"a": X[:20, 0], "b": X[:20, 1]})
    learner = ActiveLearner(LogisticRegression(), batch_size=5).fit(known, Y[:20])
    if not hasattr(learner, "feature_names_in_"):
        pytest.skip(f"this scikit-learn does not see the columns of {library}")
    rows = learner.query(file, exclude=range(20))
    learner.teach(rows, Y[rows], X=file)
    alone = LogisticRegression().fit(
        np.concatenate([X[:20], X[rows]]), np.concatenate([Y[:20], Y[rows]])
    )
    assert np.allclose(learner.estimator_.coef_, alone.coef_)


@pytest.mark.parametrize("kind", [list, np.array])
def test_a_learner_of_texts_is_taught_rows_of_a_file(file, kind):
    model = make_pipeline(CountVectorizer(), LogisticRegression())
    learner = ActiveLearner(model, batch_size=5).fit(kind(TEXTS[:20]), Y[:20])
    pool = BlockPool(file, columns="note")
    rows = learner.query(pool, exclude=range(20))
    learner.teach(rows, Y[rows], X=pool)
    some = [*TEXTS[:20], *[TEXTS[row] for row in rows]]
    alone = make_pipeline(CountVectorizer(), LogisticRegression())
    alone.fit(some, np.concatenate([Y[:20], Y[rows]]))
    assert np.allclose(learner.predict_proba(TEXTS), alone.predict_proba(TEXTS))


def test_blocks_of_a_series_of_texts():
    pandas = pytest.importorskip("pandas")
    texts = pandas.Series(TEXTS)
    pool = BlockPool(lambda: [texts[:30], texts[30:]])
    assert pool.load().tolist() == TEXTS
