"""A pool in blocks gives the rows of the array, whatever it is read from; errors name the block."""

import gc
import threading

import numpy as np
import pytest
import sklearn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from scipy import sparse

from skal.pools import BlockPool, as_pool
from tests.pools.forms import FORMS, parquet

X = np.random.default_rng(0).normal(size=(120, 4)).astype(np.float32)

forms = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)


@forms
@pytest.mark.parametrize(
    ("dtype", "block_size"),
    [
        ("float32", None),
        ("float16", 50),
        *[
            pytest.param(dtype, size, marks=pytest.mark.slow)
            for dtype in ("float16", "float32", "float64")
            for size in (1, 50, 1000)
        ],
    ],
)
def test_the_rows_are_those_of_the_array(form, dtype, block_size, tmp_path):
    array = X.astype(dtype)
    pool = form(array, tmp_path, block_size)
    assert (pool.shape, len(pool), pool.nbytes) == (array.shape, 120, array.nbytes)
    np.testing.assert_array_equal(pool.load(), array)
    assert pool.load().dtype == array.dtype
    rows = np.array([118, 3, 3, 50, 0])
    np.testing.assert_array_equal(pool.take_rows(rows), array[rows])
    np.testing.assert_array_equal(pool.take_rows([]), array[:0])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    some.lists(some.integers(0, 7), min_size=1, max_size=8),
    some.integers(1, 9),
    some.sets(some.integers(0, 60)),
)
def test_pieces_have_the_size_asked_for(lengths, size, rows):
    array = np.arange(float(sum(lengths)))[:, None]
    ends = np.cumsum(lengths)[:-1]
    rows = np.array(sorted(row for row in rows if row < len(array)), dtype=int)
    if not len(array):
        return
    pool = BlockPool(lambda: np.split(array, ends))
    for asked in (None, rows):
        pieces = list(pool.pieces(asked, size))
        expected = np.arange(len(array)) if asked is None else asked
        cuts = [expected[start : start + size] for start in range(0, len(expected), size)]
        assert [piece.rows.tolist() for piece in pieces] == [cut.tolist() for cut in cuts]
        assert all((piece.X[:, 0] == piece.rows).all() for piece in pieces)
        of_row = np.searchsorted(np.cumsum(lengths), expected, side="right")
        names = [piece.name_of(row) for piece in pieces for row in piece.rows]
        assert names == [f"Block {block}" for block in of_row]


def test_sparse_blocks_frames_and_texts():
    pandas = pytest.importorskip("pandas")
    S = sparse.random(30, 5, density=0.3, random_state=0, format="csr")
    pool = BlockPool(lambda: (S[a : a + 7] for a in range(0, 30, 7)))
    np.testing.assert_array_equal(pool.load().toarray(), S.toarray())
    frame = pandas.DataFrame({"a": np.arange(6), "b": list("xyzxyz")})
    pool = BlockPool(lambda: (frame[a : a + 4] for a in (0, 4)))
    pandas.testing.assert_frame_equal(pool.load(), frame)
    categories = frame.astype({"b": "category"})
    pool = BlockPool(lambda: (categories[a : a + 4] for a in (0, 4)))
    assert pool.load()["b"].tolist() == list("xyzxyz")
    assert BlockPool(lambda: [["one", "two"], ["three"]]).take_rows([2, 0]) == ["three", "one"]


def test_what_is_read_in_blocks_without_being_said(tmp_path):
    dask = pytest.importorskip("dask.array")
    parquet(X, tmp_path, None)
    for given_ in (tmp_path, str(tmp_path), str(tmp_path / "*.parquet"), dask.from_array(X)):
        np.testing.assert_array_equal(as_pool(given_).load(), X)
    np.testing.assert_array_equal(as_pool(sorted(tmp_path.glob("*.parquet"))).load(), X)
    texts = ["a", "b"]
    assert as_pool(texts) is texts  # rows, not paths
    assert as_pool(X) is X


def test_frames_of_the_columns_that_a_model_was_fitted_on(tmp_path):
    pytest.importorskip("pandas")
    pool = parquet(X, tmp_path, None).as_seen(["f2", "f0"])
    assert list(pool.load().columns) == ["f2", "f0"]
    np.testing.assert_array_equal(pool.load().to_numpy(), X[:, [2, 0]])
    np.testing.assert_array_equal(pool.as_seen(None).load(), X)
    with pytest.raises(ValueError, match="no column 'age': it has f0, f1, f2, f3"):
        pool.as_seen(["f0", "age"])


def test_a_block_is_read_while_another_is_looked_at():
    begun = threading.Event()

    def blocks():
        yield np.zeros((2, 1))
        begun.set()
        yield np.ones((2, 1))

    pool = BlockPool(blocks, n_rows=4)
    assert pool.shape == (4, 1)
    pieces = pool.pieces(size=2)
    next(pieces)
    assert begun.wait(timeout=10)


def test_blocks_are_read_under_the_settings_of_who_asks():
    pool = BlockPool(lambda: [np.full((3, 1), sklearn.get_config()["working_memory"])])
    with sklearn.config_context(working_memory=7):
        assert pool.load().ravel().tolist() == [7, 7, 7]


def test_no_thread_is_left_where_a_pass_is_given_up():
    before = threading.active_count()
    pool = BlockPool(lambda: (np.zeros((2, 1)) for _ in range(1000)))
    pieces = pool.pieces(size=2)
    next(pieces)
    del pieces
    gc.collect()
    assert threading.active_count() == before


def test_paths_of_other_formats(tmp_path):
    pytest.importorskip("pyarrow")
    np.save(tmp_path / "pool.npy", X)
    for path in (tmp_path / "pool.npy", [tmp_path / "pool.npy"], str(tmp_path / "*.npy")):
        with pytest.raises(ValueError, match=r"np\.load\(path, mmap_mode='r'\)"):
            as_pool(path)
    (tmp_path / "pool.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"pyarrow\.dataset\.dataset\(path, format=\.\.\.\)"):
        as_pool(tmp_path / "pool.csv")


def test_blocks_follow_the_working_memory(tmp_path):
    pool = BlockPool(np.zeros((1000, 64)))
    with sklearn.config_context(working_memory=1):
        assert {len(piece.rows) for piece in pool.pieces()} == {32, 1000 % 32}


# ---------------------------------------------------------------------- errors
def blocks_then(*last):
    return BlockPool(lambda: [X[:50], X[50:90], *last])


def test_ragged_blocks_are_named():
    with pytest.raises(ValueError, match=r"Block 2 of the pool holds .*\(3,\), and the first"):
        blocks_then(X[:, :3]).load()
    with pytest.raises(ValueError, match=r"Block 2 of the pool holds .*float64"):
        blocks_then(X.astype(float)).load()


def test_a_block_that_cannot_be_read_is_named():
    def blocks():
        yield X
        raise OSError("the disk is gone")

    with pytest.raises(RuntimeError, match="Block 1 of the pool cannot be read: OSError: the disk"):
        BlockPool(blocks, n_rows=999).load()
    masked = np.ma.masked_greater(X, 1)
    with pytest.raises(RuntimeError, match=r"Block 2 of the pool cannot be read.*masked array"):
        blocks_then(masked).load()


def test_a_file_that_is_broken_is_named(tmp_path):
    pool = parquet(X, tmp_path, None)
    assert len(pool) == 120
    file = tmp_path / "part-1.parquet"
    raw = bytearray(file.read_bytes())
    raw[4:200] = bytes(196)
    file.write_bytes(raw)
    pool = BlockPool(str(tmp_path / "*.parquet"))
    with pytest.raises(RuntimeError, match=r"group 0 of .*part-1\.parquet of the pool cannot be"):
        pool.load()


def test_a_file_that_lacks_a_column_is_named(tmp_path):
    arrow, write = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet(X, tmp_path, None)
    table = arrow.table({f"f{j}": X[:40, j] for j in range(3)})
    write.write_table(table, tmp_path / "part-2.parquet")
    with pytest.raises(RuntimeError, match=r"part-2\.parquet of the pool .* no column 'f3'"):
        BlockPool(str(tmp_path / "*.parquet")).load()


def test_the_one_column_of_vectors_is_read_where_none_is_named(tmp_path):
    arrow, write = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"id": ["x", "y"], "v": [[1.0, 2.0], [3.0, 4.0]], "n": [5, 6]})
    write.write_table(table, tmp_path / "vectors.parquet")
    pool = BlockPool(tmp_path / "vectors.parquet")
    assert pool.load().tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert pool.as_seen(None).take_rows([1]).tolist() == [[3.0, 4.0]]
    assert pool.as_seen(["n"]).load()["n"].tolist() == [5, 6]


def test_vectors_of_different_lengths_and_columns_of_words(tmp_path):
    arrow, write = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    for values, columns, said in (
        ({"v": [[1.0], [1.0, 2.0]]}, "v", "differ in length: 1 and 2"),
        ({"v": [[1.0], None]}, "v", "a row without a vector"),
        ({"v": [[1.0], [2.0]], "w": [[1.0], [2.0]]}, None, "columns='v'"),
        ({"a": [1, 2], "name": ["x", "y"]}, None, "Column 'name' holds string"),
    ):
        write.write_table(arrow.table(values), tmp_path / "odd.parquet")
        with pytest.raises(RuntimeError, match=said):
            BlockPool(tmp_path / "odd.parquet", columns=columns).load()


def test_a_pool_that_changes_is_told(tmp_path):
    some_blocks = [X[:50], X[50:90]]
    pool = BlockPool(lambda: list(some_blocks))
    assert len(pool) == 90
    some_blocks.append(X[90:])
    with pytest.raises(
        RuntimeError, match=r"120 rows together.* n_rows .* had 90 rows.* new block"
    ):
        pool.load()
    some_blocks[1:] = []
    with pytest.raises(RuntimeError, match=r"50 rows together.* n_rows .* had 90 rows"):
        pool.load()


def test_a_function_that_returns_a_spent_iterator_is_told():
    once = iter([X[:50], X[50:90]])
    with pytest.raises(RuntimeError, match="new blocks"):
        BlockPool(lambda: once, n_rows=90).load()
    other = iter([X])
    with pytest.raises((ValueError, RuntimeError), match="new blocks"):
        BlockPool(lambda: other).load()


def test_what_holds_rows_and_is_none_is_told(tmp_path):
    h5py = pytest.importorskip("h5py")
    with (
        h5py.File(tmp_path / "rows.h5", "w") as file,
        pytest.raises(TypeError, match=r"pass one of them, such as X\['name'\]"),
    ):
        as_pool(file)
    for odd in ((block for block in [X]), lambda: [X]):
        with pytest.raises(TypeError, match=r"BlockPool\(function\)"):
            as_pool(odd)


def test_a_column_of_texts_is_a_list(tmp_path):
    arrow, write = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    file = tmp_path / "texts.parquet"
    write.write_table(arrow.table({"note": ["one", "two"], "n": [1, 2]}), file)
    assert BlockPool(file, columns="note").load() == ["one", "two"]
    write.write_table(arrow.table({"note": ["one", None]}), file)
    with pytest.raises(RuntimeError, match="a row without a text"):
        BlockPool(file, columns="note").load()


def test_a_file_that_is_written_meanwhile_is_told(tmp_path):
    pool = parquet(X, tmp_path, None)
    pieces = pool.pieces(size=10)
    next(pieces)
    parquet(X + 1, tmp_path, 7)
    with pytest.raises(
        RuntimeError, match=r"part-\d\.parquet of the pool (changed|cannot be read)"
    ):
        list(pieces)


def test_it_is_no_array_behind_ones_back():
    with pytest.raises(TypeError, match=r"no array.*pool\.load\(\)"):
        np.asarray(BlockPool(X))


def test_what_is_no_pool(tmp_path):
    for wrong, said in ((3, "BlockPool reads a path"), (None, "BlockPool reads"), ([1.0], "reads")):
        with pytest.raises(TypeError, match=said):
            BlockPool(wrong)
    with pytest.raises(FileNotFoundError, match="no file that it matches"):
        BlockPool(str(tmp_path / "*.parquet"))
    with pytest.raises(FileNotFoundError, match="There is no file"):
        BlockPool([str(tmp_path / "x.parquet")])
    with pytest.raises(ValueError, match="columns='a' is for tables"):
        BlockPool(X, columns="a")
    with pytest.raises(ValueError, match="n_rows=3 is for a function"):
        BlockPool(X, n_rows=3)
    with pytest.raises(ValueError, match="block_size=3, and the blocks of a function"):
        BlockPool(lambda: [X], block_size=3)
    with pytest.raises(ValueError, match="block_size=0"):
        BlockPool(X, block_size=0)
    with pytest.raises(ValueError, match=r"its shape is \(\)"):
        BlockPool(np.array(3.0))
    with pytest.raises(ValueError, match="no rows"):
        BlockPool(lambda: []).load()
