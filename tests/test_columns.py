"""Columns of classes at their places."""

import numpy as np
import pytest

from skal._array import to_numpy
from skal._columns import align


@pytest.fixture(params=["numpy", "torch"])
def kind(request):
    if request.param == "numpy":
        return np.asarray
    return pytest.importorskip("torch").as_tensor


def test_columns_go_to_the_places_of_their_classes(kind):
    values = kind(np.array([[1.0, 2.0], [3.0, 4.0]]))
    aligned = align(values, np.array(["b", "d"]), np.array(["a", "b", "c", "d"]))
    np.testing.assert_array_equal(to_numpy(aligned), [[0, 1, 0, 2], [0, 3, 0, 4]])
    assert aligned.dtype == values.dtype


def test_a_fill_may_differ_by_row(kind):
    values, fill = kind(np.array([[1.0], [3.0]])), kind(np.array([[-7.0], [-8.0]]))
    aligned = align(values, np.array([1]), np.array([0, 1]), fill)
    np.testing.assert_array_equal(to_numpy(aligned), [[-7, 1], [-8, 3]])


def test_columns_of_other_classes_are_left_out(kind):
    values = kind(np.array([[1.0, 2.0, 3.0]]))
    aligned = align(values, np.array([0, 1, 2]), np.array([0, 2]))
    np.testing.assert_array_equal(to_numpy(aligned), [[1, 3]])


def test_the_same_classes_cost_no_copy(kind):
    values = kind(np.array([[1.0, 2.0]]))
    assert align(values, np.array([0, 1]), np.array([0, 1])) is values
