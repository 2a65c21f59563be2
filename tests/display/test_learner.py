"""What is no fitted learner, and what every picture of one says of it."""

import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from skal.display import LearningCurveDisplay, QueryMapDisplay, UtilityDisplay
from tests.display.pictured import replayed


@pytest.mark.parametrize(
    "draw",
    [
        lambda learner, X, y: LearningCurveDisplay.from_learner(learner, X, y),
        lambda learner, X, y: QueryMapDisplay.from_learner(learner, X),
        lambda learner, X, y: UtilityDisplay.from_learner(learner, X),
    ],
)
def test_what_is_no_fitted_learner(draw):
    learner, X, y = replayed(store_rounds=True)
    with pytest.raises(TypeError, match=r"and Pipeline was passed. .* pass pipe\[-1\]"):
        draw(make_pipeline(learner), X, y)
    with pytest.raises(NotFittedError):
        draw(clone(learner), X, y)
