"""Separated texts, whose label cells change and nothing else."""

import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("pyarrow")

from skal.files.csv_file import CsvFile
from tests.files.random_files import csv_files
from tests.files.round_trips import check_csv


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(csv_files(), st.integers(0, 2**32))
def test_all_bytes_but_those_of_the_labels_stay(file, seed):
    with tempfile.TemporaryDirectory() as folder:
        check_csv(*file, seed, Path(folder))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"a,y\n1,\n2,u\n", b"a,y\n1,low\n2,u\n"),
        (b'"a","y"\r\n"1",""\r\n', b'"a","y"\r\n"1","low"\r\n'),
        (b'a,y\n1,\n2,"u"\n', b'a,y\n1,"low"\n2,"u"\n'),  # as its column does
        (b'a,y\n"1,\r2",\n\n3,u', b'a,y\n"1,\r2",low\n\n3,u'),
        (b"a;b;y\r1;2\r", b"a;b;y\r1;2;low\r"),
        (b"a,b,y,\n1,2,,\n", b"a,b,y,\n1,2,low,\n"),
        (b"sep=|\r\na|b|y\r\n1|2|\r\n", b"sep=|\r\na|b|y\r\n1|2|low\r\n"),
        (b'a,y\n5" pipe,\n', b'a,y\n5" pipe,low\n'),
        (b" \n\na,y\n 1,\n \n", b" \n\na,y\n 1,low\n \n"),
    ],
)
def test_a_label_is_filled_in(old, new):
    file = CsvFile.of(old)
    position = [name.strip() for name in file.names].index("y")
    assert file.with_cells(position, {0: "low"}) == new
    pd.testing.assert_series_equal(pd.Series(file.column(0)), pd.Series(CsvFile.of(new).column(0)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'a,y\n1,"2\n', "ends within quotes"),
        (b"a,y\n\x001,2\n", "NUL"),
        (b"\xff\xfea\x00,", "codec can't decode"),
    ],
)
def test_what_is_no_table(content, message):
    with pytest.raises(ValueError, match=message):
        CsvFile.of(content)


@pytest.mark.parametrize(
    "new", [b"a,y\n2,low\n", b"a,y\n1,high\n", b"a,y\n1,low\n\n", b"a,y\n1,low,\n", b"a;y\n1;low\n"]
)
def test_a_difference_is_found(tmp_path, new):
    (tmp_path / "new.csv").write_bytes(new)
    with pytest.raises(ValueError, match="read back"):
        CsvFile.of(b"a,y\n1,\n").check(tmp_path / "new.csv", 1, {0: "low"})


def test_rows_longer_than_the_header():
    assert CsvFile.of(b"a,y\n1,u\n2,v,\n").longest_row() == (-1, 0)
    assert CsvFile.of(b"a,y\n1,u\n2,v,w\n").longest_row() == (1, 3)


def test_labels_that_an_encoding_cannot_write():
    file = CsvFile.of("a,y\né,\n".encode("cp1252"))
    with pytest.raises(ValueError, match="the file is in cp1252, which cannot represent 'Ж'"):
        file.with_cells(1, {0: "Ж"})
