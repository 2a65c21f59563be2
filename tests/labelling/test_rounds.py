"""Rounds of a strategy and the queue that each leaves."""

import pytest

from skal.labelling import Answer, Draw, Store, StoreError

ME = 1


def items(leases):
    return [lease["item"] for lease in leases]


def outside(store, n):
    pool = store.pool()
    return pool.items[~pool.reserve][:n].tolist()


def test_a_round_replaces_what_nobody_holds(store):
    desk = store.desk
    desk.draw(20)
    held = items(desk.lease(ME, "page", 4))
    desk.record(Answer(held[0], ME, "label", "a"))
    number = desk.begin_round("Margin", {"batch_size": 3}, seed=7)
    free = [item for item in outside(store, 30) if item not in held][:3]
    draws = [Draw(item, "strategy", None, "a", {"a": 0.6, "b": 0.4}) for item in free]
    audits = desk.sample(2)
    assert desk.finish_round(number, [*draws, *audits, Draw(held[1], "strategy")], {"r": 1}) == 5
    assert store.progress()["queued"] == 3 + 5
    now = desk.lease(ME, "page", 8)
    assert items(now)[:3] == held[1:]
    assert items(now)[3:] == [*free, *(draw.item for draw in audits)]
    for lease in now:
        desk.record(Answer(lease["item"], ME, "label", "b"))
    events = store.events().set_index("item")
    assert events.loc[held[1], "drawn"] == "cold"  # it keeps how it was drawn
    assert events.loc[free, "strategy"].tolist() == ["Margin"] * 3
    assert events.loc[free, "propensity"].isna().all()  # chosen for certain
    assert events.loc[free[0], "proba"] == {"a": 0.6, "b": 0.4}
    assert events.loc[free[0], "predicted"] == "a"
    assert (events.loc[[d.item for d in audits], "drawn"] == "audit").all()
    (told,) = desk.rounds()
    assert (told["status"], told["n_labels"], told["seed"]) == ("done", 1, 7)
    assert told["parameters"] == {"batch_size": 3}
    assert told["metrics"] == {"r": 1}


def test_items_that_wait_for_a_second_answer_stay_and_come_first(make):
    store = make(overlap=2)
    store.team.add("Kim")
    store.desk.draw(5)
    (lease,) = store.desk.lease(ME, "page", 1)
    store.desk.record(Answer(lease["item"], ME, "label", "a"))
    number = store.desk.begin_round("Margin", {}, 0)
    store.desk.finish_round(number, [])
    assert items(store.desk.lease(2, "page")) == [lease["item"]]
    assert store.check() == []


def test_a_round_that_fails_leaves_the_queue(store):
    store.desk.draw(3)
    number = store.desk.begin_round("Margin", {}, 0)
    store.desk.fail_round(number, "ValueError: no")
    assert store.progress()["queued"] == 3
    assert store.desk.rounds()[0]["error"] == "ValueError: no"
    for late in (lambda: store.desk.finish_round(number, []), lambda: store.desk.fail_round(9, "")):
        with pytest.raises(StoreError, match="not running"):
            late()


def test_rounds_of_a_process_that_ended_have_failed(store):
    store.desk.begin_round("Margin", {}, 0)
    store.close()
    with Store.open(store.folder) as again:
        assert again.desk.rounds()[0]["status"] == "failed"


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (Draw(99, "strategy"), "no item 99"),
        (Draw(1, "guess"), "kind='guess'"),
        (Draw(1, "cold"), "requires a propensity"),
        (Draw(1, "strategy", 0.0), "propensity=0.0"),
        (Draw(1, "strategy", 1.5), "propensity=1.5"),
    ],
)
def test_a_wrong_draw_changes_nothing(make, draw, told):
    store = make(audit_reserve=0)
    store.desk.draw(3)
    number = store.desk.begin_round("Margin", {}, 0)
    with pytest.raises(StoreError, match=told):
        store.desk.finish_round(number, [Draw(5, "strategy"), draw])
    assert store.progress()["queued"] == 3
    assert store.desk.rounds()[0]["status"] == "running"


def test_the_reserve_is_left_alone(store):
    reserved = int(store.pool().items[store.reserve()][0])
    number = store.desk.begin_round("Margin", {}, 0)
    with pytest.raises(StoreError, match="audit reserve"):
        store.desk.finish_round(number, [Draw(reserved, "strategy")])
    with pytest.raises(StoreError, match="not in the audit reserve"):
        store.desk.finish_round(number, [Draw(outside(store, 1)[0], "audit", 0.1)])
