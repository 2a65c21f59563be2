"""Find classes that are likely one class in several spellings."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

LONG = 5  # letters of a word in which one of them may be a slip
SINGULAR = 3  # letters of a word that may have a plural in -s
LONGEST = 60  # letters of a class in which slips are looked for
NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.\d+)?")
ACCENTS = re.compile("[\u0300-\u036f]")  # of Latin, Greek and Cyrillic; others make other letters
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")  # of camelCase
DASH = re.compile(r"(?<=\w)\s*[-\u2010-\u2015]\s*(?=\w)")
SIGNS = frozenset("-#%&*@?")  # which are punctuation to Unicode, and mean something: A-, C#, A?


def alike(known: "pd.Series") -> list[dict[str, int]]:
    """Group classes that differ only in spelling, with the count of each.

    The most frequent spelling comes first.  Numbers and their parts are never spellings.
    """
    counts = known.value_counts(sort=False).items()
    return groups_of({name: int(n) for name, n in counts if isinstance(name, str)})


def groups_of(counts: Mapping[str, int]) -> list[dict[str, int]]:
    """Group spellings by the counts of the classes, the largest group first.

    In a group are the classes that differ only in case, spaces, accents and punctuation, and
    those that are one slip (a letter more, less, another, or two swapped) from its most frequent,
    or a final "s".
    """
    names = sorted(counts, key=lambda name: (-counts[name], name))
    same: dict[tuple, list[str]] = defaultdict(list)
    for name in names:
        same[essence(name) or ("itself", name)].append(name)
    heads: dict[tuple, list[str]] = {}
    near = _slips({key: words_of(several[0]) for key, several in same.items()})
    taken: set[tuple] = set()
    for key in sorted(same, key=lambda key: -sum(counts[name] for name in same[key])):
        if key in taken:
            continue
        others = [other for other in near.get(key, ()) if other not in taken]
        taken |= {key, *others}
        heads[key] = [name for one in (key, *others) for name in same[one]]
    groups = [sorted(group, key=lambda name: (-counts[name], name)) for group in heads.values()]
    several = [{name: counts[name] for name in group} for group in groups if len(group) > 1]
    return sorted(several, key=lambda group: -sum(group.values()))


def essence(name: str) -> tuple:
    """Return what spellings of one class have in common; empty without words or numbers.

    Numbers in a class stay apart from each other: "1.5 mg" is not "15 mg".
    """
    if NUMBER.fullmatch(name.strip()):
        return ("number", Decimal(name.strip()))
    plain = DASH.sub(" ", _plain(name))
    letters = "".join(letter for letter in plain if not _is_dropped(letter))
    if not any(letter.isalpha() for letter in letters):
        return ()
    return ("text", letters, *re.findall(r"\d+", plain))


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a class without accents, case and punctuation; empty if very long."""
    if len(name) > LONGEST:
        return ()
    plain = DASH.sub(" ", _plain(HUMP.sub(" ", name))).replace("_", " ")
    marked = "".join(letter if not _is_dropped(letter) or letter == " " else "" for letter in plain)
    return tuple(marked.split())


def is_slip(one: str, other: str) -> bool:
    """Tell whether a word is another one with a final "s", or, if long, with one typing error.

    The first letter is right, as it nearly always is, and no other letter ends the word, or group
    A and group B were one.
    """
    if len(one) > len(other):
        one, other = other, one
    if is_plural(one, other):
        return True
    if len(one) < LONG or one[0] != other[0] or not (one + other).isalpha():
        return False
    begin = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), len(one))
    if len(one) < len(other):
        return one[begin:] == other[begin + 1 :] and len(other) == len(one) + 1
    if one[begin + 1 :] == other[begin + 1 :]:
        return begin + 1 < len(one)
    swapped = one[begin + 1 : begin + 2] + one[begin : begin + 1]
    return swapped + one[begin + 2 :] == other[begin:]


def is_plural(one: str, other: str) -> bool:
    """Tell whether a word is another one with a final "s": bugs and bug."""
    return len(one) >= SINGULAR and one[-1] != "s" and one.isalpha() and other == f"{one}s"


def _slips(words: Mapping[tuple, tuple[str, ...]]) -> dict[tuple, list[tuple]]:
    """Find classes that differ by one typing error in one word.

    Two such words have in common what is left of them without some letter, or one is what is left
    of the other: so only those that share something are compared, not all with all.
    """
    sharing: dict[tuple, list[tuple[tuple, str]]] = defaultdict(list)
    for key, parts in words.items():
        for i, word in enumerate(parts):
            if len(word) >= SINGULAR and word.isalpha():
                rest = (parts[:i], parts[i + 1 :])
                for left in _left_of(word):
                    sharing[rest, left].append((key, word))
    near: dict[tuple, list[tuple]] = defaultdict(list)
    for several in sharing.values():
        for i, (key, word) in enumerate(several):
            for other_key, other in several[i + 1 :]:
                if key != other_key and other_key not in near[key] and is_slip(word, other):
                    near[key].append(other_key)
                    near[other_key].append(key)
    return near


def _left_of(word: str) -> set[str]:
    """Return a word, and the word without each one of its letters; without a final "s" if short."""
    if len(word) < LONG:
        return {word, word.removesuffix("s")}
    return {word, *(word[:i] + word[i + 1 :] for i in range(1, len(word)))}


def _plain(name: str) -> str:
    """Remove accents and case, and unify letters that have several forms."""
    letters = ACCENTS.sub("", unicodedata.normalize("NFKD", name))
    return unicodedata.normalize("NFKC", letters).casefold()


def _is_dropped(letter: str) -> bool:
    """Tell whether a character is a space, punctuation or invisible."""
    kind = unicodedata.category(letter)
    return letter.isspace() or kind in ("Cf", "Cc") or (kind[0] == "P" and letter not in SIGNS)
