"""Which rows are watched, and what is kept of what models say of them."""

import numpy as np

from skal.labelling import watching
from skal.labelling.watching import Watch, Watched


def test_watched_rows_are_of_the_reserve_and_stay(store, tickets):
    before = store.desk.watched()
    pool = store.pool()
    assert set(before) == set(pool.items[pool.reserve])  # of so small a file all
    tickets.write_text(tickets.read_text() + "a new row,\n")
    store.bind()
    assert set(before) <= set(store.desk.watched())


def test_the_choice_is_some_of_many(store):
    many = np.arange(1, 5001)
    run = store.desk._standing._readers.run
    chosen = run(watching.chosen, many)
    assert len(chosen) == watching.MOST
    fewer = run(watching.chosen, many[many <= 4000])
    assert set(chosen[chosen <= 4000]) <= set(fewer)


def test_probabilities_of_the_last_model_alone_are_kept(store):
    desk, items = store.desk, store.desk.watched()[:2].tolist()
    for n in range(2):
        number = desk.begin_round("Margin", {}, n)
        said = Watch(items, ["a", "b"], [{"a": 1.0}, {"b": 0.9}], 0.95)
        desk.finish_round(number, [], {}, said)
    first, second = desk._standing._readers.run(watching.read)
    assert first.proba is None
    assert second.proba == [{"a": 1.0}, {"b": 0.9}]
    assert (second.items.tolist(), second.predicted.tolist()) == (items, ["a", "b"])
    assert second.expected == 0.95
    assert desk._standing._readers.run(watching.last_round) == second.round


def test_models_are_compared_on_rows_that_both_have():
    one = Watched(1, 10, np.array([3, 1, 2]), np.array(["c", "a", "b"]), 0.5, None)
    other = Watched(2, 20, np.array([1, 3, 4]), np.array(["a", "d", "x"]), 0.5, None)
    items = watching.common([one, other], [1])
    assert items.tolist() == [3]
    assert one.predicted[watching.places(one, items)].tolist() == ["c"]
    assert other.predicted[watching.places(other, items)].tolist() == ["d"]
