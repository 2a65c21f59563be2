"""Classes or numbers?"""

import numpy as np
import pytest

from skal.tables.targets import asked_of


@pytest.mark.parametrize(
    ("y", "task"),
    [
        (["yes", "no", None], "classification"),
        ([0, 1, None], "classification"),
        ([True, False, None], "classification"),
        ([1.0, np.nan, 2.0], "classification"),
        ([1.5, np.nan, 2.0], "regression"),
        (np.array([1.5, None, 2.0], dtype=object), "regression"),
    ],
)
def test_what_labels_ask_for(y, task):
    assert asked_of(y) == task


def test_a_mark_of_ones_own_is_no_label():
    assert asked_of([-1, 1.5, -1, 2.5], missing_label=-1) == "regression"


def test_what_labels_do_not_tell():
    with pytest.raises(ValueError, match="no label yet"):
        asked_of([None, np.nan])
    with pytest.raises(ValueError, match="50 different whole numbers"):
        asked_of(np.arange(50))
