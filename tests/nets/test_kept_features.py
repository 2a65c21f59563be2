"""Files of features: whole or none, believed only once the net repeats some of them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest

from skal.nets import FrozenFeatures
from skal.nets.kept_features import keep, probe_rows, recalled, remembered, same

torch = pytest.importorskip("torch", reason="nets need torch")

X = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
KEY = "0123456789abcdef"


def doubled(rows):
    """What stands for a net; None asks about all rows."""
    return 2 * (X if rows is None else X[rows])


def filled(folder):
    keep(folder, KEY, doubled(None), doubled, rounding=0.01)
    return folder


def files(folder, ending):
    return sorted(folder.glob(f"*{ending}"))


def test_an_entry_is_three_files_of_which_each_is_checked(tmp_path):
    filled(tmp_path)
    assert len([*tmp_path.iterdir()]) == 3
    (features,) = files(tmp_path, ".features.npy")
    np.testing.assert_array_equal(np.load(features), doubled(None))
    entry = json.loads(files(tmp_path, ".json")[0].read_text())
    assert entry["features"]["shape"] == [50, 3]
    assert entry["features"]["dtype"] == "<f4"
    np.testing.assert_array_equal(recalled(tmp_path, KEY, doubled), doubled(None))
    assert recalled(tmp_path, KEY[::-1], doubled) is None
    mapped = recalled(tmp_path, KEY, doubled, mmap_mode="r")
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(mapped, doubled(None))


def flipped(path):
    raw = bytearray(path.read_bytes())
    raw[-5] ^= 1
    path.write_bytes(raw)


def other_array(path):
    with path.open("wb") as file:
        np.save(file, np.zeros((50, 3), dtype=np.float32))


def pickled(path):
    joblib.dump(doubled(None), path)


def objects(path):
    with path.open("wb") as file:
        np.save(file, np.array([print] * 50, dtype=object), allow_pickle=True)


def folder_instead(path):
    path.unlink()
    path.mkdir()


def fifo(path):
    path.unlink()
    os.mkfifo(path)


BROKEN = {
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-7]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "a bit": flipped,
    "NULs": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "gone": lambda path: path.unlink(),
    "another array": other_array,
    "a pickle": pickled,
    "objects": objects,
    "a folder": folder_instead,
    "text": lambda path: path.write_text("no array"),
    "JSON": lambda path: path.write_text("[1, 2]"),
}


@pytest.mark.parametrize("ending", [".features.npy", ".probes.npy", ".json"])
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_whole_is_computed_again(tmp_path, name, ending):
    filled(tmp_path)
    BROKEN[name](files(tmp_path, ending)[0])
    assert recalled(tmp_path, KEY, doubled) is None
    if name != "a folder":  # which no file replaces
        filled(tmp_path)
        np.testing.assert_array_equal(recalled(tmp_path, KEY, doubled), doubled(None))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
@pytest.mark.parametrize("ending", [".features.npy", ".probes.npy", ".json"])
def test_a_fifo_is_not_waited_for(tmp_path, ending):
    fifo(files(filled(tmp_path), ending)[0])
    assert recalled(tmp_path, KEY, doubled) is None


FOREIGN = [
    {"kind": "another program"},
    {"key": "another"},
    {"rows": []},
    {"rows": [-1] * 14},
    {"rows": [0, 10**9]},
    {"rows": "all"},
    {"rows": [[0]]},
    {"rows": None},
    {"rows": [0.5]},
    {"features": None},
    {"features": {"shape": [50], "sha256": "", "dtype": "<f4"}},
    {"features": {"shape": [1, 2], "sha256": "", "dtype": "<f4"}},
    {"probes": 3},
]


@pytest.mark.parametrize("change", FOREIGN, ids=str)
def test_a_foreign_entry_is_none(tmp_path, change):
    (path,) = files(filled(tmp_path), ".json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert recalled(tmp_path, KEY, doubled) is None


def test_entries_of_one_key_are_told_apart_by_what_the_net_repeats(tmp_path):
    """As of two functions that skal cannot tell apart."""
    filled(tmp_path)

    def tripled(rows):
        return 1.5 * doubled(rows)

    assert recalled(tmp_path, KEY, tripled) is None
    keep(tmp_path, KEY, tripled(None), tripled, rounding=0.01)
    for ask in (doubled, tripled):
        np.testing.assert_array_equal(recalled(tmp_path, KEY, ask), ask(None))
    assert recalled(tmp_path, KEY, lambda rows: doubled(rows)[:, :2]) is None
    assert recalled(tmp_path, KEY, lambda rows: doubled(rows).astype(float)) is None


def test_errors_of_the_net_are_raised_as_they_are(tmp_path):
    filled(tmp_path)

    def failing(rows):
        raise KeyError("word")

    with pytest.raises(KeyError, match="word"):
        recalled(tmp_path, KEY, failing)


def test_the_same_up_to_rounding():
    a = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32) * [1e-3, 1, 1, 100]
    a = a.astype(np.float32)
    assert same(a, a * np.float32(1 + 2e-7))
    assert not same(a, a + np.float32([1e-3, 0, 0, 0]))  # of a small column
    assert not same(a, a * np.float32(1 + 1e-4))
    assert same(a, a * np.float32(1.005), 0.01, 0.01)
    broken = a.copy()
    broken[2, 1], broken[3, 1] = np.nan, np.inf
    assert same(broken, broken)
    assert not same(broken, a)
    assert not same(a, broken)
    assert not same(broken, np.where(np.isinf(broken), -np.inf, broken))
    assert not same(np.arange(6).reshape(2, 3), np.arange(1, 7).reshape(2, 3))
    assert same(np.ones((0, 3)), np.ones((0, 3)))
    assert same(np.ones((2, 0)), np.ones((2, 0)))


def test_the_rows_asked_about():
    features = X.copy()
    features[7], features[13], features[22] = 0, 100, np.nan
    rows = probe_rows(features)
    assert {0, 7, 13, 22, 49} <= {*rows.tolist()}
    assert len(rows) <= 16
    assert probe_rows(X[:1]).tolist() == [0]
    assert probe_rows(X[:3]).tolist() == [0, 1, 2]
    big = np.full((3, 2), 3e38, dtype=np.float32)
    assert probe_rows(big).tolist() == [0, 1, 2]


class Odd(torch.nn.Module):
    """A net whose features are not those of a row."""

    def __init__(self, how):
        super().__init__()
        self.how, self.calls = how, 0
        self.linear = torch.nn.Linear(3, 4)
        self.register_buffer("mean", torch.zeros(3))

    def forward(self, x):
        self.calls += 1
        if self.how == "noise":
            x = x + torch.randn_like(x)
        elif self.how == "dropout":
            x = torch.nn.functional.dropout(x, 0.5, training=True)
        elif self.how == "counts":
            x = x * self.calls
        elif self.how == "batch":
            x = x - x.mean(0)
        elif self.how == "learns":
            self.mean += 1
        return self.linear(x)


@pytest.mark.parametrize("batch_size", [1, 2, 64])
@pytest.mark.parametrize("n", [1, 2, 50])
@pytest.mark.parametrize(
    ("how", "match"),
    [
        ("noise", "random or has a state"),
        ("dropout", "random or has a state"),
        ("counts", "random or has a state"),
        ("batch", "depend on the other"),
        ("learns", "changed its parameters or buffers"),
    ],
)
def test_what_is_not_of_the_row_is_refused(tmp_path, how, match, n, batch_size):
    torch.manual_seed(0)
    frozen = FrozenFeatures(Odd(how), memory=tmp_path, batch_size=batch_size)
    if how == "batch" and 1 in (n, batch_size):  # then it is of the row
        frozen.transform(X[:n])
        return
    with pytest.raises(ValueError, match=match):
        frozen.transform(X[:n])
    assert not [*tmp_path.rglob("*.json")]


def test_a_batch_of_one_row_is_no_batch_of_more(tmp_path):
    net = Odd("batch")
    FrozenFeatures(net, memory=tmp_path, batch_size=1).transform(X[:2])
    with pytest.raises(ValueError, match="depend on the other"):
        FrozenFeatures(net, memory=tmp_path, batch_size=2).transform(X[:2])


def test_memory_of_joblib(tmp_path):
    net = torch.nn.Linear(3, 2)
    first = FrozenFeatures(net, memory=str(tmp_path)).transform(X)
    mapped = FrozenFeatures(net, memory=joblib.Memory(tmp_path, mmap_mode="r", verbose=0))
    kept = mapped.transform(X)
    assert isinstance(kept, np.memmap)
    np.testing.assert_array_equal(kept, first)
    nowhere = FrozenFeatures(net, memory=joblib.Memory(None)).transform(X)
    np.testing.assert_array_equal(nowhere, first)
    with pytest.raises(TypeError, match="memory=3 must be a folder"):
        FrozenFeatures(net, memory=3).transform(X)
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        FrozenFeatures(net, memory=tmp_path / "file").transform(X)


def test_a_disk_that_is_full_costs_no_features(tmp_path, monkeypatch):
    def full(fileno):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.warns(UserWarning, match=r"could not be stored in .*No space left"):
        features = remembered(
            tmp_path, KEY, ask=doubled, n=50, rounding=0.01, is_changed=lambda: False
        )
    np.testing.assert_array_equal(features, doubled(None))
    assert not [*tmp_path.iterdir()]


def test_leftovers_of_killed_runs_are_removed_after_a_day(tmp_path):
    old, new = tmp_path / f".{KEY}-1.tmp", tmp_path / f".{KEY}-2.tmp"
    for path in (old, new):
        path.write_text("half")
    os.utime(old, (time.time() - 1e5,) * 2)
    filled(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)


def test_many_writers_at_once(tmp_path):
    """Each with rounding of its own; readers meanwhile get one of them, whole, or none."""

    def written(i):
        def ask(rows):
            return doubled(rows) * np.float32(1 + i * 1e-7)

        for _ in range(5):
            keep(tmp_path, KEY, ask(None), ask, rounding=0.01)
            kept = recalled(tmp_path, KEY, doubled)
            np.testing.assert_allclose(kept, doubled(None), rtol=1e-5)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(written, range(6)))
    assert not files(tmp_path, ".tmp")


WRITER = """
import sys, numpy as np
from pathlib import Path
from skal.nets.kept_features import keep
X = np.random.default_rng(int(sys.argv[2])).normal(size=(3000, 100)).astype(np.float32)
print("ready", flush=True)
for i in range(100_000):
    Y = X + i
    keep(Path(sys.argv[1]), "0123456789abcdef", Y, lambda rows: Y[rows], rounding=.01)
"""


@pytest.mark.slow
def test_killed_writers_leave_whole_entries_or_none(tmp_path):
    rng = np.random.default_rng(0)
    for trial in range(4):
        folder = tmp_path / str(trial)
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, folder, str(seed)], stdout=subprocess.PIPE
            )
            for seed in (0, 1)
        ]
        for writer in writers:
            writer.stdout.readline()
        time.sleep(rng.uniform(0.02, 0.4))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.communicate()
        assert not [
            path for path in folder.iterdir() if path.suffix not in (".json", ".npy", ".tmp")
        ]
        for path in files(folder, ".json"):
            entry = json.loads(path.read_text())
            features = np.load(path.with_suffix(".features.npy"))
            kept = recalled(folder, KEY, lambda rows, of=features: of[rows])
            np.testing.assert_array_equal(kept, features)
            assert entry["features"]["shape"] == [3000, 100]
        shutil.rmtree(folder, ignore_errors=True)
