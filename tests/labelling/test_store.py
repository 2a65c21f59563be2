"""The store as its user sees it: made, opened, read, and what is refused."""

import stat
import threading

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.labelling import (
    Answer,
    ReadOnly,
    SimilarClass,
    SourceChanged,
    Store,
    StoreError,
    StoreInUse,
)

ME = 1


def label(store, item, value="a", who=ME):
    return store.desk.record(Answer(item, who, "label", value))


def test_labels_are_there_again(make, tickets):
    store = make()
    label(store, 3)
    label(store, 5, "b")
    store.close()
    with Store.open(f"{tickets}.skal") as again:
        y = again.labels()
        assert y.dtype == object
        assert y.tolist() == [None, None, "a", None, "b", *[None] * 35]
        assert again.check() == []


def test_labels_are_the_y_of_a_learner(store):
    for item in range(1, 21):
        label(store, item, "ab"[item % 2])
    X = np.arange(80.0).reshape(40, 2) % 2
    learner = ActiveLearner(LogisticRegression()).fit(X, store.labels())
    assert learner.classes_.tolist() == ["a", "b"]
    assert min(learner.query(batch_size=5)) >= 20  # of the rows that have no label
    assert store.desk.ask([int(store.pool().items[row]) for row in learner.query()]) == 1


def test_numbers_are_labels_too(make):
    store = make(task="regression", classes=())
    label(store, 1, 0.1 + 0.2)
    label(store, 2, "7")
    y = store.labels()
    assert y.dtype == float
    assert y[:2].tolist() == [0.1 + 0.2, 7.0]  # no digit is lost
    assert np.isnan(y[2:]).all()
    for wrong in ("x", float("nan"), float("inf"), None, True):
        with pytest.raises(StoreError, match="number"):
            label(store, 3, wrong)


def test_labels_of_the_file_are_taken_over(make, tickets):
    frame = pd.read_csv(tickets)
    frame["category"] = ["a", " b ", "nan", "none", *[None] * 36]
    frame.to_csv(tickets, index=False)
    store = make(classes=["z"], missing=["none"])
    assert store.labels()[:5].tolist() == ["a", "b", None, None, None]
    assert store.settings()["classes"] == ["z", "a", "b"]
    assert store.progress()["imported"] == 2
    with pytest.raises(StoreError, match="answered by others"):
        label(store, 1)


def test_events_tell_how_rows_were_drawn(store):
    store.desk.draw(1)
    store.desk.draw(1, "audit")
    for lease in store.desk.lease(ME, "page"):
        store.desk.record(Answer(lease["item"], ME, "label", "a", seconds=1.5))
    label(store, 40 if store.labels()[39] is None else 39)
    events = store.events()
    assert events["drawn"].tolist()[:2] == ["cold", "audit"]
    assert events["drawn"].isna().tolist() == [False, False, True]
    # one of 30 rows outside the reserve, one of the 10 in it
    assert events["propensity"][:2].tolist() == [1 / 30, 1 / 10]
    assert events["reserve"].tolist()[:2] == [False, True]
    assert events["holds"].all()
    assert (events["row"] == events["item"] - 1).all()
    assert str(events["at"].dt.tz) == "UTC"


def test_an_empty_store_has_empty_frames(store):
    assert store.events().empty
    assert store.ties().empty
    assert store.team.agreement().empty
    assert store.progress()["done"] == 0


def test_files_are_private(store):
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in [store.folder, *store.folder.glob("*")]
    }
    folders = {store.folder.name, "cache"}
    assert all(mode == (0o700 if name in folders else 0o600) for name, mode in modes.items()), modes


def test_one_process_writes_and_others_read(store):
    label(store, 1)
    with pytest.raises(StoreInUse, match="in this process: close"):
        Store.open(store.folder)
    with Store.open(store.folder, read_only=True) as other:
        assert other.labels()[0] == "a"
        label(store, 2, "b")
        assert other.labels()[1] == "b"
        for change in (
            lambda: other.desk.draw(1),
            lambda: other.add_class("c"),
            lambda: other.team.add("Kim"),
        ):
            with pytest.raises(ReadOnly, match="read-only"):
                change()
        assert other.check() == []
    label(store, 3)


def test_a_store_that_another_has_is_not_made_again(store, tickets):
    with pytest.raises(StoreInUse):
        Store.create(tickets)
    store.close()
    with pytest.raises(StoreError, match="holds a store already"):
        Store.create(tickets)
    Store.open(store.folder).close()


def test_a_closed_store_says_so(store):
    store.close()
    store.close()
    for use in (store.progress, lambda: store.desk.draw(1)):
        with pytest.raises(StoreError, match="is closed"):
            use()


def test_what_is_no_store_is_refused(tmp_path):
    with pytest.raises(StoreError, match="holds no store"):
        Store.open(tmp_path / "nothing.skal")
    (tmp_path / "store.db").write_text("no data base, but long enough to be read as one " * 50)
    with pytest.raises(StoreError, match="damaged or not a store"):
        Store.open(tmp_path)
    with pytest.raises(StoreError, match="damaged or not a store"):
        Store.open(tmp_path, read_only=True)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"task": "ranking"}, "task='ranking'"),
        ({"overlap": 0}, "overlap=0"),
        ({"overlap": True}, "overlap=True"),
        ({"audit_reserve": 1}, "audit_reserve=1"),
        ({"audit_reserve": -0.1}, "audit_reserve=-0.1"),
        ({"seed": -1}, "seed=-1"),
        ({"classes": "ab"}, "classes='ab'"),
        ({"classes": ["None"]}, "missing label"),
        ({"id": "nummer"}, "has no column 'nummer'"),
        ({"id": "category"}, "both 'category'"),
    ],
)
def test_wrong_options_make_no_store(make, tickets, options, told):
    with pytest.raises(StoreError, match=told):
        make(**options)
    make()  # nothing is in its way


def test_a_class_that_differs_in_writing_alone_is_asked_about(store):
    assert store.add_class(" Émil  Noé ") == ["a", "b", "Émil  Noé"]
    for similar in ("emil noe", "ÉMIL NOÉ", "Emil Noe"):
        with pytest.raises(SimilarClass, match="Émil  Noé") as told:
            store.add_class(similar)
        assert told.value.similar == "Émil  Noé"
    assert store.add_class("emil noe", sure=True)[-1] == "emil noe"
    assert store.add_class("a") == store.settings()["classes"]
    for wrong in ("", "  ", "nan", "x" * 201, "a\u202eb", "a\nb", 7):
        with pytest.raises(StoreError, match="cannot be a class"):
            store.add_class(wrong)


def test_numbers_have_no_classes(make):
    with pytest.raises(StoreError, match="are numbers"):
        make(task="regression", classes=()).add_class("a")


def test_a_changed_file_is_told_and_bound_anew(store, tickets):
    label(store, 1)
    label(store, 2, "b")
    assert not store.changes()
    lines = tickets.read_text().splitlines(keepends=True)
    # row 0 is gone, row 1 moves to the end, and one is new; labels are no change
    tickets.write_text("".join([lines[0], *lines[3:], "1,text 1,b\n", "new,text,\n"]))
    assert str(store.changes()) == "0 rows kept, 39 moved, 1 new, 1 gone"
    with pytest.raises(SourceChanged, match="39 moved, 1 new, 1 gone"):
        store.export(tickets.with_name("done.csv"))
    with pytest.raises(SourceChanged, match="has changed"):
        store.desk.show([1])
    store.bind()
    assert not store.changes()
    y = store.labels()
    assert len(y) == 40
    assert y[38] == "b"
    assert (y != None).sum() == 1  # noqa: E711
    assert len(store.events()) == 2
    assert store.events()["row"].tolist() == [-1, 38]
    assert store.check() == []


def test_a_file_of_the_same_content_is_the_same(store, tickets):
    tickets.write_text(tickets.read_text())
    assert not store.changes()
    assert len(store.desk.show([1, 2])) == 2


def test_rows_of_an_id_are_known_by_it(make, tickets):
    store = make(id="number")
    label(store, 3)
    tickets.write_text(tickets.read_text().replace("text 2,", "another,"))
    found = store.changes()
    assert (found.kept, found.edited, found.new) == (40, 1, 0)
    store.bind()
    assert store.labels()[2] == "a"


def test_a_file_and_its_store_move_together(store, tickets, tmp_path):
    label(store, 1)
    store.close()
    other = tmp_path / "elsewhere"
    other.mkdir()
    tickets.rename(other / tickets.name)
    store.folder.rename(other / store.folder.name)
    with Store.open(other / store.folder.name) as moved:
        assert not moved.changes()
        assert moved.desk.show([1])[0]["cells"] == {"number": "0", "text": "text 0"}


def test_a_file_that_is_not_there_spares_the_labels(store, tickets, tmp_path):
    label(store, 1)
    tickets.unlink()
    assert store.labels()[0] == "a"
    store.export(tmp_path / "all.jsonl")
    with pytest.raises(StoreError, match="does not exist"):
        store.export(tmp_path / "done.csv")


def test_the_reserve_is_a_share_drawn_once(make, tickets):
    store = make(audit_reserve=0.25)
    assert store.reserve().sum() == 10
    store.close()
    with Store.open(store.folder) as again:
        assert (again.reserve() == store.pool().reserve).all()
    frame = pd.concat([pd.read_csv(tickets)] * 2)  # duplicates are rows of their own
    frame.to_csv(tickets, index=False)
    with Store.open(store.folder) as again:
        assert again.bind().new == 40
        assert again.reserve().sum() == 20


def test_many_threads_use_one_store(store):
    failed = []

    def use(who):
        try:
            for item in range(who, 41, 4):
                label(store, item)
                store.progress()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=use, args=(i,)) for i in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert store.progress()["done"] == 40
