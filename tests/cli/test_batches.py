"""Batches: what a strategy chooses, and what is drawn at random."""

import numpy as np
import pytest

pytest.importorskip("click")

from skal.cli.batches import batch_of
from skal.cli.draws import COLUMN, at_random, by_strategy, draws_of
from skal.cli.reserve import SHARE, places
from tests.cli.people import table_of


def table(n=400, drawn=()):
    cells = [*drawn, *[""] * (n - len(drawn))]
    lines = [f"{i},{cell},{'u' if cell else ''}" for i, cell in enumerate(cells)]
    return table_of("\n".join([f"i,{COLUMN},y", *lines]) + "\n")


def pool_of(table):
    return np.flatnonzero(table.y.isna())


def test_no_strategy_chooses_from_the_reserve(folder):
    t = table()
    batch = batch_of(t, pool_of(t), 20, 0.1)
    placed = places(t.typed.drop(columns="y"))
    assert len(batch.drawn) == 2
    assert (placed[batch.drawn] < SHARE).all()
    assert sorted(placed)[:2] == placed[batch.drawn].tolist()
    assert (placed[batch.pool] >= SHARE).all()
    assert len(batch.pool) + batch.n_reserve == 400
    rows = batch.mixed(batch.pool[:18], seed=0)
    assert [row for row in rows if row not in batch.drawn] == batch.pool[:18].tolist()
    assert set(rows) == {*batch.drawn, *batch.pool[:18]}


def test_small_batches_come_to_the_share_together(folder):
    n_random, cells = 0, []
    for number in range(1, 11):
        t = table(drawn=cells)
        k = len(batch_of(t, pool_of(t), 3, 0.2).drawn)
        n_random += k
        cells += [at_random(k, 90, number)] * k + [by_strategy(number)] * (3 - k)
    assert n_random == 6
    assert draws_of(table(drawn=cells).written).share == pytest.approx(0.2, abs=0.03)


def test_the_reserve_stays_closed(folder):
    t = table(drawn=[at_random(1, 90, 1), by_strategy(1)])
    batch = batch_of(t, pool_of(t), 5, None)  # without --audit
    assert not len(batch.drawn)
    assert batch.n_reserve > 0
    assert batch.is_marked
    plain = table(drawn=[by_strategy(1)])
    assert len(batch_of(plain, pool_of(plain), 5, None).pool) == 399


def test_where_a_strategy_has_no_row_left_the_rest_is_random(folder):
    t = table()
    placed = places(t.typed.drop(columns="y"))
    reserve = np.flatnonzero(placed < SHARE)
    batch = batch_of(t, reserve, 5, 0.1)
    assert len(batch.drawn) == 5
    assert batch.mixed(batch.pool, 0).tolist()
    assert len(batch_of(t, reserve[:2], 5, 0.1).drawn) == 2
