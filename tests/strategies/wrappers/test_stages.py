"""A strategy for each number of labels."""

import pytest
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Margin, Random, Stages


@pytest.mark.parametrize(
    "stages", [[], "x", None, [(5, Random())], [(0, Random()), (0, Margin())], [(0.5, Random())]]
)
def test_stages_must_follow_one_another(stages, blobs):
    X, _, y = blobs
    with pytest.raises(
        ValueError, match=r"Stages must start at 0 labels|parameter of Stages must be"
    ):
        ActiveLearner(LogisticRegression(), Stages(stages)).fit(X, y)
