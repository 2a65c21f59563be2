"""Names of strategies, estimators and seeds that users pass alone, in a list or in a dictionary."""

import inspect
from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

from skal import _checks

LONGEST = 80


def named(things: Any, argument: str, kind: type) -> dict[str, Any]:
    """Return things by name: a mapping is unchanged; others are named after themselves."""
    if isinstance(things, type):
        raise TypeError(f"{argument}={things.__name__} is a class: pass an instance of it.")
    if isinstance(things, Mapping):
        pairs = [(str(name), thing) for name, thing in things.items()]
    else:
        one = isinstance(things, kind) or callable(things)
        several = [things] if one else list(things)
        pairs = [(_name(thing), thing) for thing in several]
    if len(dict(pairs)) < len(pairs):
        raise ValueError(
            f"{argument}: two of them would have the same name; pass a dictionary with a name for "
            f"each. The names are {', '.join(name for name, _ in pairs)}."
        )
    if not pairs:
        raise ValueError(f"{argument} is empty: pass at least one.")
    return dict(pairs)


def _name(thing: Any) -> str:
    """Return the name of an object: Margin() is "Margin", long ones are shortened to their types.

    A function keeps its own name: its repr contains an address, which differs between runs.
    """
    if isinstance(thing, str):
        return thing
    thing = getattr(thing, "function", thing)  # of a strategy made from a function
    if inspect.isfunction(thing):
        return thing.__name__
    name = " ".join(repr(thing).split()).removesuffix("()")
    if len(name) <= LONGEST:
        return name
    steps = [type(step).__name__ for _, step in getattr(thing, "steps", ())]
    return ", ".join(steps) or type(thing).__name__


def read_seeds(seeds: int | Iterable[int]) -> list[int]:
    """Return this number of seeds, from 0 on, or the given ones."""
    if isinstance(seeds, Integral) and not isinstance(seeds, bool):
        _checks.check_count(seeds, "seeds")
        return list(range(int(seeds)))
    listed = list(seeds) if hasattr(seeds, "__iter__") else [seeds]
    whole = all(isinstance(s, Integral) and 0 <= int(s) < 2**32 for s in listed)
    if not listed or not whole or len(set(listed)) < len(listed):
        raise ValueError(
            f"seeds={seeds!r} must be a number of seeds, or a list of different whole numbers from "
            "0 to 2**32 - 1."
        )
    return [int(seed) for seed in listed]
