"""Classes that are one in several spellings, and those that only look so."""

import itertools
import random

import pandas as pd
import pytest

pytest.importorskip("click")
from hypothesis import given, settings
from hypothesis import strategies as st

from skal.cli.spellings import LONG, alike, groups_of, is_slip


def grouped(*names):
    """Groups of names, of which the first is the most frequent."""
    groups = groups_of({name: 100 - i for i, name in enumerate(names)})
    return [list(group) for group in groups]


@pytest.mark.parametrize(
    "names",
    [
        ["AI", "Ai", "ai", "A I"],
        ["café", "cafe", "cafe\u0301", "CAFÉ"],
        ["Straße", "STRASSE"],
        ["non-smoker", "nonsmoker", "Non Smoker", "non_smoker"],
        ["yes", "yes.", "'yes'", "yes\u200b", "yes!"],
        ["positive", "positve", "postiive", "positivee", "positiwe"],
        ["not relevant", "not relevent"],
        ["type1", "type 1", "Type-1"],
        ["3", "3.0", "+3"],  # beside words, where numbers are classes by their spelling
        ["Ёлка", "елка"],
        ["bug", "bugs"],
        ["Bug", "bug", "bugs"],
        ["new cars", "new car"],
    ],
)
def test_spellings_of_one_class(names):
    assert grouped(*names) == [names]


@pytest.mark.parametrize(
    "names",
    [
        ["1", "2", "12", "1.2"],
        ["type1", "type2"],
        ["type 1", "type 11"],
        ["1.5 mg", "15 mg"],
        ["group A", "group B"],
        ["groupA", "groupB"],
        ["groupa", "groupb"],
        ["stage I", "stage II"],
        ["A", "A+", "A-", "A?"],
        ["C", "C++", "C#"],
        ["<5 years", ">5 years"],
        ["low", "now"],  # too short
        ["a", "as"],
        ["pas", "pass"],
        ["type A", "type As"],
        ["bug", "bus"],
        ["house", "mouse"],  # people hit the first letter
        ["typical", "atypical"],
        ["2020-01", "202001"],
        ["か", "が"],
        ["?", "-", ""],
        ["007", "7"],  # codes
        ["a4711b", "a4711c"],
    ],
)
def test_other_classes(names):
    assert grouped(*names) == []


def test_the_most_frequent_spelling_comes_first_and_the_largest_group():
    y = pd.Series(["ai"] * 2 + ["AI"] * 5 + ["no"] * 9 + ["No"] + [None, 3.0, "rare"])
    assert alike(y) == [{"no": 9, "No": 1}, {"AI": 5, "ai": 2}]
    assert alike(pd.Series([1.0, 1.5, None])) == []
    assert alike(pd.Series([], dtype=object)) == []


def test_a_slip_of_a_slip_is_another_class():
    assert grouped("carter", "caster", "castor") == [["carter", "caster"]]


def distance(one, other):
    """Slips between two words, by the table that everybody knows."""
    table = {}
    for i, j in itertools.product(range(len(one) + 1), range(len(other) + 1)):
        if not i or not j:
            table[i, j] = i + j
            continue
        changed = one[i - 1] != other[j - 1]
        ways = [table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + changed]
        if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            ways.append(table[i - 2, j - 2] + 1)
        table[i, j] = min(ways)
    return table[len(one), len(other)]


def is_slip_slowly(one, other):
    ends_otherwise = len(one) == len(other) and one[:-1] == other[:-1]
    long = min(len(one), len(other)) >= LONG
    return long and one[0] == other[0] and not ends_otherwise and distance(one, other) == 1


@settings(max_examples=300, deadline=None)
@given(st.text("ab", max_size=8), st.text("ab", max_size=8))
def test_slips_are_those_of_the_table(one, other):
    assert is_slip(one, other) == is_slip(other, one) == is_slip_slowly(one, other)


def test_no_slip_is_overlooked():
    rng = random.Random(0)
    names = sorted({"".join(rng.choices("abc", k=rng.randint(4, 9))) for _ in range(300)})
    heads, taken = [], set()
    for name in names:  # all as frequent, so that the first of the alphabet lead
        if name not in taken:
            near = [other for other in names if other not in taken and is_slip_slowly(name, other)]
            taken |= {name, *near}
            heads += [[name, *near]] if near else []
    groups = [sorted(group) for group in groups_of(dict.fromkeys(names, 1))]
    assert sorted(groups) == sorted(sorted(group) for group in heads)


def test_long_classes_are_compared_but_for_slips():
    sentence = "the patient did not come back for the second visit of the study"
    assert len(grouped(sentence, sentence.upper())) == 1
    assert grouped(sentence, sentence.replace("patient", "pateint")) == []
