"""Successive models that agree."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import cohen_kappa_score

from skal import ActiveLearner
from skal.stopping import Agreement
from skal.stopping.agreement import kappa

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 3))
Y = X[:, :2].argmax(axis=1)


def learner_of(watched):
    """A learner whose models predicted this."""
    audits = SimpleNamespace(watched=np.array(watched), classes=np.arange(3))
    return SimpleNamespace(audits=lambda: audits)


def test_kappa_is_scikit_learns():
    one, other = RNG.integers(4, size=(2, 200))
    assert kappa(one, other) == pytest.approx(cohen_kappa_score(one, other))
    assert kappa(one, one) == 1
    assert kappa(np.zeros(5), np.zeros(5)) == 1
    assert kappa(np.zeros(4), np.ones(4)) == pytest.approx(cohen_kappa_score([0] * 4, [1] * 4))


def test_it_stops_when_the_latest_models_agree():
    a, b = RNG.integers(3, size=(2, 100))
    rule = Agreement(patience=2)
    assert rule.advise(learner_of([b, a, a, a])).stop
    assert not rule.advise(learner_of([b, b, a, a])).stop
    assert not rule.advise(learner_of([a, a])).stop
    assert "1 pair of" in rule.advise(learner_of([a, a])).why
    assert "and says nothing about" in str(rule.advise(learner_of([b, a, a, a])))
    assert Agreement(patience=1).advise(learner_of([b, a, a])).why.startswith("Successive")


def test_nothing_is_left_to_compare_on():
    advice = Agreement(patience=2).advise(learner_of(np.empty((4, 0))))
    assert not advice.stop
    assert "every random row of the audit reserve has a label" in advice.why


def test_of_learners():
    how = {"replay_budget": 100, "batch_size": 20, "random_state": 0}
    learner = ActiveLearner(LogisticRegression(), audit=0.1, **how).fit(X, Y)
    assert Agreement(0.5).advise(learner).stop
    with pytest.raises(ValueError, match="predicts numbers"):
        Agreement().advise(ActiveLearner(Ridge(), audit=0.1, **how).fit(X, X[:, 0]))
    with pytest.raises(ValueError, match="set audit="):
        Agreement().advise(ActiveLearner(LogisticRegression(), **how).fit(X, Y))


def test_parameters():
    rule = clone(Agreement(0.9, 5))
    assert repr(rule) == "Agreement(kappa=0.9, patience=5)"
    for wrong in (Agreement(kappa=1.0), Agreement(patience=0), Agreement(patience=True)):
        with pytest.raises(ValueError, match="parameter of Agreement"):
            wrong.advise(None)
