"""Cells that say a number or a date."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")
pytest.importorskip("skrub")

from skal.cli.cells import parsed
from skal.cli.columns import as_numbers
from skal.tables.kinds import kinds_of_columns
from tests.cli.people import table_of


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1234,56", "7,5", "-0,25"], [1234.56, 7.5, -0.25]),
        (["1.234,56", "1.234", "12"], [1234.56, 1234, 12]),
        (["$1,234", "-$5", "$ 0.50"], [1234, -5, 0.5]),
        (["€ 5", "1 234 €", "£7"], [5, 1234, 7]),
        (["9.6%", "10 %", "+3%"], [9.6, 10, 3]),
        (["1e3", "2E-1 ", "x"], None),
        (["1,2,3", "4,5,6", "7,8,9"], None),
        (["", "", ""], None),
    ],
)  # fmt: skip
def test_cells_that_say_numbers(cells, numbers):
    column = pd.Series([*cells, None], dtype=object)
    decimals = ",." if any(cell.rpartition(",")[2] in ("56", "5") for cell in cells) else ".,"
    made = parsed(column, decimals)
    if numbers is None:
        assert made is column
    else:
        assert made.isna().tolist() == [False] * 3 + [True]
        np.testing.assert_allclose(made[:3], numbers)


def test_a_few_odd_cells_are_missing():
    column = pd.Series([f"{i},5" for i in range(96)] + ["unknown"] * 4)
    made = parsed(column)
    assert made.isna().sum() == 4
    assert made[7] == 7.5
    more = pd.concat([column, column[-4:]], ignore_index=True)
    assert parsed(more) is more


@pytest.mark.parametrize(
    "dates",
    [
        ["2024-03-01 07:00", "2024-03-01 08:30", None],
        ["2024-03-01", "2024-03-02T01:02:03Z", None],
        ["2024/3/01", "2023/12/31", None],
    ],
)
def test_dates_as_text_are_numbers(dates):
    many = pd.Series(dates * 5, dtype=object)
    made = parsed(many)
    assert str(made.dtype).startswith("datetime64")
    X, kinds = as_numbers(pd.DataFrame({"when": made}))
    assert kinds["date"] == ["when"]
    assert np.isfinite(X).all()
    assert abs(X).max() < 4  # a date that is missing is no date long ago


def test_columns_of_a_file_as_people_write_them(folder):
    rows = [
        f"{i},{i % 7};$ {i}.{i % 10};2024-03-{i + 1:02d} 07:00;{'uv'[i % 2]}" for i in range(20)
    ]
    table = table_of("\n".join(["much;money;when;y", *rows, "3,5;$3;2024-03-30;"]) + "\n")
    kinds = kinds_of_columns(table.inputs)
    assert kinds["numeric"] == ["much", "money"]
    assert kinds["date"] == ["when"]
    assert table.typed["much"][3] == 3.3
    assert table.written["money"][3] == "$ 3.3"
