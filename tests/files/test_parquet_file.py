"""Parquet files, whose label column changes and nothing else."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("pyarrow")

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from skal.files.parquet_file import ParquetFile
from tests.files.random_files import tables
from tests.files.round_trips import check_parquet


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables(), st.integers(0, 2**32))
def test_all_columns_but_that_of_the_labels_stay(table, seed):
    with tempfile.TemporaryDirectory() as folder:
        check_parquet(*table, seed, Path(folder))


def test_pandas_reads_what_it_wrote(tmp_path):
    frame = pd.DataFrame(
        {"big": [2**53 + 1, None], "kind": pd.Categorical(["u", "v"]), "label": [None, None]},
        index=pd.Index(["r1", "r2"], name="key"),
    ).astype({"big": "Int64"})
    frame.attrs["owner"] = "somebody"
    frame.to_parquet(tmp_path / "old.parquet")
    file = ParquetFile(tmp_path / "old.parquet")
    file.write(tmp_path / "new.parquet", 2, {1: "low"})
    file.check(tmp_path / "new.parquet", 2, {1: "low"})
    made = pd.read_parquet(tmp_path / "new.parquet")
    pd.testing.assert_frame_equal(made.drop(columns="label"), frame.drop(columns="label"))
    assert made.attrs == frame.attrs
    assert made["label"].tolist()[1] == "low"
    assert made["label"].isna().tolist() == [True, False]


@pytest.mark.parametrize("label", [2.5, 300, 10**30, "low"])
def test_labels_that_a_type_cannot_hold(tmp_path, label):
    pq.write_table(pa.table({"label": pa.array([1, None], pa.int8())}), tmp_path / "old.parquet")
    with pytest.raises(ValueError, match="does not fit into column 'label' of type int8"):
        ParquetFile(tmp_path / "old.parquet").write(tmp_path / "new.parquet", 0, {1: label})


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.set_column(0, "a", pa.array([1.0, 3.0])),
        lambda table: table.set_column(0, "a", pa.array([1, 2])),
        lambda table: table.set_column(1, "label", pa.array(["low", None])),
        lambda table: table.replace_schema_metadata({"more": "x"}),
        lambda table: table.slice(1),
    ],
)
def test_a_difference_is_found(tmp_path, change):
    table = pa.table({"a": [float("nan"), 2.0], "label": ["low", "low"]})
    pq.write_table(table, tmp_path / "old.parquet")
    file = ParquetFile(tmp_path / "old.parquet")
    file.check(tmp_path / "old.parquet", 1, {0: "low"})
    pq.write_table(change(table), tmp_path / "new.parquet")
    with pytest.raises(ValueError, match="read back"):
        file.check(tmp_path / "new.parquet", 1, {0: "low"})
