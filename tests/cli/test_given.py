"""Labels that somebody filled in, as a file writes them."""

from decimal import Decimal

import pytest

pytest.importorskip("click")

from skal.cli.given import given_labels
from tests.cli.people import run, table_of


@pytest.mark.parametrize(
    ("file", "answers", "given"),
    [
        ("a,y\n1,TRUE\n2,\n", "y\nFalse\ntrue\n", ["FALSE", "TRUE"]),
        ("a,y\n1,yes\n2,\n", "y\nTRUE\n", ["TRUE"]),
        ("a;y\n1;2,5\n2;3,5\n3;\n", "y,a\n1.25,1\n", ["1,25"]),
        ("a,y\n1,2.5\n2,3.5\n3,\n", "y;a\n1,25;1\n", ["1.25"]),
        ("a,y\n1,1\n2,2\n3,\n", "y\n 07 \n", ["07"]),
        ("a,y\n1,1\n2,2\n3,\n", "y\nhigh\n", ["high"]),
        ("a,y\n1,\n2,\n", "y\n1.0\n", ["1.0"]),
    ],
)
def test_in_the_way_of_the_file(folder, file, answers, given):
    table, filled = table_of(file, name="file.csv"), table_of(answers, name="answers.csv")
    assert given_labels(table, filled) == given


@pytest.mark.parametrize(
    ("known", "label", "given"),
    [
        (["1", None], "2", "2"),
        ([Decimal("1.50"), None], "2", Decimal("2")),
        ([True, None], "FALSE", False),
        ([1, None], "2", 2),
        ([0.5, None], "2", 2),
        ([None, None], "2", 2),
        (
            [Decimal("1.50"), None],
            "low",
            "Label 'low' is not of the type of the other labels, such as 1.50",
        ),
        ([True, None], "2", "Label '2' is not of the type of the other labels, such as True"),
        ([1, None], "TRUE", "Label 'TRUE' is not of the type of the other labels, such as 1"),
    ],
)
def test_of_the_type_of_the_file(folder, known, label, given):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"a": [1, 2], "y": pa.array(known)}), "old.parquet")
    (folder / "answers.csv").write_text(f"row,y\n1,{label}\n0,\n")
    done = run("fill", "old.parquet", "answers.csv", "--label", "y", "-o", "new.parquet")
    if done.exit_code:
        assert given in done.stderr
        return
    assert pq.read_table("new.parquet").column("y").to_pylist() == [known[0], given]


def test_new_classes_are_named_before_anything_is_written(folder, monkeypatch):
    (folder / "file.csv").write_text("a,y\n1,1\n2,2\n3,\n4,\n")
    (folder / "answers.csv").write_text("row,y\n2,22\n3,2.0\n")

    def fail(*_):
        raise OSError("the disk is gone")

    monkeypatch.setattr("skal.files.csv_file.CsvFile.write", fail)
    done = run("fill", "file.csv", "answers.csv", "--label", "y", "-o", "new.csv")
    assert done.exit_code == 2
    assert "New classes: '22'." in done.stderr
    assert done.stderr.index("New classes") < done.stderr.index("the disk is gone")
