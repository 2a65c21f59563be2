"""Plans that name what learns, and make it where they are carried out."""

import pickle

import numpy as np
import pytest

pytest.importorskip("click")
from skal.cli.names import ESTIMATORS, usual_strategy
from skal.cli.plan import FilePlan, plan_of, usual
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


def test_the_plan_of_a_pool_reads_its_embedding(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "pool/*.parquet"
    path.parent.mkdir()
    settings = {"label": "kind", "id": None, "missing": [], "task": "classification"}
    vectors = np.arange(40.0, dtype="f4").reshape(20, 2)

    def plan(encoder=None, **columns):
        table = pa.table({"text": [f"text {i}" for i in range(20)], **columns})
        parquet.write_table(table, path.parent / "a.parquet")
        return plan_of(tmp_path, path, settings, "linear", "Margin", encoder)

    made = plan(v=list(vectors))
    assert made.note == "20 rows. The page shows text; the model learns from the vectors of v."
    rows = pickle.loads(pickle.dumps(made)).rows()
    assert rows is made.rows()  # the files are opened once
    assert (rows[np.array([19, 3])] == vectors[[19, 3]]).all()
    assert "standardscaler" in made.learner(0).estimator.named_steps
    counted = plan(**{f"x{j}": vectors[:, 0] + j for j in range(16)})
    assert "learns from 16 columns, x0 to x15" in counted.note
    assert counted.rows() is not rows  # the file has changed
    assert counted.rows()[np.array([1])].tolist() == [[2.0 + j for j in range(16)]]
    assert "the model learns from these columns" in plan().note
    with pytest.raises(ValueError, match="--encoder tfidf computes an embedding"):
        plan("tfidf", v=list(vectors))
