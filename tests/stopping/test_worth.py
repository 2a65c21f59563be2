"""Whether another batch is worth its cost."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.stopping import Worth

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 5))
Y = (X @ RNG.normal(size=(5, 3)) + 0.5 * RNG.normal(size=(600, 3))).argmax(axis=1)
HOW = {"audit": 0.2, "replay_budget": 200, "batch_size": 20, "random_state": 0}
LEARNER = ActiveLearner(LogisticRegression(), **HOW).fit(X, Y)


def test_the_gain_of_the_next_batch_is_weighed_against_its_cost():
    gain = LEARNER.outlook(20).gain
    advice = Worth(1, 1).advise(LEARNER)
    assert advice.expected_gain == gain
    even = 20 / (100 * gain)  # the value of a point at which both are equal
    assert Worth(1, 0.99 * even).advise(LEARNER).stop
    assert not Worth(1, 1.01 * even).advise(LEARNER).stop
    assert not Worth(0, 1e-9).advise(LEARNER).stop
    assert "of 20 labels costs 20" in advice.why


def test_the_batch_may_be_another():
    advice = Worth(2, 1, n_labels=50).advise(LEARNER)
    assert advice.expected_gain == LEARNER.outlook(50).gain
    assert "of 50 labels costs 100" in advice.why


def test_of_a_pipeline():
    pipe = make_pipeline(StandardScaler(), ActiveLearner(LogisticRegression(), **HOW)).fit(X, Y)
    assert Worth(1, 1).advise(pipe) == Worth(1, 1).advise(pipe[-1])


def test_too_few_rows_are_no_reason_to_stop():
    y = np.where(np.arange(600) < 50, Y, np.nan)
    learner = ActiveLearner(LogisticRegression(), audit=0.2, random_state=0).fit(X, y)
    advice = Worth(1, 1).advise(learner)
    assert not advice.stop
    assert np.isnan(advice.expected_gain)
    assert str(advice).startswith("Go on. Too few audit labels")


def test_of_audits():
    learner = LEARNER
    found = Worth(1, 1, n_labels=20).advise(learner.audits())
    assert found == Worth(1, 1).advise(learner)
    with pytest.raises(ValueError, match="have no batch size: set n_labels="):
        Worth(1, 1).advise(learner.audits())
    with pytest.raises(TypeError, match="has no audits"):
        Worth(1, 1).advise(LogisticRegression())


def test_parameters():
    assert repr(clone(Worth(1, 2))) == "Worth(cost_of_label=1, value_of_point=2)"
    for wrong in (Worth(-1, 1), Worth(1, 0), Worth(1, 1, n_labels=0), Worth("1", 1)):
        with pytest.raises(ValueError, match="parameter of Worth"):
            wrong.advise(LEARNER)
    with pytest.raises(ValueError, match="no learning curve"):
        Worth(1, 1, scoring="balanced_accuracy").advise(LEARNER)
