"""The reserve: the same rows in every round."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

pytest.importorskip("click")

from skal.cli.draws import Draws
from skal.cli.reserve import SHARE, moved, places
from tests.cli.people import table_of


def frame(n=4000):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "n": rng.normal(size=n).round(2),
            "word": rng.choice(["a", "Über", "c d"], n),
            "i": range(n),
        }
    )


def test_places_are_uniform_and_independent_of_the_cells():
    table = frame()
    placed = places(table)
    assert stats.kstest(placed, "uniform").pvalue > 0.01
    for column in ("n", "i"):
        assert abs(np.corrcoef(placed, table[column])[0, 1]) < 0.05
    assert stats.kstest(places(table[["i"]]), "uniform").pvalue > 0.01  # of numbers in a row
    assert abs(np.corrcoef(placed[:-1], placed[1:])[0, 1]) < 0.05


def test_places_follow_their_rows():
    table = frame(300)
    order = np.random.default_rng(1).permutation(300)
    shuffled = table.iloc[order][["i", "word", "n"]]
    np.testing.assert_array_equal(places(shuffled), places(table)[order])
    twice = pd.concat([table, table], ignore_index=True)
    np.testing.assert_array_equal(places(twice)[300:], places(table))


def test_places_stay_the_same_in_later_versions():
    table = pd.DataFrame({"a": [1.5, 2], "b": ["x", None], "c": [True, False]})
    np.testing.assert_allclose(places(table), [0.7059286881310292, 0.8731858565670182])


def test_a_spreadsheet_that_writes_cells_in_its_own_way(folder):
    ours = "a,b,c,when,y\n1.50,yes,TRUE,2024-03-01,u\n20,No  no,FALSE,2024-03-02,\n"
    excel = "b;a;when;c;y\nYes;1,5;01.03.2024;WAHR;u\nNo no;20;02.03.2024;FALSCH;\n"
    excel = excel.replace("WAHR", "True").replace("FALSCH", "False")
    drop = {"columns": "y"}
    one = places(table_of(ours).typed.drop(**drop))
    np.testing.assert_array_equal(places(table_of(excel).typed.drop(**drop)), one)


def test_with_an_id_other_cells_may_change():
    table = frame(50)
    changed = table.assign(n=0.0, note="new")
    np.testing.assert_array_equal(places(table, "i"), places(changed, "i"))
    assert not np.array_equal(places(table), places(changed))


def test_random_rows_that_would_not_be_drawn_today_are_counted():
    placed = np.array([0.1, 0.9, 0.8, 0.3])
    random = np.array([True, True, True, False])
    draws = Draws(random, np.array([2, 2, 1, 2]))
    assert moved(draws, placed) == 1  # in round 1 no strategy had chosen, and all could be drawn
    assert moved(Draws(random, np.array([2, 2, 1, 0])), placed) == 0
    assert 0 < SHARE < 1
