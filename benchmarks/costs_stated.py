"""The time and memory that the docstrings of strategies state, and their exponents."""

import inspect
import math
import re

SAID = re.compile(r"Time O\((?P<seconds>.+?)\), memory O\((?P<bytes>.+?)\)[.;:,]")
POWERS = {"²": "**2", "³": "**3"}
WRAPPED = ("T", "M")  # of the strategy that is wrapped


def stated(strategy):
    """The two expressions, as they are written; of a strategy or its class."""
    kind = strategy if inspect.isclass(strategy) else type(strategy)
    text = " ".join((kind.__doc__ or "").split())
    found = SAID.search(text)
    if found is None:
        raise ValueError(f'{kind.__name__} says no "Time O(...), memory O(...)." in its docstring.')
    return found.groupdict()


def exponent(strategy, of, axis):
    """The largest power of n, d, k or b that is said to be in the time ("seconds") or memory."""
    inner = getattr(strategy, "inner", None)
    low, high = (
        _value(stated(strategy)[of], axis, at, 0.0 if inner is None else exponent(inner, of, axis))
        for at in (1e30, 2e30)
    )
    return math.log2(high / low)


def _value(text, axis, at, power):
    """The expression where one symbol is large and all others are 1."""
    for mark, python in POWERS.items():
        text = text.replace(mark, python)
    text = text.replace("·", "*")
    names = set(re.findall(r"[A-Za-z_]+", text))
    values = dict.fromkeys(names, 1.0) | {axis: at} | dict.fromkeys(WRAPPED, at**power)
    known = {"log": lambda x: max(math.log(x), 1.0), "min": min, "max": max}
    return eval(text, {"__builtins__": {}}, values | known)  # text of our own docstrings
