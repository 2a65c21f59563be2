"""Models in files."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import Pipeline

pytest.importorskip("skrub")
pytest.importorskip("click")
pytest.importorskip("skops")
from skops import io as skops

from skal.cli.names import ESTIMATORS
from skal.tables import TableFeatures, load_model, save_model, tabular_learner
from skal.tables.saved import other_versions, read_model
from tests.tables.test_learner import wine


@pytest.fixture(scope="module")
def features():
    frame, _ = wine(90)
    return TableFeatures().fit(frame.assign(flag=np.arange(90) % 3 == 0))


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ESTIMATORS if name != "linear"]


@pytest.mark.parametrize("name", ["linear", *SLOW])
@pytest.mark.parametrize("column", [0, 1], ids=["classes", "numbers"])
def test_what_is_loaded_predicts_the_same(name, column, features, tmp_path):
    frame, truth = wine(90)
    frame = frame.assign(flag=np.arange(90) % 3 == 0)
    y = np.arange(90) * 1.5 if column else truth
    model = ESTIMATORS[name][column].fit(features.transform(frame), y)
    pipeline = Pipeline([("features", features), ("model", model)])
    save_model(pipeline, tmp_path / "model.skops", label="kind")
    again = load_model(tmp_path / "model.skops")
    new, _ = wine(40, seed=5)
    new["flag"] = False
    np.testing.assert_array_equal(again.predict(new), pipeline.predict(new))
    held = read_model(tmp_path / "model.skops")
    assert held["label"] == "kind"
    assert other_versions(held) == []
    assert other_versions({"versions": {"skrub": "0.1", "scikit-learn": "1.2"}}) == ["skrub 0.1", "scikit-learn 1.2"]  # fmt: skip


def test_the_pipeline_of_a_learner(tmp_path):
    frame, truth = wine(90)
    learner = tabular_learner().fit(frame, truth)
    save_model(learner.pipeline(), tmp_path / "model.skops")
    np.testing.assert_array_equal(load_model(tmp_path / "model.skops").predict(frame), learner.predict(frame))  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "-05:30", "America/New_York"])
def test_dates_with_a_time_zone(zone, tmp_path):
    frame, truth = wine(90)
    frame["when"] = pd.date_range("2024-01-01", periods=90, freq="5h", tz=zone)
    learner = tabular_learner().fit(frame, truth)
    assert "when" in learner.features_.kinds_["date"]
    save_model(learner.pipeline(), tmp_path / "model.skops")
    np.testing.assert_array_equal(load_model(tmp_path / "model.skops").predict(frame), learner.predict(frame))  # fmt: skip


class Own(ClassifierMixin, BaseEstimator):
    """Somebody's own model, of a type that no loader may trust."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self


def test_types_that_are_not_skals_own(tmp_path, features):
    path = tmp_path / "model.skops"
    pipeline = Pipeline([("features", features), ("model", Own())])
    with pytest.raises(ValueError, match=r"The model contains \S*test_saved\.Own"):
        save_model(pipeline, path)
    assert not path.exists()
    skops.dump({"pipeline": pipeline}, path)
    with pytest.raises(ValueError, match=r"contains \S*test_saved\.Own, which skal does not write"):  # fmt: skip
        load_model(path)
    skops.dump({"pipeline": features}, path)
    with pytest.raises(ValueError, match="is not a model written by skal train or save_model"):
        load_model(path)


def test_files_that_are_no_models(tmp_path):
    whole = tmp_path / "model.skops"
    frame = pd.DataFrame({"size": [1.5, 7.0, 2.5, 6.0]})
    save_model(tabular_learner().fit(frame, list("abab")).pipeline(), whole)
    path = tmp_path / "other.skops"
    for content in (b"", b"a,b\n1,2\n", whole.read_bytes()[:-100], whole.read_bytes()[:200]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="is not a model that skal can read"):
            load_model(path)
