"""Labels that are maps, as people write them."""

import numpy as np
import pytest

from skal._maps import (
    UNLABELLED,
    MapReader,
    accuracy,
    check_works_on_maps,
    is_map,
    seen_classes,
    share_right,
)
from skal.strategies import Margin, Shortlist, Spread

MAPS = np.array([[[0, 1], [2, 2]], [[1, 1], [0, 0]], [[2, 0], [1, 0]]])
READER = MapReader(frozenset({255}))


def read(y, missing_label=np.nan):
    return READER.read(y, missing_label)


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        (MAPS, True),
        (list(MAPS), True),
        ([None, MAPS[0]], True),
        ([0, 1, None], False),
        (["ab", "cd"], False),
        ([[1], [2]], False),
        (np.zeros((3, 2)), False),
        (None, False),
    ],
)
def test_what_is_a_map(y, expected):
    assert is_map(y) is expected


@pytest.mark.parametrize("mark", [-1, -100, 255])
def test_positions_and_rows_without_a_label(mark):
    y = MAPS.copy()
    y[0, 0] = mark
    y[1] = mark
    maps, known = read(y)
    assert maps.dtype == np.int16
    np.testing.assert_array_equal(known, [True, False, True])
    np.testing.assert_array_equal(maps[0], [[UNLABELLED] * 2, [2, 2]])
    np.testing.assert_array_equal(maps[2], MAPS[2])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint64, np.int8])
def test_types_of_few_bytes(kind):
    mark = min(255, np.iinfo(kind).max)
    y = MAPS.astype(kind)
    y[0, 0] = mark
    maps, _ = MapReader(frozenset({mark})).read(y, np.nan)
    np.testing.assert_array_equal(maps[0], [[UNLABELLED] * 2, [2, 2]])


@pytest.mark.parametrize("nothing", [None, np.nan, float("nan")])
def test_lists_with_maps_that_are_not_there(nothing):
    for y in ([MAPS[0], nothing, MAPS[2]], np.array([*MAPS, nothing], object)[[0, 3, 2]]):
        maps, known = read(y)
        np.testing.assert_array_equal(known, [True, False, True])
        np.testing.assert_array_equal(maps[known], MAPS[[0, 2]])


def test_floats_booleans_objects_and_marks():
    floats = MAPS.astype(float)
    floats[0, 0, 0], floats[1] = np.nan, np.nan
    for y in (floats, np.where(np.isnan(floats), None, floats)):
        maps, known = read(y)
        np.testing.assert_array_equal(known, [True, False, True])
        np.testing.assert_array_equal(maps[0], [[UNLABELLED, 1], [2, 2]])
    np.testing.assert_array_equal(read(MAPS > 1)[0], MAPS > 1)
    np.testing.assert_array_equal(read(MAPS, missing_label=2)[0][0], [[0, 1], [-1, -1]])
    assert read(np.full((1, 1, 1), 2**15))[0].dtype == np.int64


def test_what_is_no_map_of_classes():
    with pytest.raises(ValueError, match=r"must be the numbers 0, 1, … of the net's outputs"):
        read(MAPS + 0.5)
    with pytest.raises(ValueError, match="must be the numbers 0, 1"):
        read(np.full((2, 2, 2), "cat"))
    with pytest.raises(ValueError, match="must be the numbers 0, 1"):
        read(np.full((2, 2, 2), np.inf))
    with pytest.raises(ValueError, match=r"differ in shape \(\(2, 1\) and \(2, 2\)\)"):
        read([MAPS[0], MAPS[1][:, :1]])
    with pytest.raises(ValueError, match="holds maps, and 3 in place of one"):
        read([MAPS[0], 3])


def test_classes_and_shares():
    y = np.where(MAPS == 1, UNLABELLED, MAPS)
    np.testing.assert_array_equal(seen_classes(y), [0, 2])
    np.testing.assert_array_equal(seen_classes(np.array([3, -1, 3])), [-1, 3])
    assert share_right(y, np.zeros_like(y)) == accuracy(y, np.zeros_like(y)) == 5 / 8
    assert share_right(np.array([1, 2]), np.array([1, 1])) == 0.5


def test_strategies_say_whether_they_take_maps():
    check_works_on_maps(Spread(Shortlist(Margin())))
    with pytest.raises(ValueError, match=r"object.* is for rows with one label each"):
        check_works_on_maps(object())
