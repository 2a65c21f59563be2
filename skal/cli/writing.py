"""Files that are whole or absent."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def whole(path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` once all is written."""
    path = Path(path)
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)  # as any new file; mkstemp's are private
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
