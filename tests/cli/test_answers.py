"""Rows of answers found again in the file that they are from."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")

from skal.cli.answers import is_same, rows_by_id, text_of
from skal.cli.trouble import Trouble
from tests.cli.people import table_of


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a  b", "a b ", True),
        ("1.50", "1.5", True),
        ("1,5", "1.5", True),  # a spreadsheet of another country
        ("TRUE", "True", True),
        ("007", "7", True),
        (None, "", True),
        (float("nan"), "", True),
        (pd.Timestamp("2024-03-01"), "2024-03-01 00:00:00", True),
        (pd.Timestamp("2024-03-01"), "soon", False),
        ("low", "Low", False),
        (np.array([1, 2]), "[1 2]", True),
    ],
)
def test_cells_that_say_the_same(one, other, same):
    assert is_same(one, other) == same


def test_cells_as_texts():
    assert text_of(" a\n b ") == "a b"
    assert text_of(None) == ""


def test_rows_by_what_names_them(folder):
    table = table_of("code,y\na,\nb,\nb,\n c ,\n", id="code")
    asked = pd.DataFrame({"code": ["c", "a", "c"]})
    assert rows_by_id(table, asked, "table.csv").tolist() == [3, 0, 3]
    for name, times in (("b", 2), ("z", "no")):
        with pytest.raises(Trouble, match=f"'{name}' is in {times} rows of table.csv"):
            rows_by_id(table, pd.DataFrame({"code": ["a", name]}), "table.csv")
