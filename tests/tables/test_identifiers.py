"""Columns that only identify the rows."""

import pandas as pd
import pytest

pytest.importorskip("skrub")

from skal.tables.kinds import kinds_of_columns


@pytest.mark.parametrize(
    ("name", "cells", "left_out"),
    [
        ("number", [3, 1, 2, 5, 4], True),
        ("price", [3, 1, 2, 6, 4], False),
        ("price", [3, 1, 2, 4, 4], False),
        ("price", [3.0, 1.0, 2.0, 5.0, 4.0], False),
        ("id", [10, 20, 40, 90, 70], True),
        ("customer_id", [10, 20, 40, None, 70], True),
        ("customerId", [10, 20, 40, 90, 90], False),
        ("customerId", ["x", "y", "z", "u", None], True),
        ("IDnumber", [10, 20, 40, 90, 70], True),
        ("ID", ["x", "y", "z", "u", "w"], True),
        ("Unnamed: 0", [10, 20, 40, 90, 70], True),
        ("key", [10, 20, 40, 90, 70], True),
        ("index", [1.5, 2.5, 4.5, 9.5, 7.5], False),
        ("IDLE_TIME", [10, 20, 40, 90, 70], False),
        ("paid", [10, 20, 40, 90, 70], False),
        ("width", [10, 20, 40, 90, 70], False),
        ("word", ["x", "y", "z", "u", "w"], True),
        ("word", ["x", "y", "z", "u", None], False),
        ("note id", [f"four words for {i}" for i in range(5)], False),
        ("id", pd.array([10, 20, 40, None, 70], dtype="Int64"), True),
    ],
)  # fmt: skip
def test_identifiers_are_left_out(name, cells, left_out):
    assert kinds_of_columns(pd.DataFrame({name: cells}))["left out"] == [name] * left_out
