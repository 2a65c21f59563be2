"""Strategies by name: whatever class there is, so that no list of names is kept."""

import difflib
import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from skal.strategies.base import Strategy

OURS = "skal.strategies."


def all_classes() -> dict[str, type[Strategy]]:
    """The strategies of skal by name: those that are public and can be made."""
    found = {kind.__name__: kind for kind in _below(Strategy) if kind.__module__.startswith(OURS)}
    public = {name for name in found if not name.startswith("_")}
    return {name: found[name] for name in sorted(public) if not inspect.isabstract(found[name])}


def known_as(name: str, among: Iterable[str]) -> str | None:
    """The one of these names that is meant, in whatever case, with or without _ and -."""
    return {_letters(known): known for known in among}.get(_letters(name))


def class_named(name: str, among: Iterable[str]) -> type[Strategy]:
    """The strategy of one of these names; an error that says which was meant."""
    known = sorted(among)
    if meant := known_as(name, known):
        return all_classes()[meant]
    by_letters = {_letters(one): one for one in known}
    near = difflib.get_close_matches(_letters(name), by_letters, n=1)
    hint = f"did you mean {by_letters[near[0]]}? There" if near else "there"
    raise ValueError(f"There is no strategy {name}: {hint} are {', '.join(known)}.")


def strategy_named(name: str) -> Strategy:
    """A strategy by its name alone, with its defaults."""
    if "(" in name:
        raise ValueError(
            f"{name!r} is not the name of a strategy: a name stands for its defaults. Give an "
            f"instance of it, from skal.strategies, without the quotes: {name}."
        )
    lacking = {one: _lacking(kind) for one, kind in all_classes().items()}
    if (known := known_as(name, lacking)) and lacking[known]:
        raise ValueError(
            f"{known} cannot be made by its name alone, since it takes "
            f"{' and '.join(lacking[known])}=: give an instance of it."
        )
    return class_named(name, [one for one in lacking if not lacking[one]])()


def _lacking(kind: type[Strategy]) -> list[str]:
    """Parameters of a constructor that have no default."""
    parameters = inspect.signature(kind).parameters.values()
    return [parameter.name for parameter in parameters if parameter.default is parameter.empty]


def _below(kind: Any) -> Iterator[Any]:
    """All subclasses."""
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _letters(name: str) -> str:
    """ "coreset" for CoreSet, core_set and core-set."""
    return "".join(letter for letter in name.lower() if letter not in "_- ")
