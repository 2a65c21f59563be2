"""Scores that have stopped rising."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.metrics.outlook import rise
from skal.stopping import Plateau

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 5))
Y = (X @ RNG.normal(size=(5, 3)) + 0.5 * RNG.normal(size=(600, 3))).argmax(axis=1)
HOW = {"audit": 0.2, "replay_budget": 200, "batch_size": 20, "random_state": 0}
LEARNER = ActiveLearner(LogisticRegression(), **HOW).fit(X, Y)


def test_it_stops_where_the_rise_was_small_for_sure():
    most = rise(LEARNER, 100, None, 0.8)
    assert Plateau(1.01 * most).advise(LEARNER).stop
    advice = Plateau(0.99 * most).advise(LEARNER)
    assert not advice.stop
    assert f"up to {100 * most:.2g} points" in advice.why
    assert Plateau().advise(LEARNER).why.endswith("above the tolerance of 1 point.")
    assert "within the tolerance of" in Plateau(1.01 * most).advise(LEARNER).why
    assert rise(LEARNER, 50, None, 0.8) < most < rise(LEARNER, 100, None, 0.95)
    assert advice.expected_gain == LEARNER.outlook(100).gain


def test_too_early_and_too_few():
    assert "Too early" in Plateau(0.5, 200).advise(LEARNER).why
    y = np.where(np.arange(600) < 50, Y, np.nan)
    learner = ActiveLearner(LogisticRegression(), audit=0.2, random_state=0).fit(X, y)
    advice = Plateau(0.5, 10).advise(learner)
    assert not advice.stop
    assert "Too few audit labels" in advice.why


def test_a_tolerance_in_points_is_refused():
    with pytest.raises(ValueError, match=r"tolerance=5 is more than accuracy can rise.*0\.01"):
        Plateau(5).advise(LEARNER)


def test_parameters():
    assert repr(clone(Plateau(0.02))) == "Plateau(tolerance=0.02)"
    for wrong in (Plateau(0), Plateau(0.1, 0), Plateau(confidence=1)):
        with pytest.raises(ValueError, match="parameter of Plateau"):
            wrong.advise(LEARNER)
