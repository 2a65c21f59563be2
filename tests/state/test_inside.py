"""What a view shows of the inside of a model."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from skal import ActiveLearner


@pytest.mark.parametrize("what", ["proba", "decision"])
def test_a_regression_has_no_classes(what):
    y = np.array([0.0, 1.0, np.nan])
    pool = ActiveLearner(Ridge()).fit([[0.0], [1.0], [2.0]], y).query_state().pool
    with pytest.raises(TypeError, match="regression, which has no class"):
        getattr(pool, what)
