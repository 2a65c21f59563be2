"""Who gets which item, and for how long."""

import pytest

from skal.labelling import Answer, StoreError

ME, KIM, LEE = 1, 2, 3


def items(leases):
    return [lease["item"] for lease in leases]


@pytest.fixture
def desk(store):
    store.team.add("Kim")
    store.desk.draw(20)
    return store.desk


def test_nobody_gets_what_another_has(desk):
    mine, kims = items(desk.lease(ME, "a")), items(desk.lease(KIM, "b"))
    assert len({*mine, *kims}) == 16
    assert len(desk.lease(KIM, "another page of hers", 8)) == 4  # what is left


def test_a_reload_gets_its_own_back_first(desk):
    mine = items(desk.lease(ME, "a", 4))
    assert items(desk.lease(ME, "a", 4)) == mine
    assert items(desk.lease(ME, "a", 8))[:4] == mine
    assert not {*items(desk.lease(ME, "a second tab", 4))} & {*mine}


def test_a_lease_ends_unless_it_is_renewed(desk, clock):
    lease, other = desk.lease(ME, "a", 2)
    clock.now += 200
    assert desk.renew(ME, [lease["id"], 999]) == [lease["id"]]
    assert desk.renew(KIM, [lease["id"]]) == []
    clock.now += 200
    kims = items(desk.lease(KIM, "b", 20))
    assert other["item"] in kims
    assert lease["item"] not in kims
    assert desk.renew(ME, [lease["id"], other["id"]]) == [lease["id"]]


def test_an_item_can_be_given_back(desk):
    (lease,) = desk.lease(ME, "a", 1)
    assert not desk.release(KIM, lease["id"])
    assert desk.release(ME, lease["id"])
    assert not desk.release(ME, lease["id"])
    assert items(desk.lease(KIM, "b", 1)) == [lease["item"]]


def test_items_come_in_the_order_of_their_ranks(store):
    store.desk.ask([7, 3])
    store.desk.ask([9])
    store.desk.draw(1)
    store.desk.ask([3])  # moves
    assert items(store.desk.lease(ME, "a"))[:3] == [3, 9, 7]


def test_at_overlap_two_each_item_goes_to_two_people(make):
    store = make(overlap=2)
    for name in ("Kim", "Lee"):
        store.team.add(name)
    desk = store.desk
    desk.draw(4)
    mine, kims = desk.lease(ME, "a"), desk.lease(KIM, "b")
    assert sorted(items(mine)) == sorted(items(kims))
    assert len(items(mine)) == 4
    assert desk.lease(LEE, "c") == []
    desk.record(Answer(mine[0]["item"], ME, "label", "a"))
    assert desk.lease(LEE, "c") == []
    assert mine[0]["item"] not in items(desk.lease(ME, "a"))
    desk.release(KIM, next(x["id"] for x in kims if x["item"] == mine[0]["item"]))
    assert items(desk.lease(LEE, "c")) == [mine[0]["item"]]
    assert store.check() == []


def test_at_overlap_two_a_late_answer_is_the_first_of_two(make, clock):
    """Even if its item has left the queue: nobody would be asked for the second one."""
    store = make(overlap=2)
    store.team.add("Kim")
    store.desk.draw(1)
    ((item, *_),) = [items(store.desk.lease(ME, "a", 1))]
    clock.now += 10_000
    number = store.desk.begin_round("Random", {}, 0)
    store.desk.finish_round(number, [])
    assert store.desk.record(Answer(item, ME, "label", "a"), "a")
    assert store.desk.lease(ME, "a", 5) == []
    assert items(store.desk.lease(KIM, "b", 5)) == [item]
    store.desk.record(Answer(item, KIM, "label", "b"), "b")
    assert store.desk.lease(KIM, "b", 5) == []
    assert store.check() == []


@pytest.mark.parametrize("n", [0, -1, 101, 2.0, True, None])
def test_only_a_few_items_at_once(desk, n):
    with pytest.raises(StoreError, match="n="):
        desk.lease(ME, "a", n)


def test_more_overlap_asks_again_and_less_asks_no_more(store):
    store.team.add("Kim")
    store.desk.draw(3)
    mine = items(store.desk.lease(ME, "a"))
    store.desk.record(Answer(mine[0], ME, "label", "a"))
    assert store.progress()["done"] == 1
    store.set_overlap(2)
    assert store.progress()["done"] == 0
    assert items(store.desk.lease(KIM, "b"))[0] == mine[0]
    assert store.check() == []
    store.set_overlap(1)
    assert store.progress()["done"] == 1
    assert mine[0] not in items(store.desk.lease(KIM, "b"))
    assert store.check() == []
    with pytest.raises(StoreError, match="overlap=0"):
        store.set_overlap(0)
