"""Sentences, where they are."""

import numpy as np
import pytest

from skal import datasets
from tests.datasets.loading import loaded


def test_sentences():
    X, y = loaded("rt_polarity")
    _, ratings = loaded("rt_polarity", "rating")
    assert len(X) == len(y) == len(ratings) == 10605
    assert np.bincount(y).tolist() == [5315, 5290]
    assert ratings[y == 1].mean() > 0.5 > -0.5 > ratings[y == 0].mean()


def test_labels_of_no_such_kind():
    with pytest.raises(ValueError, match="target='stars'"):
        datasets.load_rt_polarity("stars")
