"""Tasks of Label Studio, out and in."""

import json

import pytest

from skal.labelling import Answer, Draw, Store, StoreError


@pytest.fixture
def labelled(store):
    number = store.desk.begin_round("Margin", {}, 0)
    item = int(store.pool().items[~store.reserve()][0])
    store.desk.finish_round(number, [Draw(item, "strategy", None, "b", {"a": 0.25, "b": 0.75})])
    store.desk.record(Answer(item, 1, "label", "a", seconds=2.5))
    store.desk.record(Answer(40, 1, "skip"))
    return store, item


def test_tasks_are_as_label_studio_writes_them(labelled, tmp_path):
    store, item = labelled
    store.export(tmp_path / "tasks.json")
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    assert len(tasks) == 40
    task = next(task for task in tasks if task["id"] == item)
    assert task["data"] == {"number": str(item - 1), "text": f"text {item - 1}"}
    (annotation,) = task["annotations"]
    result = {
        "from_name": "label",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": ["a"]},
    }
    assert annotation["result"] == [result]
    assert annotation["completed_by"] == "owner"
    assert annotation["lead_time"] == 2.5
    assert annotation["was_cancelled"] is False
    (prediction,) = task["predictions"]
    assert prediction["result"][0]["value"] == {"choices": ["b"]}
    assert (prediction["score"], prediction["model_version"]) == (0.75, "round 1")
    assert tasks[-1]["annotations"][0]["was_cancelled"] is True
    assert tasks[-1]["annotations"][0]["result"] == []


def test_tasks_come_in_once(labelled, tmp_path, tickets):
    store, item = labelled
    store.export(tmp_path / "tasks.json")
    copy = tmp_path / "copy.csv"
    copy.write_bytes(tickets.read_bytes())
    with Store.create(copy, label="category", seed=0) as other:
        other.desk.draw(40)
        other.desk.draw(40, "audit")
        assert str(other.import_tasks(tmp_path / "tasks.json")).startswith("2 annotations imported")
        assert other.import_tasks(tmp_path / "tasks.json").known == 2
        assert other.labels()[item - 1] == "a"
        assert other.settings()["classes"] == ["a"]
        assert other.progress()["skipped"] == 1
        assert other.progress()["queued"] == 38
        assert other.events()["annotator"].tolist() == ["owner"] * 2
        assert other.check() == []


def test_tasks_of_its_own_making(make, tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("text\nhello\nworld\n")
    store = make(path, classes=(), audit_reserve=0)
    choice = {"from_name": "x", "to_name": "y", "type": "choices", "value": {"choices": ["good"]}}
    tasks = [
        {
            "data": {"text": "world"},
            "annotations": [{"result": [choice], "completed_by": {"id": 7, "email": "kim@a.b"}}],
        },
        {"data": {"text": "elsewhere"}, "annotations": [{"result": [choice]}]},
        {"data": {"text": "hello"}},
    ]
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    found = store.import_tasks(tmp_path / "tasks.json")
    assert (found.taken, found.unmatched) == (1, 1)
    assert store.labels().tolist() == [None, "good"]
    assert [who["name"] for who in store.team.all()] == ["owner", "kim@a.b"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "cannot be read"),
        ("{}", "a list of tasks"),
        ("[1]", "Task 0"),
        ('[{"id": 1}]', "Task 0"),
    ],
)
def test_what_is_no_file_of_tasks(store, tmp_path, content, told):
    (tmp_path / "tasks.json").write_text(content)
    with pytest.raises(StoreError, match=told):
        store.import_tasks(tmp_path / "tasks.json")
    assert store.progress()["events"] == 0
