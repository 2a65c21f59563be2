"""What becomes of answers: repeated, corrected, taken back, in conflict."""

import uuid

import pytest

from skal.labelling import Answer, Conflict, StoreError, UnknownClass

ME, KIM = 1, 2


@pytest.fixture
def desk(store):
    store.team.add("Kim")
    store.desk.draw(5)
    return store.desk


def test_an_answer_that_comes_again_is_there_already(store, desk):
    answer = Answer(1, ME, "label", "a")
    first, again = desk.record(answer), desk.record(answer)
    assert (first.event, first.repeated) == (again.event, False)
    assert again.repeated
    assert len(store.events()) == 1


def test_a_uuid_is_of_one_answer(store, desk):
    told = str(uuid.uuid4())
    desk.record(Answer(1, ME, "label", "a", uuid=told.upper()))
    assert desk.record(Answer(1, ME, "label", "a", uuid=told)).repeated
    for other in (Answer(1, ME, "label", "b", uuid=told), Answer(2, ME, "label", "a", uuid=told)):
        with pytest.raises(Conflict, match="used for another answer"):
            desk.record(other)
    for wrong in ("", "x", None, 7):
        with pytest.raises(StoreError, match="not a uuid"):
            desk.record(Answer(1, ME, "label", "a", uuid=wrong))


def test_a_correction_keeps_how_the_row_was_drawn(store, desk):
    (lease,) = desk.lease(ME, "page", 1)
    desk.record(Answer(lease["item"], ME, "label", "a"))
    desk.record(Answer(lease["item"], ME, "label", "b"))
    events = store.events()
    assert events["holds"].tolist() == [False, True]
    assert events["drawn"].tolist() == ["cold", "cold"]
    assert events["propensity"].nunique() == 1
    assert store.progress()["classes"] == {"b": 1}


def test_an_undo_gives_the_item_back(store, desk):
    (lease,) = desk.lease(ME, "page", 1)
    item = lease["item"]
    first = desk.record(Answer(item, ME, "label", "a"))
    told = str(uuid.uuid4())
    undone = desk.undo(first.event, ME, told, "page")
    assert undone.lease["item"] == item
    assert store.progress()["done"] == 0
    again = desk.undo(first.event, ME, told, "page")  # the answer was lost
    assert again.repeated
    assert again.lease == undone.lease
    assert desk.lease(ME, "page", 1)[0]["item"] == item
    desk.record(Answer(item, ME, "label", "b"))
    assert store.events()["drawn"].tolist() == ["cold"] * 3
    assert store.check() == []


def test_an_undo_of_a_correction_brings_the_answer_before(store, desk):
    desk.record(Answer(1, ME, "label", "a"))
    second = desk.record(Answer(1, ME, "label", "b"))
    assert desk.undo(second.event, ME).lease is None
    assert store.labels()[0] == "a"
    with pytest.raises(Conflict, match="is not the current answer"):
        desk.undo(second.event, ME)


def test_who_comes_second_is_told_what_stands(store, desk):
    desk.record(Answer(1, ME, "label", "a"))
    with pytest.raises(Conflict, match="answered by others") as told:
        desk.record(Answer(1, KIM, "label", "b"))
    (standing,) = told.value.standing
    assert (standing["annotator"], standing["value"]) == (ME, "a")
    taken = desk.record(Answer(1, KIM, "label", "b", undoes=standing["event"]))  # Kim has chosen
    assert store.labels()[0] == "b"
    assert store.progress()["done"] == 1
    desk.undo(taken.event, KIM)
    assert store.labels()[0] == "a"
    assert store.check() == []


def test_an_item_that_somebody_has_is_not_answered_by_another(desk, clock):
    (lease,) = desk.lease(ME, "page", 1)
    with pytest.raises(Conflict, match="being answered by somebody else"):
        desk.record(Answer(lease["item"], KIM, "label", "a"))
    clock.now += 301
    desk.record(Answer(lease["item"], KIM, "label", "a"))
    with pytest.raises(Conflict):
        desk.record(Answer(lease["item"], ME, "label", "a"))


def test_an_answer_after_its_lease_is_taken_where_nobody_else_came(store, desk, clock):
    (lease,) = desk.lease(ME, "page", 1)
    clock.now += 10_000
    desk.record(Answer(lease["item"], ME, "label", "a"))
    assert store.events()["drawn"].tolist() == ["cold"]


def test_a_skip_has_a_reason_and_no_label(store, desk):
    desk.record(Answer(1, ME, "skip", reason="two topics"))
    assert store.labels()[0] is None
    assert store.events()["reason"].tolist() == ["two topics"]
    assert store.progress()["skipped"] == store.progress()["done"] == 1
    desk.record(Answer(1, ME, "label", "a"))  # on second thought
    assert store.progress()["skipped"] == 0


def test_only_the_owner_undoes_what_others_said(desk):
    mine = desk.record(Answer(1, ME, "label", "a")).event
    kims = desk.record(Answer(2, KIM, "label", "a")).event
    with pytest.raises(StoreError, match="another annotator's"):
        desk.undo(mine, KIM)
    desk.undo(kims, ME)


def test_labels_of_the_file_can_be_corrected(make, tickets):
    tickets.write_text("number,text,category\n1,x,a\n2,y,\n")
    store = make()
    (event,) = store.desk.history() or [{"id": 1}]
    store.desk.record(Answer(1, ME, "label", "b", undoes=event["id"]))
    assert store.labels().tolist() == ["b", None]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(1, ME, "label", "c"), r"'c' is not one of the classes \('a', 'b'\)"),
        (Answer(1, ME, "label", None), "None is not one of the classes"),
        (Answer(1, ME, "label", 1), "1 is not one of the classes"),
        (Answer(99, ME, "label", "a"), "no item 99"),
        (Answer(1, 99, "label", "a"), "no annotator 99"),
        (Answer(1, ME, "skip", "a"), "has no value"),
        (Answer(1, ME, "praise", "a"), "kind='praise'"),
        (Answer(1, ME, "undo"), "pass undoes"),
        (Answer(1, ME, "undo", undoes=99), "is not the current answer"),
        (Answer(1, ME, "label", "a", undoes=99), "is not the current answer"),
    ],
)
def test_a_wrong_answer_leaves_nothing(store, desk, answer, told):
    before = store.progress()
    with pytest.raises(StoreError, match=told):
        desk.record(answer)
    assert store.progress() == before


def test_no_event_is_undone_that_is_not_there(desk):
    with pytest.raises(StoreError, match="no event 99"):
        desk.undo(99, ME)


def test_unknown_classes_have_an_error_of_their_own(desk):
    with pytest.raises(UnknownClass):
        desk.record(Answer(1, ME, "label", "c"))


def test_who_has_answered_too_does_not_replace_another(make):
    store = make(overlap=2)
    store.team.add("Kim")
    first = store.desk.record(Answer(1, ME, "label", "a"))
    store.desk.record(Answer(1, KIM, "label", "b"))
    with pytest.raises(Conflict, match="undo your answer first"):
        store.desk.record(Answer(1, KIM, "label", "b", undoes=first.event))


def test_history_is_told_the_newest_first(desk):
    for item in range(1, 6):
        desk.record(Answer(item, ME if item % 2 else KIM, "label", "a"))
    assert [event["item"] for event in desk.history(n=2)] == [5, 4]
    assert [event["item"] for event in desk.history(KIM)] == [4, 2]
    newest = desk.history(n=1)[0]
    assert [event["item"] for event in desk.history(before=newest["id"], n=2)] == [4, 3]
    assert newest["annotator"] == "owner"
    assert newest["holds"] is True
