"""What more labels would bring, of learners."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.metrics import Outlook
from skal.metrics.outlook import outlook, rise

RNG = np.random.default_rng(0)
X = RNG.normal(size=(800, 5))
W = RNG.normal(size=(5, 3))
Y = (X @ W + 0.5 * RNG.normal(size=(800, 3))).argmax(axis=1)
TARGET = X @ W[:, 0] + 0.3 * RNG.normal(size=800)


def replayed(estimator=None, y=Y, **parameters):
    parameters = {"audit": 0.2, "replay_budget": 200, "batch_size": 20} | parameters
    estimator = LogisticRegression() if estimator is None else estimator
    return ActiveLearner(estimator, random_state=0, **parameters).fit(X, y)


def test_more_labels_bring_more_and_intervals_hold_their_middle():
    learner = replayed()
    near, far = learner.outlook(20), learner.outlook(1000)
    assert 0 < near.gain < far.gain < 1 - near.value + near.gain
    for one in (near, far):
        assert one.low < one.value < one.high
        assert 0 <= one.gain_low <= one.gain <= one.gain_high
        assert one.n_rows == len(learner.audits())
        assert one.n_labelled == 200
    wide = learner.outlook(20, confidence=0.95)
    assert wide.low <= near.low
    assert near.high <= wide.high


def test_numbers():
    learner = replayed(Ridge(), TARGET)
    ahead = learner.outlook(50)
    assert ahead.scoring == "r2"
    assert 0.5 < ahead.low < ahead.value < ahead.high <= 1
    error = learner.outlook(50, "neg_mean_absolute_error")
    assert error.low < error.value < error.high < 0 <= error.gain
    assert "raise R² by about" in str(ahead)


def test_of_a_pipeline():
    pipe = make_pipeline(StandardScaler(), ActiveLearner(
        LogisticRegression(), audit=0.2, replay_budget=100, batch_size=20, random_state=0
    )).fit(X, Y)  # fmt: skip
    assert outlook(pipe, 10) == pipe[-1].outlook(10)
    assert rise(pipe, 20, None, 0.8) > 0


def test_no_rows_and_few_rows():
    learner = replayed(replay_budget=40)
    few = learner.outlook(100)
    assert few.n_rows == 4
    assert few.enough
    none = replayed(replay_budget=None, y=np.where(np.arange(800) < 30, Y, np.nan)).outlook(100)
    assert np.isnan(none.value)
    assert (none.low, none.high) == (0, 1)
    assert not none.enough
    assert str(none).startswith("Too few audit labels")
    assert "100 more labels: 0 of at" in str(none)
    assert "50 more labels: 1 of at least 4." in str(Outlook(0.9, 0.8, 1, 0.1, 0, 0.2, 50, 1, 30))


def test_what_is_refused():
    learner = replayed(replay_budget=60)
    with pytest.raises(ValueError, match="no learning curve"):
        learner.outlook(100, "balanced_accuracy")
    with pytest.raises(ValueError, match="n_labels"):
        learner.outlook(0)
    with pytest.raises(ValueError, match="confidence"):
        learner.outlook(10, confidence=1.0)
    with pytest.raises(ValueError, match="set audit="):
        replayed(audit=None).outlook(10)
    with pytest.raises(TypeError, match="Got LogisticRegression, which has no audits"):
        outlook(LogisticRegression(), 10)


def test_a_model_that_makes_no_error():
    ahead = replayed(Ridge(), np.ones(800)).outlook(50)
    assert (ahead.value, ahead.gain) == pytest.approx((1, 0))


def test_a_number_of_labels_may_be_numpys():
    assert str(replayed().outlook(np.int64(1))).startswith("1 more label will")
