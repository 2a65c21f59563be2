"""The curve of a store, and what is noted of its rounds."""

import pytest

from skal.labelling import Answer, Draw
from skal.labelling.standing import told
from skal.labelling.watching import Watch
from skal.metrics import Estimate


def test_an_estimate_is_told_without_what_is_not_finite():
    point = told(Estimate(float("nan"), float("-inf"), 1.0, 2, 9, "", "r2"))
    assert point == {
        "value": None, "low": None, "high": 1.0, "n": 2, "enough": False, "scoring": "r2",
        "remark": "",
    }  # fmt: skip


def test_the_curve_has_a_point_a_round_from_30_random_rows_on(make, tmp_path):
    path = tmp_path / "big.csv"
    path.write_text("text,category\n" + "".join(f"text {i},\n" for i in range(400)))
    store = make(path, audit_reserve=0.5)
    desk, reserve = store.desk, store.pool().items[store.reserve()].tolist()
    for start in (0, 20, 40):
        items = reserve[start : start + 20]
        number = desk.begin_round("Margin", {}, 0)
        draws = [Draw(item, "audit", 0.5, "a") for item in items]
        watched = desk.watched().tolist()
        desk.finish_round(number, draws, {"seconds": 1}, Watch(watched, ["a"] * len(watched)))
        desk.note_performance(number)
        assert desk.rounds()[0]["metrics"]["performance"]["n"] <= start
        desk.lease(1, f"tab {start}", 100)
        for n, item in enumerate(items):
            desk.record(Answer(item, 1, "label", "b" if n % 4 == 3 else "a"))
    (point,) = desk.curve()  # of the third round, which knew 40 random rows
    assert point["labels"] == 40
    assert 30 <= point["n"] <= 40
    assert point["value"] == pytest.approx(0.75, abs=0.03)
    assert point["low"] < 0.75 < point["high"]
    assert desk.rounds()[0]["metrics"]["seconds"] == 1


def test_without_random_rows_left_there_is_a_remark_and_no_point(make, tmp_path):
    path = tmp_path / "small.csv"
    path.write_text("text,category\n" + "".join(f"text {i},\n" for i in range(80)))
    store = make(path, audit_reserve=0.5)
    desk, reserve = store.desk, store.pool().items[store.reserve()].tolist()
    watched = desk.watched().tolist()
    for items in (reserve, []):
        number = desk.begin_round("Margin", {}, 0)
        draws = [Draw(item, "audit", 0.5, "a") for item in items]
        desk.finish_round(number, draws, {}, Watch(watched, ["a"] * len(watched)))
        desk.note_performance(number)
        for item in items:
            desk.record(Answer(item, 1, "label", "a"))
    found = desk.performance()
    assert found.enough
    assert found.n_measured == 0
    assert "cannot be measured" in told(found)["remark"]
    assert desk.curve() == []


def test_what_has_not_changed_is_not_computed_again(store):
    first = store.desk.performance()
    assert store.desk.performance() is first
    store.desk.record(Answer(1, 1, "label", "a"))
    assert store.desk.performance().n_labelled == 1
