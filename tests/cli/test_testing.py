"""The rows that a comparison tests on."""

import numpy as np
import pytest

pytest.importorskip("click")

from skal.cli.draws import COLUMN, at_random, by_strategy
from skal.cli.testing import data_of
from tests.cli.people import table_of


def told(cells, n_empty):
    lines = [f"{i},{cell},{'uv'[i % 2]}" for i, cell in enumerate(cells)]
    lines += [f"{i},,\n" for i in range(n_empty)]
    table = table_of("\n".join([f"a,{COLUMN},y", *lines]) + "\n")
    X = np.arange(len(table.y), dtype=float)[:, np.newaxis]
    return data_of(table, X, table.y.to_numpy(), 0.3)


def test_random_rows_are_the_test_rows(folder):
    cells = [at_random(40, 90, 1)] * 40 + [by_strategy(1)] * 60 + [""] * 20
    tested = told(cells, 30)
    X, y, X_test, y_test = tested.data
    assert X_test.ravel().tolist() == list(range(40))
    assert X.ravel().tolist() == list(range(40, 150))
    assert y_test.tolist() == ["u", "v"] * 20
    assert tested.n_labels == 80
    assert "the 40 labelled rows that were drawn at random" in tested.remark


@pytest.mark.parametrize(
    ("cells", "n_empty", "remark"),
    [
        ([at_random(9, 90, 1)] * 9 + [by_strategy(1)] * 60, 30, "only 9 of 69 labelled rows"),
        ([""] * 50, 30, "50 of 80 rows are labelled. If a strategy chose them"),
        ([""] * 50, 0, ""),
        ([at_random(50, 90, 1)] * 50, 30, ""),
    ],
)
def test_what_may_mislead_is_told(folder, cells, n_empty, remark):
    tested = told(cells, n_empty)
    assert len(tested.data) == 2
    assert tested.n_labels == int(len(cells) * 0.7)
    assert remark in tested.remark
    assert bool(remark) == bool(tested.remark)
