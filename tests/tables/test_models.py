"""Linear models for tables."""

import pytest
from sklearn.base import is_classifier, is_regressor

from skal.models import last_layer
from skal.tables.models import linear_model


@pytest.mark.parametrize(("task", "kind"), [("classification", is_classifier), ("regression", is_regressor)])  # fmt: skip
def test_strategies_see_the_last_layer(task, kind):
    assert kind(linear_model(task))
    assert last_layer.knows(linear_model(task))
