"""What a claim is, and the rule by which it is judged.

A claim is put as one number or several (its parts), each with a side on which it has to lie
(`above`, `below`, or between both) and, where the paper gives one, the paper's figure.

A part is

- reproduced, if its whole 95 % interval lies on the claimed side, and the interval reaches the
  paper's figure or lies beyond it;
- partly reproduced, if the number lies on the claimed side, but its interval does not wholly (a
  single seed has none), or does not reach the paper's figure;
- not reproduced, if the number does not lie on the claimed side;
- not run, if the results it is read from are not there.

A claim is reproduced if all of its parts are (with ``needs="some"``, for claims of the kind "it
sometimes helps": if one is); not run if no part was; not reproduced if no part that was run is
so even partly; else partly reproduced.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

REPRODUCED, PARTLY, NOT, NOT_RUN = "reproduced", "partly", "not reproduced", "not run"


class NotRun(Exception):
    """The results that a number is read from are not there; says what is missing."""


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval (NaN: none) over so many seeds."""

    value: float
    low: float = math.nan
    high: float = math.nan
    seeds: int = 1


@dataclass(frozen=True)
class Part:
    """One number: `measure(folder)` is an Estimate, or raises NotRun."""

    what: str
    measure: Callable
    above: float = -math.inf
    below: float = math.inf
    paper: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Claim:
    """A claim of a paper, in our words; without parts, `reason` says why nothing was measured."""

    where: str
    text: str
    figure: str
    parts: tuple = ()
    needs: str = "every"
    reason: str = ""


def verdict_of_part(part, estimate):
    """One of the four words."""
    if estimate is None:
        return NOT_RUN
    if not part.above < estimate.value < part.below:
        return NOT
    inside = part.above < estimate.low and estimate.high < part.below
    return REPRODUCED if inside and reaches(part, estimate) else PARTLY


def reaches(part, estimate):
    """Whether the interval reaches the paper's figure, or lies beyond it on the claimed side."""
    if part.paper is None:
        return True
    enough = estimate.high >= part.paper  # not too little, where more is claimed
    little = estimate.low <= part.paper
    if math.isfinite(part.above) and not math.isfinite(part.below):
        return enough
    if math.isfinite(part.below) and not math.isfinite(part.above):
        return little
    return enough and little


def verdict(claim, estimates):
    """The claim's, of one estimate (None: not run) a part."""
    words = [verdict_of_part(part, one) for part, one in zip(claim.parts, estimates, strict=True)]
    ran = [word for word in words if word != NOT_RUN]
    if not ran:
        return NOT_RUN
    if all(word == NOT for word in ran):
        return NOT
    enough = any if claim.needs == "some" else all
    return REPRODUCED if enough(word == REPRODUCED for word in words) else PARTLY
