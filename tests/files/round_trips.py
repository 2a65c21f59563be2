"""A file with some of its labels filled in, and all else: compared by other means than ours."""

import csv
import gzip
import io
import random
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from skal.files.csv_file import CsvFile
from skal.files.dialect import Dialect
from skal.files.parquet_file import ParquetFile
from tests.files.slow_csv import rows_of

LABELS = ["low", "mid,dle", "", "é", 'say "x"', "two; three", "a|b\tc", "x\ry", " low"]


def check_csv(content, text, separator, position, seed, folder):
    """Fill in random labels of a file, and hold the new bytes against two other readers."""
    rng = random.Random(seed)
    file, outcome = CsvFile.of(content), "identical but for the labels"
    if file.dialect.separator.decode() != separator:
        # by chance another is as good: the cells are told apart by the one that was meant
        file = replace(file, dialect=Dialect(separator.encode(), file.dialect.newline))
        outcome += ", the separator told"
    old = rows_of(text, separator)
    assert file.n_rows == len(old) - 1
    rows = rng.sample(range(file.n_rows), rng.randint(1, file.n_rows)) if file.n_rows else []
    labels = {row: rng.choice(LABELS) for row in rows}
    file.write(folder / "new.csv.gz", position, labels)
    if "told" not in outcome:
        file.check(folder / "new.csv.gz", position, labels)
    made = gzip.decompress((folder / "new.csv.gz").read_bytes())
    mark = len(file.encoding.mark)
    new_text = made[mark:].decode(file.encoding.name)
    assert made[:mark] == content[:mark]
    assert apart(new_text, separator, position, labels, old) == apart(
        text, separator, position, labels, old
    )
    says_before, says_now = (said(t, separator) for t in (text, new_text))
    assert len(says_now) == len(says_before)
    for row, (before, now) in enumerate(zip(says_before[1:], says_now[1:])):
        wanted = list(before)
        if row in labels:
            wanted += [""] * (position + 1 - len(wanted))
            wanted[position] = labels[row]
        assert now == wanted
    return outcome


def apart(text, separator, position, labels, old):
    """A text without the cells of some labels, found by the slow reader."""
    parts, begin = [], 0
    rows = rows_of(text, separator)
    for row in sorted(labels):
        cells, n_before = rows[row + 1], len(old[row + 1])
        start = cells[position].start if n_before > position else cells[n_before - 1].end
        end = cells[min(position, len(cells) - 1)].end
        parts.append(text[begin:start])
        begin = end
    return [*parts, text[begin:]]


def said(text, separator):
    """What Python's csv reads, without blank lines."""
    read = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    slow = rows_of(text, separator)
    rows = [row for row in read if len(row) > 1 or (row and (row[0].strip(" \t")))]
    if len(rows) != len(slow):  # a row that says "" or " " in quotes, which csv tells not from none
        return [[cell.says for cell in row] for row in slow]
    return rows


def check_parquet(table, position, seed, folder):
    """Fill in random labels of a Parquet file, and hold all else against what pyarrow reads."""
    rng = random.Random(seed)
    old, new = folder / "old.parquet", folder / "new.parquet"
    pq.write_table(table, old, row_group_size=rng.choice([1, 2, 100]), compression=rng.choice(["snappy", "zstd", "none"]))  # fmt: skip
    file = ParquetFile(old)
    labels = {
        row: rng.choice("xyz") for row in rng.sample(range(len(table)), rng.randint(1, len(table)))
    }
    file.write(new, position, labels)
    file.check(new, position, labels)
    before, now = pq.read_table(old), pq.read_table(new)
    for i, field in enumerate(before.schema):
        if i != position:
            assert now.schema.field(i).equals(field, check_metadata=True)
            assert repr(now.column(i).to_pylist()) == repr(before.column(i).to_pylist())
    assert now.schema.metadata == before.schema.metadata
    wanted = before.column(position).to_pylist()
    for row, label in labels.items():
        wanted[row] = label
    assert now.column(position).to_pylist() == wanted
    if not pa.types.is_null(before.schema.field(position).type):
        assert now.schema.equals(before.schema, check_metadata=True)
    groups = pq.read_metadata(old), pq.read_metadata(new)
    assert groups[0].num_row_groups == groups[1].num_row_groups
    for i in range(groups[0].num_row_groups):
        one, two = groups[0].row_group(i), groups[1].row_group(i)
        assert one.num_rows == two.num_rows
        assert all(
            one.column(j).compression == two.column(j).compression for j in range(one.num_columns)
        )
    return "identical but for the labels"
