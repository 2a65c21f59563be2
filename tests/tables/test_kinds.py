"""What columns are."""

import numpy as np
import pandas as pd
import pytest

from skal.tables.kinds import check_cells, kinds_of_columns


def test_what_columns_are():
    n = 60
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "code": [f"c{i}" for i in rng.permutation(n)],
            "age": rng.normal(size=n).round(1),
            "city": rng.choice(["Rome", "Oslo"], n),
            "note": [" ".join(rng.choice(list("abcdefgh"), 6)) for _ in range(n)],
            "constant": 1,
            "happy": rng.random(n) < 0.5,
            "joined": pd.date_range("2020-01-01", periods=n),
            "number": range(n),
            "sometimes": np.where(np.arange(n) % 2, "yes", None),
        }
    )
    assert kinds_of_columns(frame) == {
        "numeric": ["age"],
        "date": ["joined"],
        "categorical": ["city", "happy", "sometimes"],
        "text": ["note"],
        "left out": ["code", "constant", "number"],
    }


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([np.inf, 1.5, 2.5], "Column 'x' contains inf"),
        ([[1], [2], [3]], "Column 'x' contains cells of type list"),
        ([1j, 2j, 3j], "Column 'x' contains complex numbers"),
    ],
)
def test_cells_that_are_neither(cells, message):
    with pytest.raises(ValueError, match=message):
        check_cells(pd.Series(cells, name="x"))
