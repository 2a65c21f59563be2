"""The file of finished replays: killed, torn, or somebody else's."""

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import sklearn
from pandas.testing import assert_frame_equal

from skal.experiments import results as results_module
from skal.experiments.results import ResultsFile
from tests.experiments.small import TIMES, small


def test_a_torn_line_is_cut_off(tmp_path):
    kept = tmp_path / "kept.jsonl"
    whole = small(results=kept)
    text = kept.read_bytes()
    for cut in (1, 40, len(text.splitlines(keepends=True)[-1]) - 1):
        kept.write_bytes(text[:-cut])
        assert_frame_equal(small(results=kept).drop(columns=TIMES), whole.drop(columns=TIMES))
        assert all(json.loads(line) for line in kept.read_bytes().splitlines())


KILLED = """
import sys, time
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from skal.experiments import compare
from skal.strategies import Random, UtilityStrategy

class Slow(UtilityStrategy):
    def utilities(self, state):
        time.sleep(0.05)
        return state.rng.random(len(state.candidates))

results = compare(
    {"Random": Random(), "Slow": Slow()}, LogisticRegression(max_iter=500),
    load_iris(return_X_y=True), seeds=12, budget=24, batch_size=8, n_jobs=2, progress=False,
    results=sys.argv[1],
)
results.drop(columns=["query_seconds", "fit_seconds"]).to_pickle(sys.argv[2])
"""


@pytest.mark.slow  # three processes with two workers each
def test_killed_and_started_again(tmp_path):
    """SIGKILL in the middle: what was finished stays, byte for byte, and is not run again."""
    script, kept, out = tmp_path / "script.py", tmp_path / "kept.jsonl", tmp_path / "out.pickle"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(kept), str(out)]
    running = subprocess.Popen(command, start_new_session=True, cwd=os.getcwd())
    for _ in range(12_000):
        if kept.exists() and kept.read_bytes().count(b"\n") >= 5:
            break
        time.sleep(0.05)
    running.kill()  # its workers are left to themselves, and end too (test_workers.py)
    running.wait()
    before = kept.read_bytes()
    finished = before[: before.rfind(b"\n") + 1]
    assert 5 <= finished.count(b"\n") < 24
    subprocess.run(command, check=True)
    assert kept.read_bytes().startswith(finished)
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    assert len({line["key"] for line in lines}) == len(lines) == 24
    uninterrupted = tmp_path / "whole.pickle"
    subprocess.run([*command[:2], str(tmp_path / "new.jsonl"), str(uninterrupted)], check=True)
    assert_frame_equal(pd.read_pickle(out), pd.read_pickle(uninterrupted))


def test_a_file_of_something_else_stays_as_it_is(tmp_path):
    other = tmp_path / "thesis.txt"
    other.write_text("Chapter 1\nIt was a dark night")
    with pytest.raises(ValueError, match=r"Line 1 of .*thesis\.txt is not the result of a replay"):
        small(results=other)
    assert other.read_text() == "Chapter 1\nIt was a dark night"


def test_a_single_line_of_something_else_stays_too(tmp_path):
    other = tmp_path / "note.txt"
    other.write_text("no line end")
    with pytest.raises(ValueError, match="is not the result of a replay"):
        ResultsFile(other)
    assert other.read_text() == "no line end"


def test_one_line_of_json_without_an_end_stays_too(tmp_path):
    """It begins as our lines do, and is none that a kill has torn."""
    other = tmp_path / "settings.json"
    other.write_text('{"key": "value"}')
    with pytest.raises(ValueError, match=r"Line 1 of .*settings\.json is not the result"):
        ResultsFile(other)
    assert other.read_text() == '{"key": "value"}'


def test_json_and_nonsense_is_refused_by_its_line(tmp_path):
    kept = tmp_path / "kept.jsonl"
    small(results=kept)
    lines = kept.read_bytes().splitlines(keepends=True)
    kept.write_bytes(lines[0] + lines[1] + b'{"key": "a", "rounds": 3}\n' + lines[2])
    before = kept.read_bytes()
    with pytest.raises(ValueError, match=r"Line 3 of .*kept\.jsonl is not the result of a replay"):
        small(results=kept)
    changed = lines[1].replace(b'"accuracy": 0.', b'"accuracy": 1.')
    assert changed != lines[1]
    kept.write_bytes(lines[0] + changed)
    with pytest.raises(
        ValueError, match=r"Line 2 of .*kept\.jsonl was changed after it was written"
    ):
        small(results=kept)
    kept.write_bytes(before)
    with pytest.raises(ValueError, match="Line 3"):
        small(results=kept)
    assert kept.read_bytes() == before


@pytest.mark.parametrize("left", [0, 1, 8, 60, 300])
def test_zero_bytes_at_the_end_are_cut_off(tmp_path, left):
    """As a power failure leaves them: the file had grown, and its last blocks were not written."""
    kept = tmp_path / "kept.jsonl"
    whole = small(results=kept)
    *before, last = kept.read_bytes().splitlines(keepends=True)
    kept.write_bytes(b"".join(before) + last[:left] + bytes(4096))
    assert_frame_equal(small(results=kept).drop(columns=TIMES), whole.drop(columns=TIMES))
    assert kept.read_bytes().startswith(b"".join(before))
    assert b"\0" not in kept.read_bytes()


def test_zero_bytes_elsewhere_are_refused(tmp_path):
    kept = tmp_path / "kept.jsonl"
    small(results=kept)
    text = kept.read_bytes()
    kept.write_bytes(text[:100] + bytes(50) + text[150:])
    with pytest.raises(ValueError, match=r"Line 1 of .*kept\.jsonl contains zero bytes, .* delete"):
        small(results=kept)
    assert kept.stat().st_size == len(text)


def test_another_version_has_results_of_its_own(tmp_path, monkeypatch, capsys):
    kept = tmp_path / "kept.jsonl"
    small(results=kept)
    old = [json.loads(line) for line in kept.read_text().splitlines()]
    for record in old:
        del record["checksum"], record["versions"]
    kept.write_text("".join(json.dumps(record) + "\n" for record in old))
    before = kept.read_bytes()
    monkeypatch.setattr(sklearn, "__version__", "9.9")
    monkeypatch.setitem(results_module.VERSIONS, "scikit-learn", "9.9")
    small(results=kept, progress=True)
    told = " ".join(capsys.readouterr().err.split())
    assert "kept.jsonl: 4 of its 4 replays were run with other versions than" in told
    assert "scikit-learn 9.9, and are not used here." in told
    assert kept.read_bytes().startswith(before)
    assert kept.read_bytes().count(b"\n") == 8
    small(results=kept)
    assert kept.read_bytes().count(b"\n") == 8


def test_a_second_writer_is_refused_and_changes_nothing(tmp_path):
    kept = tmp_path / "kept.jsonl"
    small(results=kept)
    torn = kept.read_bytes()[:-9]  # a line that the first is about to finish
    kept.write_bytes(torn)
    file = ResultsFile(kept)
    kept.write_bytes(torn)
    with pytest.raises(BlockingIOError, match="written by another run"):
        small(results=kept)
    assert kept.read_bytes() == torn
    file.close()


def test_a_link_is_no_way_around(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "kept.jsonl")
    file = ResultsFile(tmp_path / "kept.jsonl")
    with pytest.raises(BlockingIOError):
        ResultsFile(tmp_path / "link")
    file.close()
    ResultsFile(tmp_path / "link").close()


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_a_file_is_a_file(tmp_path, kind):
    place = tmp_path / kind
    place.mkdir() if kind == "folder" else os.mkfifo(place)
    with pytest.raises(ValueError, match=f"{kind} is not a regular file"):
        small(results=place)


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_results_that_would_be_lost_are_not_computed(tmp_path, how):
    kept = tmp_path / "kept.jsonl"

    file = ResultsFile(kept)
    kept.unlink()
    if how == "replaced":
        kept.write_text("")
    with pytest.raises(FileNotFoundError, match="moved, deleted or replaced"):
        file.add(*replay_of(tmp_path))
    file.close()


def replay_of(folder):
    """The key, the replay and the rounds of one that was finished."""
    kept = folder / "other.jsonl"
    small(results=kept, seeds=1)
    record = json.loads(kept.read_text().splitlines()[0])

    class Known:
        def names(self):
            return tuple(record[name] for name in ("data", "estimator", "strategy", "seed"))

    return record["key"], Known(), record["rounds"]


@pytest.mark.parametrize("room", [1, 40, 700, 1500])
def test_a_full_disk_is_told_and_leaves_whole_lines(tmp_path, room):
    """A limit on the size of files stands for it: the same short write, then the same error."""
    resource = pytest.importorskip("resource")
    kept = tmp_path / "kept.jsonl"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(
            OSError, match=r"Free disk space, .* run the same call again: '.*kept\.jsonl'"
        ):
            small(results=kept)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert kept.read_bytes() == b"" or kept.read_bytes().endswith(b"}\n")
    assert kept.read_bytes().count(b"\n") == (room == 1500)
    assert_frame_equal(small(results=kept).drop(columns=TIMES), small().drop(columns=TIMES))


def test_new_names_are_on_the_disk(tmp_path, monkeypatch):
    """fsync of every folder that a new name was put into; a file that is not named is lost."""
    if sys.platform == "win32":
        pytest.skip("no such thing there")
    synced, fsync = [], os.fsync

    def note(descriptor):
        synced.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")))
        fsync(descriptor)

    if not Path("/proc/self/fd").exists():
        pytest.skip("tells what was synced on Linux only")
    monkeypatch.setattr(os, "fsync", note)
    ResultsFile(tmp_path / "a" / "b" / "kept.jsonl").close()
    assert {tmp_path, tmp_path / "a", tmp_path / "a" / "b"} <= set(synced)


def test_what_could_not_be_read_is_not_written(tmp_path):
    key, replay, rounds = replay_of(tmp_path)
    file = ResultsFile(tmp_path / "kept.jsonl")
    with pytest.raises(ValueError, match="n_labelled=-1 in round 1"):
        file.add(key, replay, [rounds[0], rounds[1] | {"n_labelled": -1}])
    file.add(key, replay, rounds)
    file.close()
    again = ResultsFile(tmp_path / "kept.jsonl")
    again.close()
    assert again.finished == {key: rounds}


@pytest.mark.parametrize(("number", "fails"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_a_folder_that_cannot_be_synced(tmp_path, monkeypatch, number, fails):
    def fsync(descriptor):
        raise OSError(number, "no")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="no") if fails else contextlib.nullcontext():
        ResultsFile(tmp_path / "kept.jsonl").close()


def test_a_change_of_the_working_directory_does_not_matter(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = ResultsFile("kept.jsonl")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    file.add(*replay_of(tmp_path))
    file.close()
