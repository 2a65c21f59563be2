"""Stopping rules in replays, and which of them to use."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from skal import ActiveLearner
from skal.experiments import compare, recommend_stopping
from skal.metrics import stopping_costs
from skal.stopping import Advice, Agreement, Plateau, StoppingRule, Worth

RNG = np.random.default_rng(0)
X = RNG.normal(size=(500, 3))
Y = (X[:, 0] + 0.5 * RNG.normal(size=500) > 0).astype(int)
HOW = {"seeds": 2, "budget": 100, "batch_size": 20, "progress": False}


class After(StoppingRule):
    """Stops at a number of labels, and asks for audits as the others do."""

    def __init__(self, n_labels):
        self.n_labels = n_labels

    def advise(self, learner):
        return Advice(learner.audits().n_known >= self.n_labels, "It is time.")


def test_rules_see_each_round_as_it_was(tmp_path):
    rules = {"after": After(60), "Agreement": Agreement(0.5, 1), "Worth": Worth(1, 1)}
    kept = {"results": tmp_path / "results.jsonl"}
    results = compare("margin", LogisticRegression(), (X, Y), stopping=rules, **HOW, **kept)
    assert (results["stop_after"] == (results["n_labelled"] >= 60)).all()
    assert not results.loc[results["round"] == 0, "stop_Agreement"].any()
    audited = results.groupby("seed")["audited"].apply(lambda rows: sum(map(len, rows)))
    assert audited.tolist() == [8, 8]  # a tenth of what was asked for with a model
    again = compare("margin", LogisticRegression(), (X, Y), stopping=rules, **HOW, **kept)
    pd.testing.assert_frame_equal(again, results)


def test_an_audit_of_the_learners_own_counts():
    learner = ActiveLearner(LogisticRegression(), audit=0.5)
    results = compare("margin", learner, (X, Y), stopping=After(60), **HOW)
    assert results["stop_After(n_labels=60)"].dtype == bool
    assert results.groupby("seed")["audited"].apply(lambda rows: sum(map(len, rows))).min() == 40


def test_without_rules_nothing_is_audited():
    results = compare("margin", LogisticRegression(), (X, Y), **HOW)
    assert "audited" not in results
    with pytest.raises(ValueError, match="no stopping rule"):
        stopping_costs(results, 1, 1)


def test_costs_by_hand():
    results = compare("margin", LogisticRegression(), (X, Y), stopping={"60": After(60)}, **HOW)
    costs = stopping_costs(results, 0.1, 2).droplevel(["data", "estimator", "strategy"])
    by_seed = [one for _, one in results.groupby("seed")]
    cost = [0.1 * one["n_labelled"] + 200 * (1 - one["accuracy"]) for one in by_seed]
    expected = np.mean([one.iloc[2] - one.min() for one in cost])
    assert costs.loc["60", "regret"] == pytest.approx(expected)
    assert costs.loc["60", ["labels", "stopped", "n_seeds"]].tolist() == [60, 1, 2]
    assert costs.loc["(whole budget)", ["labels", "stopped"]].tolist() == [100, 0]
    fixed = np.mean(cost, axis=0)
    assert costs.loc["(best fixed budget)", "cost"] == pytest.approx(fixed.min())
    assert costs["regret"].min() >= 0
    assert "Stop by 60: it ends after 60 labels" in recommend_stopping(results, 0.1, 2)


def test_what_is_no_rule_is_refused():
    with pytest.raises(TypeError, match="stopping='Agreement' is a string: give an instance"):
        compare("margin", LogisticRegression(), (X, Y), stopping="Agreement", **HOW)
    with pytest.raises(TypeError, match="not a stopping rule"):
        compare("margin", LogisticRegression(), (X, Y), stopping={"a": "Worth"}, **HOW)
    with pytest.raises(ValueError, match="patience"):
        compare("margin", LogisticRegression(), (X, Y), stopping=Agreement(patience=0), **HOW)
    with pytest.raises(ValueError, match="tolerance"):
        compare("margin", LogisticRegression(), (X, Y), stopping=[Plateau(-1)], **HOW)


def test_a_rule_that_does_not_suit_is_refused_before_any_replay():
    class NeverFitted(Ridge):
        def fit(self, X, y):
            raise AssertionError

    with pytest.raises(ValueError, match="Agreement compares predicted classes"):
        compare("random", NeverFitted(), (X, X[:, 0]), stopping=Agreement(), **HOW)
    for rule in (Plateau(scoring="accuracy"), Worth(1, 1, scoring="accuracy")):
        with pytest.raises(ValueError, match="has no learning curve"):
            compare("random", NeverFitted(), (X, X[:, 0]), stopping=rule, **HOW)


@pytest.mark.parametrize("price", [-1, np.nan, np.inf, "1", None, True])
def test_no_price(price):
    results = pd.DataFrame()
    with pytest.raises(ValueError, match=r"cost_of_label=.* must be a finite number"):
        recommend_stopping(results, price, 1)
    with pytest.raises(ValueError, match=r"value_of_point=.* must be a finite number"):
        stopping_costs(results, 1, price)
