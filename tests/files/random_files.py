"""Tables as people, programs and chance write them, for hypothesis."""

import codecs
import random

import pyarrow as pa
from hypothesis import strategies as st

LETTERS = "ab1 .é\"\n\r,;\t|'x"
ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "latin-1": b"",
    "cp1252": b"",
}


@st.composite
def csv_files(draw):
    """The bytes of a file, its text, its separator, and which column the label is.

    Its kind is hypothesis's to choose; its cells come from a generator, which is a lot faster.
    """
    separator = draw(st.sampled_from(",;\t|"))
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    style = draw(st.sampled_from(["all", "needed", "some"]))
    encoding = draw(st.sampled_from(list(ENCODINGS)))
    n_columns = draw(st.one_of(st.integers(1, 5), st.integers(1, 50)))
    rng = random.Random(draw(st.integers(0, 2**32)))
    position = rng.randrange(n_columns)

    def line(cells):
        return separator.join(cell(text) for text in cells)

    def cell(text):
        must = any(mark in text for mark in '"\r\n' + separator)
        quote = must or style == "all" or (style == "some" and rng.random() < 0.5)
        return '"' + text.replace('"', '""') + '"' if quote else text

    names = rng.choices(["", "a", "b", "a b"], k=n_columns)
    names[position] = "label"
    lines = [rng.choice(["", " "])] * (rng.random() < 0.1) + [line(names)]
    for _ in range(rng.randint(1, 8)):
        cells = [_word(rng) for _ in range(n_columns)]
        cells[position] = rng.choice(["", "low", "high"])
        if n_columns > 1 and rng.random() < 0.1:
            cells = cells[: rng.randint(1, n_columns)]  # a row that is too short
        lines.append(line(cells) + (separator if rng.random() < 0.1 else ""))
        if rng.random() < 0.1:
            lines.append(rng.choice(["", " ", "  "]))
    text = newline.join(lines) + rng.choice(["", newline])
    return (
        ENCODINGS[encoding] + text.encode(encoding.removesuffix("-sig")),
        text,
        separator,
        position,
    )


def _word(rng):
    if rng.random() < 0.5:
        return rng.choice(["", "a", "3", "x y", "007", "1.50", "None", "é", " b"])
    return "".join(rng.choices(LETTERS, k=rng.randint(0, 6)))


TYPES = [
    pa.int8(), pa.int64(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.bool_(),
    pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.binary(3), pa.date32(),
    pa.date64(), pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"),
    pa.timestamp("ms"), pa.timestamp("us", "UTC"), pa.timestamp("ns", "Europe/Rome"),
    pa.duration("us"), pa.duration("ns"), pa.decimal128(9, 2), pa.decimal128(38, 10),
    pa.decimal256(60, 3), pa.dictionary(pa.int8(), pa.string()),
    pa.dictionary(pa.int32(), pa.int64()), pa.list_(pa.float64()), pa.large_list(pa.int16()),
    pa.list_(pa.int32(), 2), pa.struct([("u", pa.int64()), ("v", pa.list_(pa.string()))]),
    pa.map_(pa.string(), pa.float32()), pa.null(),
]  # fmt: skip


def cells_of(type):
    """Values of an Arrow type, as Python writes them."""
    whole = {pa.int8(): 8, pa.int16(): 16, pa.int32(): 32, pa.int64(): 64}
    if type in whole:
        return st.integers(-(2 ** (whole[type] - 1)), 2 ** (whole[type] - 1) - 1)
    if type == pa.uint64():
        return st.integers(0, 2**64 - 1)
    if pa.types.is_floating(type):
        width = type.bit_width
        return st.floats(width=width)
    if pa.types.is_boolean(type):
        return st.booleans()
    if pa.types.is_string(type) or pa.types.is_large_string(type):
        return st.text(max_size=5)
    if pa.types.is_fixed_size_binary(type):
        return st.binary(min_size=3, max_size=3)
    if pa.types.is_binary(type) or pa.types.is_large_binary(type):
        return st.binary(max_size=5)
    if pa.types.is_decimal(type):
        digits = min(type.precision - type.scale, 20)
        return st.decimals(-(10 ** (digits - 1)), 10 ** (digits - 1), places=type.scale)
    if pa.types.is_dictionary(type):
        return cells_of(type.value_type)
    return _nested(type)


def _nested(type):
    if pa.types.is_fixed_size_list(type):
        return st.lists(cells_of(type.value_type), min_size=2, max_size=2)
    if pa.types.is_map(type):
        return st.dictionaries(cells_of(type.key_type), cells_of(type.item_type), max_size=2).map(
            lambda pairs: list(pairs.items())
        )
    if pa.types.is_list(type) or pa.types.is_large_list(type):
        return st.lists(st.none() | cells_of(type.value_type), max_size=3)
    if pa.types.is_struct(type):
        return st.fixed_dictionaries({field.name: cells_of(field.type) for field in type})
    if pa.types.is_null(type):
        return st.none()
    if pa.types.is_date64(type):
        return st.integers(0, 20_000).map(lambda day: day * 86_400_000)
    return st.integers(0, 86_000)  # times and dates, by their number


@st.composite
def tables(draw):
    """An Arrow table, with metadata, and which column the label is."""
    n_rows, n_columns = draw(st.integers(1, 7)), draw(st.integers(0, 5))
    fields, columns = [], []
    for i in range(n_columns):
        type = draw(st.sampled_from(TYPES))
        cells = draw(st.lists(st.none() | cells_of(type), min_size=n_rows, max_size=n_rows))
        fields.append(
            pa.field(f"c{i}", type, metadata={"unit": "m"} if draw(st.booleans()) else None)
        )
        columns.append(_array(cells, type))
    position = draw(st.integers(0, n_columns))
    kind = draw(st.sampled_from([pa.string(), pa.null(), pa.dictionary(pa.int8(), pa.string())]))
    labels = (
        [None] * n_rows
        if pa.types.is_null(kind)
        else draw(
            st.lists(st.sampled_from([None, "low", "high"]), min_size=n_rows, max_size=n_rows)
        )
    )
    fields.insert(position, pa.field("label", kind))
    columns.insert(position, _array(labels, kind))
    metadata = draw(st.sampled_from([None, {"owner": "somebody", "": "x"}]))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata)), position


def _array(cells, type):
    if pa.types.is_dictionary(type):
        return pa.array(cells, type.value_type).dictionary_encode().cast(type)
    return pa.array(cells, type)
