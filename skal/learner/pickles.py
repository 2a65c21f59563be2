"""Pickles of learners, which go on in the same version or a later one."""

from typing import Any

from sklearn.utils.fixes import parse_version

from skal._version import __version__


class PickledWithVersion:
    """Pickles say which version of skal wrote them; an earlier one refuses to read them.

    The version stands before the state, so that it is read before anything that only a later
    version knows.  A pickle without one is of a version before this was kept, and goes on.
    """

    def __reduce_ex__(self, protocol: Any) -> tuple:
        return begun_in, (type(self), __version__), self.__getstate__()


def begun_in(kind: Any, version: str) -> Any:
    """An object of this class without its state; an error where a later version wrote it."""
    if parse_version(version) > parse_version(__version__):
        raise RuntimeError(
            f"This {kind.__name__} was pickled by skal {version}, and this is skal {__version__}: "
            "pickles go on in the same version or a later one, never in an earlier one. Install "
            f"skal {version} or later to read it."
        )
    return kind.__new__(kind)
