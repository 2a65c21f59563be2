"""Pickles of learners, which work in the same version of skal or a later one."""

from typing import Any

from sklearn.utils.fixes import parse_version

from skal._version import __version__


class PickledWithVersion:
    """Record the version of skal in pickles; an earlier version raises an error when it loads one.

    The version is stored before the state, so it is read before anything that only a later version
    can read.  A pickle without a version was written before versions were recorded, and works.
    """

    def __reduce_ex__(self, protocol: Any) -> tuple:
        return begun_in, (type(self), __version__), self.__getstate__()


def begun_in(kind: Any, version: str) -> Any:
    """Return an object of this class without its state; raise an error for a later version."""
    if parse_version(version) > parse_version(__version__):
        raise RuntimeError(
            f"This {kind.__name__} was pickled by skal {version}, and this is skal {__version__}: "
            "a pickle works in the same version or a later one, not in an earlier one. Install "
            f"skal {version} or later to load it."
        )
    return kind.__new__(kind)
