"""Stores made or found again, ports and secrets of last time."""

import stat

import pytest

from skal.cli import opening
from skal.cli.trouble import Trouble
from skal.labelling import Store


def opened(path, label="topic", classes=(), id=None, task=None, missing=()):
    return opening.open_store(path, label, classes, id, task, missing)


@pytest.fixture
def tickets(folder):
    path = folder / "tickets.csv"
    path.write_text("number,text,topic\n" + "".join(f"{i},ticket {i},\n" for i in range(20)))
    return path


def test_a_store_is_made_and_found_again(tickets):
    with opened(tickets, classes=["a"]) as store:
        made = store.settings()["store_uuid"]
    with opened(tickets, label=None, classes=["a", "b"]) as store:
        assert store.settings()["store_uuid"] == made
        assert store.settings()["classes"] == ["a", "b"]


def test_a_store_whose_making_was_interrupted_is_made(tickets):
    folder = tickets.parent / "tickets.csv.skal"
    folder.mkdir()
    (folder / "store.db").touch()
    with opened(tickets, classes=["a"]) as store:
        assert store.settings()["classes"] == ["a"]


def test_a_refused_reopening_lets_the_store_go(tickets):
    opened(tickets).close()
    with pytest.raises(Trouble, match="was made with --label topic"):
        opened(tickets, label="text")
    Store.open(tickets.parent / "tickets.csv.skal").close()


@pytest.mark.parametrize(
    ("labels", "task"),
    [("1.5,2.5,3.25", "regression"), ("1,2,1", "classification"), ("a,b,", "classification"),
     (",,", "classification"), ("NA,1.5,2.5", "regression")],
)  # fmt: skip
def test_the_task_is_told_by_the_labels(folder, labels, task):
    path = folder / "rows.csv"
    path.write_text(
        "text,topic\n" + "".join(f"x{i},{v}\n" for i, v in enumerate(labels.split(",")))
    )
    with opened(path, missing=["NA"]) as store:
        assert store.settings()["task"] == task


def test_a_folder_has_classes(folder):
    (folder / "texts").mkdir()
    (folder / "texts/a.txt").write_text("hello")
    with opened(folder / "texts", label=None) as store:
        assert store.settings()["task"] == "classification"
        assert store.settings()["label"] == "label"


def test_the_secret_stays_and_only_its_owner_reads_it(tickets):
    with opened(tickets) as store:
        token = opening.secret(store)
        assert opening.secret(store) == token
        assert store.team.by_token(token)["role"] == "owner"
        kept = store.folder / opening.LINK
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        kept.write_text("somebody else's")
        new = opening.secret(store)
        assert new != token
        assert store.team.by_token(token) is None
        kim = store.team.known_or_new("Kim")
        opening.write_private(kept, store.team.new_token(kim))
        assert store.team.by_token(opening.secret(store))["role"] == "owner"


def test_the_port_is_remembered(folder):
    opening.keep_port(folder, 8770)
    assert opening.port_of(folder) == 8770
    (folder / "port").write_text("none")
    assert opening.port_of(folder) is None


def test_no_link_to_another_machine(tickets):
    with opened(tickets) as store:
        opening.secret(store)
        store.tell_where("http://example.org:8765")
        with pytest.raises(Trouble, match="serves no page"):
            opening.running_link(store.folder)
