"""Numbers of NumPy are as good as Python's; what is none is refused."""

import numpy as np
import pytest

from skal.labelling import Answer, Draw, StoreError

INT = np.int64


def test_numbers_of_numpy_are_plain_numbers(store):
    store.desk.record(Answer(INT(2), INT(1), "label", np.str_("a"), seconds=np.float64(1.5)))
    assert store.labels()[1] == "a"
    assert store.events()["seconds"].tolist() == [1.5]
    assert store.desk.ask(store.pool().items[5:8]) == 3
    assert [row["item"] for row in store.desk.show(np.array([3, 1]))] == [3, 1]
    assert len(store.desk.lease(INT(1), "page", INT(2))) == 2
    assert store.desk.undo(INT(1), INT(1)).event == 2
    free = store.pool().items[store.desk.candidates()][0]
    number = store.desk.begin_round("Margin", {}, 0)
    assert store.desk.finish_round(number, [Draw(free, "strategy")]) == 1


@pytest.mark.parametrize("wrong", ["1", None, 1.0, True, 2**70, -1])
def test_what_is_no_number_is_refused(store, wrong):
    calls = [
        lambda: store.desk.record(Answer(wrong, 1, "label", "a")),
        lambda: store.desk.record(Answer(1, wrong, "label", "a")),
        lambda: store.desk.lease(wrong, "page"),
        lambda: store.desk.ask([wrong]),
        lambda: store.desk.show([wrong]),
        lambda: store.desk.draw(wrong),
        lambda: store.desk.sample(wrong),
        lambda: store.desk.undo(wrong, 1),
        lambda: store.desk.history(n=wrong),
    ]
    for call in calls:
        with pytest.raises(StoreError, match="must be a whole number"):
            call()


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -1, "1", True])
def test_seconds_are_a_number(store, wrong):
    with pytest.raises(StoreError, match="seconds="):
        store.desk.record(Answer(1, 1, "label", "a", seconds=wrong))


def test_a_reason_is_a_text_and_an_annotator_is_there(store):
    with pytest.raises(StoreError, match="reason=5 must be a text"):
        store.desk.record(Answer(1, 1, "skip", reason=5))
    with pytest.raises(StoreError, match="no annotator 99"):
        store.desk.lease(99, "page")
