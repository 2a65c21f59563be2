"""The learning curve of a learner, by its audit rows."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

pytest.importorskip("matplotlib")

from skal import ActiveLearner
from skal.display import PerformanceDisplay
from skal.metrics import Estimate, performance_so_far, performance_today

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 3))
Y = (X[:, 0] + 0.5 * RNG.normal(size=600) > 0).astype(int)


def replayed(**parameters):
    parameters = {"audit": 0.2, "replay_budget": 200, "batch_size": 20} | parameters
    return ActiveLearner(LogisticRegression(), random_state=0, **parameters)


def test_it_draws_the_estimates_and_their_intervals():
    learner = replayed().fit(X, Y)
    estimates = performance_so_far(learner)
    display = PerformanceDisplay.from_learner(learner, outlook=50)
    n = [estimate.n_labelled for estimate in estimates]
    assert display.line_.get_xdata().tolist() == n == list(range(40, 201, 20))
    assert display.line_.get_ydata().tolist() == [estimate.value for estimate in estimates]
    corners = display.band_.get_paths()[0].vertices[:, 1]
    assert np.isin([one.low for one in estimates], corners).all()
    assert np.isin([one.high for one in estimates], corners).all()
    few = [one.n_labelled for one in estimates if not one.enough]
    assert display.ax_.lines[1].get_xdata().tolist() == few
    assert display.outlook_.get_xdata().tolist() == [200, 250]
    gain = np.diff(display.outlook_.get_ydata())[0]
    assert gain == pytest.approx(learner.outlook(50).gain)


def test_the_last_estimate_is_that_of_today():
    learner = replayed().fit(X, Y)
    assert performance_so_far(learner)[-1] == performance_today(learner)


def test_of_a_pipeline_and_of_numbers():
    model = make_pipeline(StandardScaler(), replayed()).fit(X, Y)
    assert PerformanceDisplay.from_learner(model, outlook=10).outlook_ is not None
    learner = replayed().set_params(estimator=Ridge()).fit(X, X[:, 0] + RNG.normal(size=600))
    display = PerformanceDisplay.from_learner(learner, outlook=10)
    assert display.ax_.get_ylabel() == "R²"


def test_what_cannot_be_drawn():
    one = Estimate(0.8, 0.7, 0.9, 40, 200, "by hand")
    with pytest.raises(ValueError, match="got 0 of 0 scores"):
        PerformanceDisplay([]).plot()
    with pytest.raises(ValueError, match="of one score"):
        PerformanceDisplay([one, Estimate(0.8, 0.7, 0.9, 40, 200, "", "f1")]).plot()
    with pytest.raises(ValueError, match="outlook"):
        PerformanceDisplay.from_learner(replayed().fit(X, Y), outlook=0)
