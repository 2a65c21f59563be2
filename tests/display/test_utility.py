"""The spread of utilities, and predicted against true ones."""

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.display import UtilityDisplay
from skal.strategies import Badge, Margin

plt = pytest.importorskip("matplotlib.pyplot")


def partly_labelled(strategy):
    X, y = load_iris(return_X_y=True)
    y = np.where(np.arange(150) % 50 < 5, y, np.nan)
    learner = ActiveLearner(LogisticRegression(max_iter=500), strategy, batch_size=7)
    return learner.fit(X, y), X


def test_the_spread_of_utilities():
    learner, _ = partly_labelled(Margin())
    before = dict(vars(learner))
    drawn = UtilityDisplay.from_learner(learner, bins=10, hist_kw={"linewidth": 2})
    assert vars(learner) == before  # a picture is no query
    scores = learner.query_utilities()
    counts, edges = np.histogram(scores[~np.isnan(scores)], 10)
    corners = drawn.bars_.get_xy()
    assert set(corners[:, 1].round(9)) == {0, *counts}
    assert corners[:, 0].min() == edges[0]
    at = [segment[0, 0] for segment in drawn.asked_.get_segments()]
    assert sorted(at) == sorted(scores[learner.query()])
    assert drawn.asked_.get_label() == "asked (7)"
    assert drawn.correlation_ is None


def test_the_spread_over_a_pool_of_its_own():
    learner, X = partly_labelled(Margin())
    drawn = UtilityDisplay.from_learner(learner, X[:40], batch_size=3)
    at = [segment[0, 0] for segment in drawn.asked_.get_segments()]
    assert sorted(at) == sorted(np.sort(learner.query_utilities(X[:40]))[-3:])
    assert len(drawn.utilities) == 40


def test_predicted_against_true():
    rng = np.random.default_rng(0)
    true = rng.normal(size=50)
    predicted = true + rng.normal(size=50)
    drawn = UtilityDisplay.from_utilities(predicted, true, scatter_kw={"s": 3})
    assert drawn.points_.get_offsets().data.tolist() == np.stack([true, predicted], axis=1).tolist()
    r = stats.pearsonr(predicted, true).statistic
    assert drawn.correlation_ == pytest.approx(r)
    assert drawn.ax_.get_title(loc="left") == f"correlation {r:.3f}"
    assert drawn.bars_ is None
    assert UtilityDisplay.from_utilities(predicted).points_ is None


def test_utilities_that_cannot_be_drawn():
    learner, _ = partly_labelled(Badge())
    with pytest.raises(TypeError, match="Badge selects rows jointly"):
        UtilityDisplay.from_learner(learner)
    one = np.ones(3)
    for wrong in ([], [[1.0]], [1.0, np.inf], [np.nan]):
        with pytest.raises(ValueError, match="The utilities must be one or more finite numbers"):
            UtilityDisplay.from_utilities(wrong)
        with pytest.raises(ValueError, match="The true utilities must be"):
            UtilityDisplay.from_utilities(one, wrong)
    with pytest.raises(ValueError, match="for each of the 3 predicted; got 2"):
        UtilityDisplay.from_utilities(one, one[:2])
    with pytest.raises(ValueError, match="two or more rows"):
        UtilityDisplay.from_utilities([1.0], [1.0])
    with pytest.raises(ValueError, match="scatter_kw= applies to a scatter"):
        UtilityDisplay.from_utilities(one, scatter_kw={})
    with pytest.raises(ValueError, match="bins= and hist_kw= apply to a distribution"):
        UtilityDisplay.from_utilities(one, one, bins=3)
    with pytest.raises(ValueError, match="all equal have no correlation"):
        UtilityDisplay.from_utilities(one, np.arange(3.0))
    assert plt.get_fignums() == []
