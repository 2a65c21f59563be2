"""Plans that name what learns, and make it where they are carried out."""

import pickle

import numpy as np
import pytest

pytest.importorskip("click")
from skal.cli.names import ESTIMATORS, usual_strategy
from skal.cli.plan import FilePlan, usual
from skal.strategies import Margin


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_usual_strategy_is_known_without_imports(estimator, task):
    assert [usual(estimator, task)] == [*usual_strategy(estimator, task)]


def test_features_are_made_once_wherever_the_plan_goes(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("age,city,label\n" + "".join(f"{i},{'ab'[i % 2]},\n" for i in range(40)))
    source = (path, "label", None, frozenset())
    plan = FilePlan(tmp_path / "features", "forest", "Margin", source=source, encoder="tfidf")
    first = pickle.loads(pickle.dumps(plan)).rows()
    path.unlink()
    assert np.array_equal(plan.rows(), first)
    assert [file.name for file in tmp_path.iterdir()] == ["features-tfidf.npy"]


def test_a_learner_is_made_of_words():
    learner = FilePlan("", "forest", "Margin", task="regression").learner(3)
    assert isinstance(learner.strategy, Margin)
    assert type(learner.estimator) is type(ESTIMATORS["forest"][1])
    assert learner.random_state == 3
