"""Pools on workers of Dask get the answers of the same rows in memory."""

import os
import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.learner.on_workers import Stretch
from skal.learner.sending import places_that_matter
from skal.strategies import Badge, Margin, QueryByCommittee, Random, Shortlist, Spread
from skal.strategies import UncertaintyHerding as Herding
from tests.learner.test_in_blocks import POOL, classes_of, in_blocks, in_memory, learner_of


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def dask_array(X=POOL, chunk=37):
    return pytest.importorskip("dask.array").from_array(X, chunks=(chunk, 2))


# ---------------------------------------------------------------------- without workers
def test_a_stretch_of_rows_is_short():
    rows = np.array([3, 4, 6, 9])
    stretch = Stretch.of(rows, 2)
    assert stretch.rows.tolist() == [1, 2, 4, 7]
    assert stretch.missing.tolist() == [3, 5, 6]
    assert Stretch.of(np.arange(5, 9)).missing.size == 0


def test_rows_that_matter_are_leaders_of_candidates_and_of_all():
    rows, ratings = np.arange(10, 16), np.array([5.0, 4.0, 3.0, 3.0, 9.0, 0.0])
    assert places_that_matter(2, 0, rows[:0], rows, ratings).tolist() == [0, 4]
    assert places_that_matter(2, 1, np.array([14, 10]), rows, ratings).tolist() == [1, 2, 4]


# ---------------------------------------------------------------------- with two of them
@pytest.mark.slow
@pytest.mark.parametrize(
    "strategy",
    [
        Margin(),
        Spread(Margin(), factor=5),
        Herding(size=40),
        QueryByCommittee(3),
        Spread(Random()),
        Shortlist(Badge()),
    ],
    ids=repr,
)
def test_the_picks_are_those_in_memory(strategy, client):
    with warnings.catch_warnings(action="error"):
        assert in_blocks(strategy, dask_array()) == in_memory(strategy)


@pytest.mark.slow
def test_frames_and_utilities(client):
    frames, pandas = pytest.importorskip("dask.dataframe"), pytest.importorskip("pandas")
    frame = frames.from_pandas(pandas.DataFrame(POOL, columns=list("abcd")), npartitions=3)
    learner = learner_of(Margin())
    np.testing.assert_array_equal(learner.query_utilities(frame), learner.query_utilities(POOL))
    assert learner.query(frame).tolist() == learner.query(POOL).tolist()


@pytest.mark.slow
def test_a_block_that_cannot_be_read_is_named(client):
    def broken(block, block_info=None):
        if block_info[0]["chunk-location"][0] == 2:
            raise OSError("the disk is gone")
        return block

    pool = (
        dask_array(chunk=30).rechunk((30, 4)).map_blocks(broken, dtype=float, meta=np.ones((1, 1)))
    )
    with (
        pytest.warns(UserWarning, match="Dask workers failed"),
        pytest.raises(RuntimeError, match="Block 2 of the pool cannot be read: OSError"),
    ):
        learner_of(Margin()).query(pool)


@pytest.mark.slow
def test_a_worker_that_is_killed_in_the_middle(client, tmp_path):
    flag = tmp_path / "killed"

    def kills(block, flag=str(flag)):
        if len(block) > 5 and not os.path.exists(flag):
            open(flag, "w").close()
            os._exit(1)
        return block

    dask = pytest.importorskip("dask.array")
    pool = dask.map_blocks(kills, dask_array(chunk=20), dtype=float, meta=np.ones((1, 1)))
    learner = ActiveLearner(LogisticRegression(), Margin(), batch_size=5)
    learner.fit(POOL[:40], classes_of(POOL[:40]))
    assert learner.query(pool).tolist() == learner.query(POOL).tolist()
    assert flag.exists()
