"""What holds is what the log says, whatever was said."""

import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skal.labelling import Answer, Conflict, Store, StoreError
from skal.labelling.log import standing

STEP = st.tuples(
    st.sampled_from(["label", "skip", "undo", "replace", "round", "overlap"]),
    st.integers(1, 4),  # item
    st.integers(1, 3),  # annotator
    st.sampled_from(["a", "b"]),
)


def slow_replay(events):
    """By another way: walk back through each item's past until nothing is undone."""
    undone = {e["undoes"] for e in events if e["kind"] == "undo"}
    alive = [e for e in events if e["kind"] != "undo" and e["id"] not in undone]
    by_id = {e["id"]: e for e in events}

    def is_replaced(event):
        return any(
            later["undoes"] is not None
            and later["id"] > event["id"]
            and by_id[later["undoes"]]["annotator"] == event["annotator"]
            for later in alive
            if later["item"] == event["item"]
        )

    latest = {(e["item"], e["annotator"]): e for e in alive}
    return {
        key: (e["id"], e["kind"], e["value"]) for key, e in latest.items() if not is_replaced(e)
    }


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, max_size=25), overlap=st.integers(1, 2))
def test_what_holds_is_the_log_replayed(tmp_path_factory, steps, overlap):
    path = tmp_path_factory.mktemp("store") / "rows.csv"
    path.write_text("text\n" + "".join(f"row {i}\n" for i in range(4)))
    with Store.create(path, classes=["a", "b"], overlap=overlap, seed=0) as store:
        for name in ("Kim", "Lee"):
            store.team.add(name)
        store.desk.draw(4)
        for step in steps:
            try:
                take(store, *step)
            except (Conflict, StoreError):
                assert store.check() == []
        assert store.check() == []
        connection = sqlite3.connect(store.folder / "store.db")
        connection.row_factory = sqlite3.Row
        events = connection.execute("SELECT * FROM event ORDER BY id").fetchall()
        current = connection.execute("SELECT item, annotator, event, kind, value FROM current")
        assert {(row[0], row[1]): tuple(row[2:]) for row in current} == slow_replay(events)
        connection.close()
        said = [label for label in store.labels() if label is not None]
        assert len(said) + len(store.ties()) == len(
            {i for (i, _), (_, kind, _) in slow_replay(events).items() if kind == "label"}
        )


def take(store, kind, item, who, value):
    desk, events = store.desk, store.desk.history()
    of_item = [event for event in events if event["item"] == item and event["holds"]]
    desk.lease(who, "page", 1)
    if kind in ("undo", "replace"):
        if of_item:
            target = of_item[0]["id"]
            if kind == "undo":
                desk.undo(target, who)
            else:
                desk.record(Answer(item, who, "label", value, undoes=target))
    elif kind == "round":
        desk.finish_round(desk.begin_round("Margin", {}, 0), desk.sample(2, "cold"))
    elif kind == "overlap":
        store.set_overlap(1 + (value == "b"))
    else:
        desk.record(Answer(item, who, kind, value if kind == "label" else None))


@pytest.mark.parametrize(
    ("events", "holds"),
    [
        ([], {}),
        ([(1, "label", None), (1, "label", None)], {1: 2}),
        ([(1, "label", None), (2, "skip", None)], {1: 1, 2: 2}),
        ([(1, "label", None), (1, "label", None), (1, "undo", 2)], {1: 1}),
        ([(1, "label", None), (1, "label", None), (2, "label", 2)], {2: 3}),
        ([(1, "label", None), (2, "label", 1), (2, "undo", 2)], {1: 1}),
    ],
)
def test_small_logs(events, holds):
    log = [
        {"id": i, "annotator": who, "kind": kind, "undoes": undoes}
        for i, (who, kind, undoes) in enumerate(events, start=1)
    ]
    assert {who: event["id"] for who, event in standing(log).items()} == holds
