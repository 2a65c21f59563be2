"""Rounds of a model whose features are read from a pool in blocks."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

pytest.importorskip("pyarrow")
import pyarrow as pa
from pyarrow import parquet

from skal.labelling.model import Plan
from skal.labelling.model.blocks import BlockRows
from skal.labelling.model.fitting import Question, reply
from skal.pools import BlockPool
from skal.strategies import Badge, Margin, UncertaintyHerding

RNG = np.random.default_rng(0)
KIND = RNG.integers(0, 2, 300)
X = RNG.normal(size=(300, 5)).astype(np.float32)
X[:, 0] += 2 * KIND


class PlanOf(Plan):
    """A plan of features that are given as they are."""

    def rows(self, tell=None):
        return self.features


@pytest.fixture
def pool(tmp_path):
    for i in range(3):
        some = slice(100 * i, 100 * i + 100)
        vectors = pa.FixedSizeListArray.from_arrays(pa.array(X[some].ravel()), 5)
        parquet.write_table(pa.table({"v": vectors}), tmp_path / f"{i}.parquet", row_group_size=40)
    return BlockPool(tmp_path, columns="v").as_seen(None)


def question(known=40, n=12, **options):
    y = np.full(300, None, dtype=object)
    y[:known] = np.array(["a", "b"])[KIND[:known]]
    candidates = np.setdiff1d(np.arange(known, 300), np.arange(200, 260))  # without a reserve
    audits, watched = np.array([203, 201]), np.array([210, 220, 230])
    return Question(y, candidates, audits, n, 0, watched, **options)


@pytest.mark.parametrize("strategy", [Margin(), UncertaintyHerding("margin"), Badge()])
def test_a_round_says_what_it_says_of_an_array(pool, strategy):
    one = reply(PlanOf(BlockRows(pool), LogisticRegression(), strategy), question())
    other = reply(Plan(X, LogisticRegression(), strategy), question())
    assert np.isin(one.picks, question().candidates).all()
    assert len(one.picks) == 12
    if isinstance(strategy, Margin):  # the others see rows that are no candidates, too
        assert one.picks.tolist() == other.picks.tolist()
        assert one.predicted == other.predicted
    assert one.predicted[12:] == other.predicted[12:]  # of the audits
    assert one.watched == other.watched
    assert (one.metrics["n_labelled"], one.metrics["n_candidates"]) == (40, 200)


def test_typical_rows_come_without_a_model(pool):
    asked = question(known=0, first=True)
    one = reply(PlanOf(BlockRows(pool), LogisticRegression(), Margin()), asked)
    other = reply(Plan(X, LogisticRegression(), Margin()), asked)
    assert one.picks.tolist() == other.picks.tolist()
    assert len(one.picks) == 12


def test_rows_are_read_once_and_only_those_of_a_round_are_kept(pool, monkeypatch):
    rows = BlockRows(pool)
    read = []
    taken = pool.take_rows
    monkeypatch.setattr(pool, "take_rows", lambda some: read.append(len(some)) or taken(some))
    assert (rows[np.array([7, 3, 7])] == X[[7, 3, 7]]).all()
    assert (rows[np.array([3, 9])] == X[[3, 9]]).all()
    assert read == [2, 1]
    rows.keep(np.array([9, 200, 9]))
    assert read == [2, 1, 1]
    assert (rows[np.array([200, 9])] == X[[200, 9]]).all()
    assert read == [2, 1, 1]
    rows[np.array([3])]
    assert read == [2, 1, 1, 1]


def test_a_pool_of_other_rows(pool):
    short = question()
    short = Question(short.y[:250], short.candidates[:5], short.audits, 2, 0)
    with pytest.raises(ValueError, match="The pool has 300 rows now, and 250 are labelled"):
        reply(PlanOf(BlockRows(pool), LogisticRegression(), Margin()), short)
