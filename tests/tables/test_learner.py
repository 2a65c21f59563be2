"""A learner for frames of anything."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score

pytest.importorskip("skrub")

from skal import ActiveLearner
from skal.model_selection import LabelledKFold
from skal.strategies import Margin, Random
from skal.tables import TableFeatures, TabularLearner, tabular_learner

WORDS = np.array(["alpha", "beta", "gamma", "delta", "house", "tree", "river", "cloud"])


def wine(n=150, seed=0):
    """Numbers, a date, categories, texts, an id, a constant, missing cells; classes as words."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, n)
    frame = pd.DataFrame(
        {
            "code": [f"{i:05d}" for i in rng.permutation(n)],
            "age": rng.normal(40 + 9 * kind, 8).round(1),
            "city": rng.choice(["Rome", "Oslo", "Bern"], n),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 999, n), "D"),
            "note": [" ".join([*rng.choice(WORDS, 6), ["good", "bad", "fine"][k]]) for k in kind],
            "constant": 1,
        },
        index=rng.permutation(n) + 1000,
    )
    for column in ("age", "city", "since", "note"):
        frame.loc[frame.index[rng.random(n) < 0.1], column] = None
    return frame, np.array(["low", "middle", "high"])[kind]


def partly(y, n=40):
    y = y.astype(object)
    y[n:] = None
    return y


def test_the_loop_is_that_of_a_learner_on_the_features():
    frame, truth = wine()
    y = partly(truth)
    learner = tabular_learner(strategy=Margin(), batch_size=6, random_state=0).fit(frame, y)
    X = TableFeatures().fit_transform(frame)
    other = ActiveLearner(LogisticRegression(max_iter=1000), Margin(), batch_size=6, random_state=0)
    other.fit(X, y)
    for _ in range(2):
        rows = learner.query()
        np.testing.assert_array_equal(rows, other.query())
        learner.teach(rows, truth[rows])
        other.teach(rows, truth[rows])
    np.testing.assert_array_equal(learner.predict(frame), other.predict(X))
    np.testing.assert_array_equal(learner.predict_proba(frame), other.predict_proba(X))
    np.testing.assert_array_equal(learner.query_utilities(), other.query_utilities())
    assert learner.score(frame, truth) == other.score(X, truth) > 0.8
    assert learner.classes_.tolist() == ["high", "low", "middle"]
    assert learner.history_[-1]["n_labelled"] == 52
    assert learner.query_state().pool.rows.shape == (len(frame) - 52,)


def test_the_features_are_learned_from_labelled_rows_and_pool():
    frame, truth = wine()
    frame["city"] = ["Rome"] * 40 + ["Oslo"] * (len(frame) - 40)
    learner = tabular_learner().fit(frame, partly(truth))
    assert {"city_Oslo", "city_Rome"} <= set(learner.features_.get_feature_names_out())


def test_pools_of_their_own():
    frame, truth = wine()
    pool, answers = wine(60, seed=1)
    learner = tabular_learner(batch_size=5).fit(frame.iloc[:40], truth[:40])
    rows = learner.query(pool)
    learner.teach(rows, answers[rows], pool)
    assert learner.history_[-1]["n_labelled"] == 45
    assert not set(rows) & set(learner.query(pool, exclude=rows))


def test_the_frame_of_fit_is_known_again():
    frame, truth = wine()
    learner = tabular_learner(batch_size=5).fit(frame, partly(truth))
    rows = learner.query(frame)
    np.testing.assert_array_equal(rows, learner.query())
    learner.teach(rows, truth[rows], frame)
    assert learner.learner_.query_state().labelled.rows.size == 45


def test_classes_or_numbers_by_y():
    frame, truth = wine()
    assert not is_classifier(tabular_learner())
    assert is_classifier(tabular_learner().fit(frame, truth))
    ages = frame["age"].to_numpy()
    numbers = tabular_learner().fit(frame.drop(columns="age"), ages)
    assert is_regressor(numbers)
    assert not hasattr(numbers, "predict_proba")
    assert numbers.predict(frame.drop(columns="age")).dtype == float
    assert is_regressor(tabular_learner(RandomForestRegressor()))
    with pytest.raises(ValueError, match="y has no label yet"):
        tabular_learner().fit(frame, np.full(len(frame), np.nan))


def test_a_session_that_begins_without_a_label():
    frame, truth = wine()
    learner = tabular_learner(LogisticRegression(), initial=Random(), random_state=0)
    learner.fit(frame, np.full(len(frame), None))
    rows = learner.query(batch_size=12)
    assert learner.teach(rows, truth[rows]).predict(frame).shape == (len(frame),)


def test_cross_validation_and_searches():
    frame, truth = wine()
    scores = cross_val_score(tabular_learner(), frame, partly(truth, 60), cv=LabelledKFold(3))
    assert scores.shape == (3,)
    assert scores.mean() > 0.7
    learner = tabular_learner(replay_budget=40, batch_size=10, random_state=0)
    search = GridSearchCV(learner, {"learner__strategy": [Random(), Margin()]}, cv=3)
    assert search.fit(frame, truth).best_score_ > 0.7


def test_other_columns():
    frame, truth = wine()
    learner = tabular_learner().fit(frame, truth)
    before = learner.predict(frame)
    shuffled = frame[frame.columns[::-1]].assign(more=1)
    np.testing.assert_array_equal(learner.predict(shuffled), before)
    with pytest.raises(ValueError, match=r"X has no column 'city': it has code, age"):
        learner.predict(frame.drop(columns="city"))
    new = frame.head(3).assign(city="Paris", age=["none", "41", None], since=None, note=None)
    assert learner.predict(new).shape == (3,)


def test_after_an_error_it_is_as_before():
    frame, truth = wine()
    learner = tabular_learner(batch_size=4).fit(frame, partly(truth))
    rows, fitted = learner.query(), learner.features_
    with pytest.raises(ValueError, match="contains inf"):
        learner.fit(frame.assign(age=np.inf), truth)
    with pytest.raises(ValueError, match="There is no column to learn from"):
        learner.fit(frame[["constant"]], truth)
    assert learner.features_ is fitted
    np.testing.assert_array_equal(learner.query(), rows)


def test_before_fit():
    learner = tabular_learner(Ridge())
    for call in (learner.query, lambda: learner.predict([[1]]), learner.pipeline):
        with pytest.raises(NotFittedError, match="call fit first"):
            call()
    for name in ("classes_", "history_", "learner_", "estimator_", "feature_names_in_"):
        assert not hasattr(learner, name)
    assert not hasattr(learner, "predict_proba")
    assert clone(TabularLearner()).get_params() == {"features": None, "learner": None}


def test_a_frame_of_polars():
    polars = pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    frame, truth = wine()
    same = polars.from_pandas(frame)
    learner = tabular_learner(random_state=0).fit(same, partly(truth))
    other = tabular_learner(random_state=0).fit(frame, partly(truth))
    np.testing.assert_array_equal(learner.query(batch_size=5), other.query(batch_size=5))


def test_other_features():
    frame, truth = wine()
    learner = TabularLearner(features=TableFeatures(10, text_variance=1.0)).fit(frame, truth)
    names = learner.features_.get_feature_names_out()
    assert sum(name.startswith("note") for name in names) == 10
