"""Parquet files, copied column by column and row group by row group."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

DICTIONARY = {"RLE_DICTIONARY", "PLAIN_DICTIONARY"}


@dataclass(frozen=True)
class ParquetFile:
    """Represent a Parquet file, whose other columns, metadata and row groups are kept."""

    path: Path

    @property
    def names(self) -> list[str]:
        """Return the names of the columns."""
        return list(pq.read_schema(self.path).names)

    @property
    def n_rows(self) -> int:
        """Return the number of rows."""
        return int(pq.read_metadata(self.path).num_rows)

    def write(self, path: str | Path, position: int, cells: Mapping[int, Any]) -> None:
        """Write the file with these cells of a column, one row group at a time.

        The column keeps its type unless it was empty.
        """
        with pq.ParquetFile(self.path) as file:
            schema = _with_type(file.schema_arrow, position, cells)
            with pq.ParquetWriter(path, schema, **_as_it_was(file)) as writer:
                for table in _groups(file, position, cells, schema):
                    writer.write_table(table, row_group_size=max(1, len(table)))

    def with_column(self, path: str | Path, name: str) -> "ParquetFile":
        """Write the file with one more, empty column of texts."""
        with pq.ParquetFile(self.path) as file:
            field = pa.field(name, pa.string())
            schema, how = _with_field(file.schema_arrow, field), _as_it_was(file)
            how["compression"] = {**how.get("compression", {}), name: "SNAPPY"}
            with pq.ParquetWriter(path, schema, **how) as writer:
                for i in range(file.num_row_groups):
                    table = file.read_row_group(i)
                    table = table.append_column(field, pa.nulls(len(table), pa.string()))
                    table = table.replace_schema_metadata(schema.metadata)
                    writer.write_table(table, row_group_size=max(1, len(table)))
        other = ParquetFile(Path(path))
        kept = pq.read_table(path).drop_columns([name])
        if not _same_tables(kept, pq.read_table(self.path)):
            raise ValueError(f"the file read back is not the file with a column {name!r}")
        return other

    def check(self, path: str | Path, position: int, cells: Mapping[int, Any]) -> None:
        """Read back what was written; raise a ValueError if anything except these cells differs."""
        with pq.ParquetFile(self.path) as file, pq.ParquetFile(path) as other:
            schema = _with_type(file.schema_arrow, position, cells)
            same = other.num_row_groups == file.num_row_groups and other.schema_arrow.equals(
                schema, check_metadata=True
            )
            if not same:
                raise ValueError("the columns read back differ from those of the file")
            for i, wanted in enumerate(_groups(file, position, cells, schema)):
                columns = zip(schema.names, wanted.columns, other.read_row_group(i).columns)
                for name, one, two in columns:
                    if not _same(one, two):
                        raise ValueError(f"column {name!r} read back differs from that of the file")


def _groups(
    file: pq.ParquetFile, position: int, cells: Mapping[int, Any], schema: pa.Schema
) -> Iterator[pa.Table]:
    """Yield the row groups of a file with some cells replaced."""
    begin, field = 0, schema.field(position)
    for i in range(file.num_row_groups):
        table = file.read_row_group(i)
        rows = range(begin, begin + len(table))
        here = {row - begin: cell for row, cell in cells.items() if row in rows}
        if here or table.schema.field(position).type != field.type:
            values = table.column(position).to_pylist()
            for row, cell in here.items():
                values[row] = cell
            table = table.set_column(position, field, _column(values, field))
        begin += len(table)
        yield table.replace_schema_metadata(schema.metadata)


def _column(values, field):
    """Convert values to a type; raise a ValueError if the type cannot represent one."""
    type = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    try:
        column = pa.array(values, type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise ValueError(
            f"a label does not fit into column {field.name!r} of type {type}: {error}"
        ) from error
    if pa.types.is_integer(type) and column.to_pylist() != values:  # pyarrow truncates fractions
        odd = next(value for value, now in zip(values, column.to_pylist()) if value != now)
        raise ValueError(f"{odd!r} does not fit into column {field.name!r} of type {type}")
    return column.dictionary_encode().cast(field.type) if type != field.type else column


def _with_type(schema, position, cells):
    """Return the schema of the new file, which differs only if a column had no type."""
    field = schema.field(position)
    if not pa.types.is_null(field.type):
        return schema
    field = field.with_type(pa.array(list(cells.values())).type)
    schema = schema.set(position, field)
    if b"pandas" in (schema.metadata or {}):
        schema = schema.with_metadata(_for_pandas(schema.metadata, field))
    return schema


def _with_field(schema, field):
    """Return the schema with one more column, also in pandas' metadata."""
    wider = schema.append(field)
    if b"pandas" not in (schema.metadata or {}):
        return wider
    notes = json.loads(schema.metadata[b"pandas"])
    note = {"name": field.name, "field_name": field.name, "pandas_type": "unicode"}
    notes["columns"].append({**note, "numpy_type": "object", "metadata": None})
    return wider.with_metadata({**schema.metadata, b"pandas": json.dumps(notes).encode()})


def _for_pandas(metadata, field):
    """Return pandas' metadata of a column, for a column that now has a type."""
    notes = json.loads(metadata[b"pandas"])
    example = pa.table([pa.array([], field.type)], [field.name]).to_pandas()
    typed, *_ = json.loads(pa.Schema.from_pandas(example).metadata[b"pandas"])["columns"]
    for note in notes["columns"]:
        if note["field_name"] == field.name:
            note |= {key: typed[key] for key in ("pandas_type", "numpy_type", "metadata")}
    return {**metadata, b"pandas": json.dumps(notes).encode()}


def _as_it_was(file):
    """Return the settings with which a file was written, as far as it stores them."""
    metadata, columns = file.metadata, []
    if metadata.num_row_groups:
        group = metadata.row_group(0)
        columns = [group.column(i) for i in range(group.num_columns)]
    codecs = {c.path_in_schema: c.compression.replace("UNCOMPRESSED", "NONE") for c in columns}
    return {
        "version": metadata.format_version if metadata.format_version in ("1.0", "2.4") else "2.6",
        "use_dictionary": [c.path_in_schema for c in columns if DICTIONARY & set(c.encodings)],
        "write_statistics": [c.path_in_schema for c in columns if c.is_stats_set],
        "use_deprecated_int96_timestamps": any(c.physical_type == "INT96" for c in columns),
        "store_schema": b"ARROW:schema" in (metadata.metadata or {}),
        **({"compression": codecs} if columns else {}),
    }


def _same_tables(one, two):
    """Return whether two tables have the same columns."""
    same = one.schema.names == two.schema.names
    return same and all(_same(*columns) for columns in zip(one.columns, two.columns))


def _same(one, two):
    """Return whether two columns have the same values, NaN included."""
    if one.equals(two):
        return True
    if one.type != two.type or len(one) != len(two):
        return False
    return repr(one.to_pylist()) == repr(two.to_pylist())
