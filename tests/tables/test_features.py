"""Tables as numbers."""

import pickle

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

pytest.importorskip("skrub")

from skal.tables import TableFeatures


def test_dates_with_a_time_zone():
    when = pd.Series(pd.date_range("2024-01-01", periods=9, tz="Europe/Rome"))
    when[4] = pd.NaT
    features = TableFeatures()
    X = features.fit_transform(pd.DataFrame({"when": when, "naive": when.dt.tz_localize(None)}))
    assert features.kinds_["date"] == ["when", "naive"]
    names = features.get_feature_names_out().tolist()
    for seconds in ("when_total_seconds", "naive_total_seconds"):
        column = X[:, names.index(seconds)]
        assert column[4] == pytest.approx(0, abs=1e-2)  # the median
        assert (np.diff(column[:4]) > 0).all()


def test_the_same_matrix_on_any_number_of_threads():
    rng = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(400)])
    frame = pd.DataFrame({"note": [" ".join(rng.choice(words, 12)) for _ in range(3000)]})
    made = []
    for n in (1, 2, 4):
        with threadpool_limits(n):
            made.append(TableFeatures().fit_transform(frame))
    assert made[0].tobytes() == made[1].tobytes() == made[2].tobytes()


def test_a_text_keeps_one_scale():
    rng = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(60)])
    frame = pd.DataFrame({"note": [" ".join(rng.choice(words, 8)) for _ in range(200)]})
    X = TableFeatures(20, text_variance=5.0).fit_transform(frame)
    variances = X.var(axis=0)
    assert X.shape == (200, 20)
    assert variances.sum() == pytest.approx(5.0, rel=1e-4)
    assert variances.max() > 2 * variances.min()  # the main directions stay the main ones


def test_the_parts_of_a_date_share_a_variance():
    when = pd.Series(pd.date_range("2020-01-01", periods=500, freq="31h"))
    when[3] = pd.NaT
    features = TableFeatures().fit(when.to_frame("when"))
    X, names = features.transform(when.to_frame("when")), features.get_feature_names_out()
    for mark in ("_circular_", "missingindicator_"):
        together = np.array([mark in name for name in names])
        assert together.sum() > 2
        others = X[:, together & ~np.array(["missing" in n and mark[0] == "_" for n in names])]
        assert others.var(axis=0).sum() == pytest.approx(1, abs=1e-4)
    assert X[:, names == "when_total_seconds"].var() == pytest.approx(1, rel=1e-4)
    assert X[:, names == "when_year"].var() == pytest.approx(1, rel=1e-4)


def test_one_row_and_columns_without_a_cell():
    X = TableFeatures().fit_transform(pd.DataFrame({"a": ["one two three four five", None]}))
    assert np.isfinite(X).all()
    frame = pd.DataFrame({"a": [1.5, None], "empty": [None, None], "nan": [np.nan, np.nan]})
    assert TableFeatures().fit(frame).kinds_["left out"] == ["empty", "nan"]
    with pytest.raises(ValueError, match="There is no column to learn from"):
        TableFeatures().fit(pd.DataFrame({"a": [1.0]}))


def test_what_it_cannot_take():
    with pytest.raises(ValueError, match="several columns 'a'"):
        TableFeatures().fit(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(ValueError, match="'text_dimensions'"):
        TableFeatures(0).fit(pd.DataFrame({"a": [1.5, 2.5]}))


def test_copies_are_the_same():
    frame = pd.DataFrame({"note": ["one two three four", "five six seven one", "two two one six"]})
    features = TableFeatures().fit(frame)
    again = pickle.loads(pickle.dumps(features))
    np.testing.assert_array_equal(again.transform(frame), features.transform(frame))
    assert pickle.loads(pickle.dumps(TableFeatures())).get_params() == TableFeatures().get_params()


def test_numbers_written_in_another_way_are_refused():
    frame = pd.DataFrame({"size": [1.5, 2.5, 4.5, 8.5], "kind": ["a", "b", "a", "b"]})
    features = TableFeatures().fit(frame)
    with pytest.raises(ValueError, match=r"'size' was numeric .* such as '1,5': read them as"):
        features.transform(frame.assign(size=["1,5", "2,5", None, "8,5"]))
    texts = features.transform(frame.assign(size=["1.5", "2.5", "4.5", "8.5"]))
    np.testing.assert_allclose(texts, features.transform(frame))
    assert np.isfinite(features.transform(frame.assign(size=None))).all()
