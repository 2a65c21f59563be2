"""The column that says how a row was chosen."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")

from skal.cli.draws import COLUMN, at_random, by_strategy, draws_of, new_cells, with_cells
from skal.cli.trouble import Trouble
from tests.cli.people import table_of


def test_cells_are_read_as_they_are_written():
    cells = [at_random(2, 250, 3), "", by_strategy(3), None, "random  2 of 9 in round 1 "]
    draws = draws_of(pd.DataFrame({COLUMN: cells}))
    assert draws.random.tolist() == [True, False, False, False, True]
    assert draws.round.tolist() == [3, 0, 3, 0, 1]
    assert draws.by_strategy.tolist() == [False, False, True, False, False]
    assert draws.next_round == 4
    assert draws.share == 0.5  # of round 3; round 1 is an audit


def test_a_file_without_the_column():
    draws = draws_of(pd.DataFrame({"a": [1, 2]}))
    assert not draws.random.any()
    assert draws.next_round == 1
    assert draws.share == 0


def test_a_cell_that_somebody_changed():
    with pytest.raises(Trouble, match=r"holds 'yes'.*restore that cell or empty it"):
        draws_of(pd.DataFrame({COLUMN: ["yes"]}))


def test_a_row_keeps_what_it_has():
    there = pd.Series([by_strategy(1), "", None])
    new = new_cells(there, [0, 1, 2, 2], [by_strategy(2), "", at_random(1, 9, 2), by_strategy(2)])
    assert new == {2: at_random(1, 9, 2)}
    frame = with_cells(pd.DataFrame({COLUMN: there, "a": [1, 2, 3]}), new)
    assert draws_of(frame).round.tolist() == [1, 0, 2]
    assert draws_of(with_cells(frame[["a"]], new)).round.tolist() == [0, 0, 2]


def test_no_model_learns_from_it(folder):
    table = table_of(f"a,{COLUMN},y\n1,strategy in round 1,u\n2,,v\n")
    assert table.inputs.columns.tolist() == ["a"]
    for options in ({"label": COLUMN}, {"label": "y", "id": COLUMN}):
        with pytest.raises(Trouble, match="skal's own"):
            table_of(f"a,{COLUMN},y\n1,,u\n", **options)
    assert np.array_equal(table.y, ["u", "v"])
