"""Dates as people write them."""

import pandas as pd
import pytest

pytest.importorskip("click")

from skal.cli.dates import as_dates, doubtful_dates, order_of_days
from tests.cli.people import run


@pytest.mark.parametrize(
    ("cells", "order", "first"),
    [
        (["01.03.2024", "31.12.2024"], "day", "2024-03-01"),
        (["1.3.2024", "2.4.2024 7:30"], "day", "2024-03-01"),
        (["01/03/2024", "31/12/2024"], "day", "2024-03-01"),
        (["01/03/2024", "12/31/2024"], "month", "2024-01-03"),
        (["01-03-2024", "02-03-2024"], "either", "2024-03-01"),
        (["2024-03-01", "2024/12/31"], "", "2024-03-01"),
    ],
)
def test_orders_of_days_and_months(cells, order, first):
    column = pd.Series([*cells, None])
    assert order_of_days(column) == order
    dates = as_dates(column)
    assert dates[0] == pd.Timestamp(first, tz="UTC")
    assert dates.isna().tolist() == [False, False, True]


def test_two_orders_are_none():
    column = pd.Series(["31/12/2024", "12/31/2024"])
    assert order_of_days(column) == ""
    assert as_dates(column).isna().all()


def test_doubtful_dates_are_told(folder):
    frame = pd.DataFrame(
        {"when": ["01/03/2024", "02/03/2024"] * 10, "sure": ["01.03.2024", "13.03.2024"] * 10}
    )
    (told,) = doubtful_dates(frame)
    assert told.startswith("Dates in column when such as 01/03/2024 are read with the day first")
    frame.assign(y=[*"uvuvuv", *[None] * 14]).to_csv("dates.csv", index=False)
    done = run("query", "dates.csv", "--label", "y", "-n", 2)
    assert done.exit_code == 0
    assert told in done.stderr
    assert "2 date (when, sure)" in done.stderr
