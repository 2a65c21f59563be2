"""A glob or a folder of Parquet files as the source of a store."""

import datetime
import os
import shutil

import numpy as np
import pytest

pytest.importorskip("pyarrow")
import pyarrow as pa
from pyarrow import parquet

from skal.labelling import Answer, SourceChanged, Store, StoreError
from skal.labelling.pool_source import PoolSource, is_pool
from skal.labelling.reading import IMAGES, TEXTS, FolderSource, open_source

N = 40


def table(start, n=N, **more):
    """Rows with a text, a number, a date and an embedding."""
    rows = range(start, start + n)
    return pa.table(
        {
            "text": [f"text {row}" if row % 7 else None for row in rows],
            "price": pa.array([row / 4 for row in rows], pa.float64()),
            "day": pa.array([datetime.date(2024, 1, 1 + row % 28) for row in rows]),
            "embedding": pa.FixedSizeListArray.from_arrays(
                pa.array(np.arange(4 * n, dtype="f4")), 4
            ),
            **more,
        }
    )


@pytest.fixture
def pool(tmp_path):
    """Three files of 40 rows."""
    (tmp_path / "pool").mkdir()
    for i in range(3):
        parquet.write_table(table(N * i), tmp_path / f"pool/part-{i}.parquet", row_group_size=15)
    return tmp_path / "pool"


@pytest.fixture
def store(pool):
    with Store.create(pool / "*.parquet", label="kind", classes=["a", "b"], seed=0) as store:
        yield store


def source_of(path, **options):
    return open_source(path, options.pop("label", "kind"), **options)


def test_rows_of_all_files_in_order(store, pool):
    assert store.folder == pool.with_name("pool.skal")
    assert store.progress()["rows"] == 120
    shown = store.desk.show([120, 2, 42])
    assert [item["row"] for item in shown] == [119, 1, 41]
    assert shown[0]["cells"] == {"text": "", "price": "29.75", "day": "2024-01-08"}
    assert [item["cells"]["text"] for item in shown] == ["", "text 1", "text 41"]


def test_nothing_of_the_pool_is_copied(store):
    content = b"".join(path.read_bytes() for path in store.folder.rglob("*") if path.is_file())
    assert b"text 41" not in content


def test_a_folder_is_the_same_pool(pool):
    with Store.create(pool, label="kind", seed=0) as store:
        assert store.folder == pool.with_name("pool.skal")
        assert store.desk.show([42])[0]["cells"]["text"] == "text 41"


def test_a_store_that_moves_with_its_pool(store, pool, tmp_path):
    store.close()
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    shutil.move(pool, moved)
    shutil.move(store.folder, moved)
    with Store.open(moved / "pool.skal") as store:
        assert not store.changes()
        assert store.desk.show([42])[0]["cells"]["text"] == "text 41"


@pytest.mark.parametrize("how", ["added", "gone", "grown", "other row"])
def test_files_that_change_while_they_are_labelled(store, pool, how):
    assert store.desk.show([42])
    kept = {path.name: path.read_bytes() for path in pool.iterdir()}
    if how == "added":
        parquet.write_table(table(500), pool / "part-00.parquet")
    elif how == "gone":
        (pool / "part-2.parquet").unlink()
    elif how == "grown":
        parquet.write_table(table(0, 41), pool / "part-0.parquet")
    else:
        parquet.write_table(table(700), pool / "part-1.parquet")
    with pytest.raises(SourceChanged, match=r"\*.parquet has changed since .* restore it"):
        store.desk.show([42])
    changes = store.changes()
    assert changes
    for path in pool.iterdir():
        path.unlink()
    for name, content in kept.items():  # put back, with another time
        (pool / name).write_bytes(content)
    assert store.desk.show([42])[0]["cells"]["text"] == "text 41"
    assert not store.changes()


def test_labels_stay_with_their_rows_when_a_file_is_added(store, pool):
    store.desk.record(Answer(42, 1, "label", "b"))
    parquet.write_table(table(500), pool / "part-00.parquet")
    assert str(store.changes()) == "40 rows kept, 80 moved, 40 new, 0 gone"
    store.bind()
    assert np.flatnonzero(store.labels() == "b").tolist() == [81]
    assert store.desk.show([42])[0]["cells"]["text"] == "text 41"


def test_a_file_with_another_time_is_the_same(store, pool):
    os.utime(pool / "part-1.parquet", ns=(10**18, 10**18))
    assert not store.changes()
    assert store.desk.show([42])


def test_labels_of_the_pool_are_taken_over(pool):
    kinds = pa.array([None, "x", "y"] + [None] * (N - 3), pa.string())
    for i in range(3):
        parquet.write_table(table(N * i, kind=kinds), pool / f"part-{i}.parquet")
    with Store.create(pool, label="kind", seed=0) as store:
        assert store.labels()[[1, 2, 41, 42, 43]].tolist() == ["x", "y", "x", "y", None]
        assert "kind" not in store.desk.show([42])[0]["cells"]


def test_rows_by_id(pool):
    for i in range(3):
        ids = pa.array([f"r{N * i + j}" for j in range(N)])
        parquet.write_table(table(N * i, code=ids), pool / f"part-{i}.parquet")
    source = source_of(pool, id="code")
    assert len({row.digest for row in source.rows()}) == 120
    with pytest.raises(StoreError, match="no column 'cod'"):
        source_of(pool, id="cod")


# ---------------------------------------------------------------------- what is shown
def written(tmp_path, **columns):
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    return tmp_path / "*.parquet"


def floats(stem, n=16, start=0):
    return {f"{stem}{j}": np.zeros(2) for j in range(start, start + n)}


@pytest.mark.parametrize(
    ("columns", "embedding"),
    [
        ({"v": [[0.5], [1.5]]}, "v"),
        (floats("x"), list(floats("x"))),
        (floats("emb_", 20, 1), list(floats("emb_", 20, 1))),
        (floats("x", 15), None),
        (floats("x", 16, 2), None),
        ({f"x{j}": [1, 2] for j in range(20)}, None),
        ({"tags": [["a"], ["b", "c"]]}, None),
    ],
)
def test_the_embedding(tmp_path, columns, embedding):
    source = source_of(written(tmp_path, text=["a", "b"], **columns))
    assert source.embedding == embedding
    hidden = set(columns) if embedding else set()
    assert set(source.shown) == {"text", *columns} - hidden


def test_columns_that_count_are_shown_where_there_is_no_other(tmp_path):
    source = source_of(written(tmp_path, **floats("pixel")))
    assert source.embedding is None
    assert len(source.shown) == 16


def test_what_cannot_be_labelled(tmp_path):
    path = written(tmp_path, v=[[0.5], [1.5]])
    with pytest.raises(StoreError, match="no column of texts or numbers to show"):
        source_of(path)
    written(tmp_path, text=["a", "b"], v=[[0.5], [1.5]], w=[[0.5], [1.5]])
    with pytest.raises(StoreError, match=r"several embeddings \(v, w\)"):
        source_of(path)
    written(tmp_path, text=["a", "b"], v=[[0.5], [1.5]], **floats("x"))
    with pytest.raises(StoreError, match=r"several embeddings \(v, x0\)"):
        source_of(path)
    with pytest.raises(StoreError, match="No Parquet file matches"):
        source_of(tmp_path / "no*.parquet")


def test_which_folders_are_pools(pool, tmp_path):
    assert is_pool(pool, IMAGES + TEXTS)
    (pool / "README.md").touch()
    assert isinstance(source_of(pool), PoolSource)
    (pool / "one.png").touch()
    assert isinstance(source_of(pool), FolderSource)
    assert not is_pool(tmp_path / "none.csv")
    (tmp_path / "rows[1].csv").write_text("text,kind\na,\n")
    assert not is_pool(tmp_path / "rows[1].csv")


def test_the_digest_of_a_row_does_not_depend_on_how_it_is_read(pool):
    source = source_of(pool)
    by_row = [source.content_of(cells, None) for cells, _, _ in source.records()]
    assert by_row == [row.content for row in source.rows()]
    assert by_row[41] == source.content_of(source.record(41, None, None), None)
