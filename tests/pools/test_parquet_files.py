"""Several Parquet files as one table: which match, where rows lie, and rows by number."""

import os
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pyarrow")
import pyarrow as pa
from pyarrow import parquet

from skal.pools.parquet_files import ParquetFiles, glob_of, home_of, matching, state_of

LENGTHS = (50, 1, 33)


@pytest.fixture
def pool(tmp_path):
    """Three files, whose rows say their number, in groups of 20 rows; and files that are none."""
    start = 0
    for i, n in enumerate(LENGTHS):
        rows = np.arange(start, start + n)
        names = pa.array([f"t{row}" for row in rows]).dictionary_encode()
        table = pa.table({"row": rows, "text": names, "v": [[float(row), 0.0] for row in rows]})
        parquet.write_table(table, tmp_path / f"part-{i}.parquet", row_group_size=20)
        start += n
    (tmp_path / "_SUCCESS.parquet").touch()
    (tmp_path / ".part-9.parquet").touch()
    return tmp_path


def test_which_files_match(pool):
    found = [str(pool / f"part-{i}.parquet") for i in range(3)]
    assert matching(str(pool)) == matching(str(pool / "*.parquet")) == found
    assert matching(str(pool / "part-[02]*")) == [found[0], found[2]]
    assert matching(str(pool / "no*")) == []


def test_a_folder_whose_name_has_the_characters_of_a_glob(pool):
    odd = pool.rename(pool.parent / "pool[1]")
    assert len(matching(str(odd))) == 3
    assert glob_of(str(odd)).endswith("pool[[]1]/**/*.parquet".replace("/", os.sep))


@pytest.mark.parametrize(
    ("pattern", "home"),
    [("a/b/*.parquet", "a/b"), ("a/*/c.parquet", "a"), ("*.parquet", "."), ("a/b.parquet", "a")],
)
def test_the_folder_of_all_matches(pattern, home):
    assert home_of(pattern) == Path(home)


@pytest.mark.parametrize("batch", [1, 7, 10_000])
def test_rows_by_number(pool, monkeypatch, batch):
    monkeypatch.setattr("skal.pools.parquet_files.BATCH", batch)
    files = ParquetFiles.of(str(pool))
    assert (files.n_rows, files.vectors) == (84, ["v"])
    rows = np.random.default_rng(0).integers(0, 84, 200)  # with repeats, in no order
    found = files.take(rows, ["text", "row"])
    assert found.column_names == ["text", "row"]
    assert found.column("row").to_pylist() == rows.tolist()
    assert found.column("text").to_pylist() == [f"t{row}" for row in rows]
    assert files.take([], ["row"]).num_rows == 0
    owner, places = files.place_of(np.array([0, 49, 50, 51, 83]))
    assert owner.tolist() == [0, 0, 1, 2, 2]
    assert places.tolist() == [0, 49, 0, 0, 32]


def test_groups_without_rows(tmp_path):
    table = pa.table({"x": [1, 2, 3]})
    with parquet.ParquetWriter(tmp_path / "a.parquet", table.schema) as writer:
        for part in (table[:0], table[:1], table[:0], table[1:], table[:0]):
            writer.write_table(part)
    files = ParquetFiles.of(str(tmp_path))
    assert files.take([2, 0, 1], ["x"]).column("x").to_pylist() == [3, 1, 2]


def test_a_change_is_seen(pool):
    paths = matching(str(pool))
    before = state_of(paths)
    assert state_of(paths) == before
    os.utime(paths[1], ns=(0, 0))
    assert state_of(paths) != before


def test_what_is_no_pool(pool):
    with pytest.raises(FileNotFoundError, match="No Parquet file matches"):
        ParquetFiles.of(str(pool / "no*.parquet"))
    parquet.write_table(pa.table({"row": ["a"]}), pool / "part-3.parquet")
    with pytest.raises(ValueError, match=r"part-3.parquet has no column 'text', unlike .*part-0"):
        ParquetFiles.of(str(pool))
    (pool / "part-3.parquet").write_text("a,b")
    with pytest.raises(ValueError, match=r"part-3\.parquet cannot be read as a Parquet file"):
        ParquetFiles.of(str(pool))
    for path in matching(str(pool)):
        parquet.write_table(pa.table({"x": pa.array([], pa.int64())}), path)
    with pytest.raises(ValueError, match="have no rows"):
        ParquetFiles.of(str(pool))
