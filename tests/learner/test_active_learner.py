"""The loop: fit, query, teach."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from skal import ActiveLearner
from skal.strategies import Diversify, Margin, MarginShift, Random, Shortlist, Spread


def test_the_model_is_the_estimator_fitted_on_the_labelled_rows(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), Margin(), batch_size=5).fit(X, y)
    rows = learner.query()
    learner.teach(rows, truth[rows])
    known = np.r_[np.arange(12), np.sort(rows)]
    expected = LogisticRegression().fit(X[known], truth[known])
    np.testing.assert_allclose(learner.predict_proba(X), expected.predict_proba(X), rtol=1e-6)
    np.testing.assert_array_equal(learner.predict(X), expected.predict(X))
    assert learner.score(X, truth) == expected.score(X, truth)


def test_history_and_previous_model(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), Margin(), batch_size=3).fit(X, y)
    first = learner.estimator_
    assert learner.previous_estimator_ is None
    rows = learner.query()
    learner.teach(rows[:2], truth[rows[:2]])
    assert learner.previous_estimator_ is first
    learner.teach(rows[2:], truth[rows[2:]])  # the same round
    assert learner.previous_estimator_ is first
    assert [record["n_labelled"] for record in learner.history_] == [12, 15]
    np.testing.assert_array_equal(learner.history_[1]["rows"], rows)
    assert learner.history_[1]["query_seconds"] > 0 < learner.history_[1]["fit_seconds"]
    second = learner.estimator_
    learner.query()
    learner.query()
    assert learner.previous_estimator_ is first  # until labels come in
    learner.teach([80], truth[[80]])
    assert learner.previous_estimator_ is second


def test_what_a_strategy_records_is_in_the_history(blobs):
    class Recording(Random):
        def utilities(self, state):
            state.record(mood="good")
            return super().utilities(state)

    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), Shortlist(Recording(), by=Random())).fit(X, y)
    rows = learner.query()
    learner.teach(rows, truth[rows])
    assert learner.history_[1]["mood"] == "good"


def test_a_row_relabelled_takes_the_new_label(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB()).fit(X, y)
    learner.teach([0, 20], [2, 1])
    changed = y.copy()
    changed[[0, 20]] = [2, 1]
    expected = GaussianNB().fit(X[[*range(12), 20]], changed[[*range(12), 20]])
    np.testing.assert_allclose(learner.predict_proba(X), expected.predict_proba(X))
    assert learner.history_[-1]["n_labelled"] == 13


def test_a_pool_of_its_own(blobs):
    X, truth, _ = blobs
    learner = ActiveLearner(GaussianNB(), batch_size=4).fit(X[:12], truth[:12])
    pool, answers = X[12:], truth[12:]
    rows = learner.query(pool)
    learner.teach(rows, answers[rows], X=pool)
    known = np.r_[np.arange(12), 12 + rows]
    expected = GaussianNB().fit(X[known], truth[known])
    np.testing.assert_allclose(learner.predict_proba(X), expected.predict_proba(X))
    assert not set(learner.query(pool, exclude=rows)) & set(rows)
    # taught again, the same row of the same pool takes the new label
    learner.teach(rows[:1], [2 - answers[rows[0]]], X=pool)
    changed = truth.copy()
    changed[12 + rows[0]] = 2 - answers[rows[0]]
    expected = GaussianNB().fit(X[known], changed[known])
    np.testing.assert_allclose(learner.predict_proba(X), expected.predict_proba(X))
    assert learner.history_[-1]["n_labelled"] == 16
    with pytest.raises(ValueError, match="every label of the X given to fit is known"):
        learner.query()


@pytest.mark.parametrize("kind", ["pandas", "polars", "csr", "list of str", "F", "dict"])
def test_a_row_taught_again_is_known_by_its_content(kind):
    """Whatever copy of the pool it comes from."""
    from sklearn.feature_extraction.text import CountVectorizer

    texts = [f"{'good' if i % 2 else 'bad'} word{i}" for i in range(40)]
    y = np.array([0, 1] * 20)
    estimator, pools = GaussianNB(), None
    X = np.random.default_rng(0).normal(size=(40, 3))
    if kind == "list of str":
        estimator = make_pipeline(CountVectorizer(), LogisticRegression())
        X, pools = texts, [texts[20:], list(texts[20:])]
    elif kind == "pandas":
        X = pd.DataFrame(X)
        pools = [
            X[20:],
            X[20:].copy(),
            X[20:].reset_index(drop=True),
            pickle.loads(pickle.dumps(X[20:])),
        ]
    elif kind == "polars":
        X = pl.DataFrame(X)
        pools = [X[20:], X[20:].clone()]
    elif kind == "csr":
        estimator, X = LogisticRegression(), sparse.csr_matrix(X)
        pools = [X[20:], X[20:].copy()]
    elif kind == "F":
        pools = [X[20:], np.asfortranarray(X[20:])]
    else:
        pytest.importorskip("torch", reason="only nets take dictionaries")
        from skal._rows import row_keys

        one, two = {"a": X[20:], "b": X[20:] + 1}, {"b": X[20:] + 1, "a": X[20:].copy()}
        assert row_keys(one, [0, 1]) == row_keys(two, [0, 1])
        return
    learner = ActiveLearner(estimator).fit(X[:20], y[:20])
    for pool in pools:
        learner.teach([0, 1], [0, 1], X=pool)
        assert learner.history_[-1]["n_labelled"] == 22
    learner.teach([1, 2], [0, 1], X=pools[0])
    assert learner.history_[-1]["n_labelled"] == 23


def test_rows_that_join_must_be_of_the_same_kind(blobs):
    X, truth, _ = blobs
    frame = pd.DataFrame(X)
    learner = ActiveLearner(GaussianNB()).fit(frame, truth)
    with (
        pytest.warns(UserWarning, match="feature names"),
        pytest.raises(ValueError, match=r"a DataFrame of 90 rows.* came as a ndarray of 1 rows"),
    ):
        ActiveLearner(GaussianNB()).fit(pd.DataFrame(X, columns=["a", "b"]), truth).teach(
            [0], [0], X=X
        )
    learner.teach([0], [0], X=frame)


def test_a_class_first_seen_in_teach(blobs):
    X, truth, y = blobs
    two = truth < 2
    learner = ActiveLearner(LogisticRegression()).fit(X, np.where(two, y, np.nan))
    assert learner.classes_.tolist() == [0, 1]
    new = np.flatnonzero(~two)[:2]
    learner.teach(new, [2, 2])
    assert learner.classes_.tolist() == [0, 1, 2]
    assert learner.classes_.dtype.kind == "i"
    assert learner.predict_proba(X).shape == (90, 3)


@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), SVC(), LinearSVC(), SVC(decision_function_shape="ovo")]
)
@pytest.mark.parametrize("n_seen", [2, 3])
def test_unseen_classes_have_columns(estimator, n_seen, blobs):
    X, truth, _ = blobs
    seen = truth < n_seen
    learner = ActiveLearner(estimator, classes=[3, 1, 0, 2, -5], random_state=0)
    learner.fit(X[seen], truth[seen])
    assert learner.classes_.tolist() == [-5, 0, 1, 2, 3]
    none_more = ActiveLearner(estimator, classes=[]).fit(X[seen], truth[seen])
    assert none_more.classes_.dtype.kind == "i"
    decision = learner.decision_function(X)
    assert decision.shape == (90, 5)
    inner = decision[:, 1 : n_seen + 1]
    unseen = np.delete(decision, np.arange(1, n_seen + 1), axis=1)
    np.testing.assert_allclose(
        unseen, np.repeat(inner.min(axis=1, keepdims=True) - 1, 5 - n_seen, 1)
    )
    agree = learner.classes_[decision.argmax(axis=1)] == learner.predict(X)
    assert agree.mean() > 0.95  # SVC breaks its ties by vote
    state = learner.query_state(X)
    assert state.pool.proba.shape == (90, 5)
    np.testing.assert_allclose(state.pool.proba.sum(axis=1), 1)
    if hasattr(learner, "predict_proba"):
        proba = learner.predict_proba(X)
        assert (proba[:, [0, *range(n_seen + 1, 5)]] == 0).all()
        assert np.isneginf(learner.predict_log_proba(X)[:, 0]).all()
        np.testing.assert_allclose(proba.sum(axis=1), 1)
    else:
        np.testing.assert_array_equal(
            state.pool.proba[:, 1 : n_seen + 1].argmax(axis=1), inner.argmax(axis=1)
        )


def test_nothing_labelled_yet(blobs):
    X, truth, _ = blobs
    learner = ActiveLearner(
        LogisticRegression(), initial=Random(), initial_size=1, batch_size=4, random_state=0
    ).fit(X, np.full(90, np.nan))
    assert not hasattr(learner, "estimator_")
    with pytest.raises(NotFittedError, match="too few labels are known"):
        learner.predict(X)
    assert np.isfinite(learner.query_utilities()).all()
    sizes = []
    while learner.history_ == [] or learner.history_[-1]["n_labelled"] < 12:
        rows = learner.query()
        sizes.append(len(rows))
        learner.teach(rows, truth[rows])
        n_classes = len(np.unique(truth[np.concatenate([r["rows"] for r in learner.history_])]))
        assert hasattr(learner, "estimator_") == (n_classes > 1)
    first = sizes.index(4)
    assert sizes == [1] * first + [4] * (len(sizes) - first)
    assert first >= 2


def test_a_regressor_begins_with_two_labels(blobs):
    X, _, _ = blobs
    learner = ActiveLearner(Ridge(), initial=Random(), random_state=0).fit(X, [None] * 90)
    for n in (1, 2):
        assert not hasattr(learner, "estimator_")
        rows = learner.query()
        learner.teach(rows, X[rows, 0])
        assert learner.history_[-1]["n_labelled"] == n
    assert learner.predict(X).shape == (90,)


def test_a_column_of_numbers_stays_one(blobs):
    X, _, _ = blobs
    y = np.where(np.arange(90) < 12, X[:, 0], np.nan)[:, None].astype(np.float32)
    learner = ActiveLearner(Ridge(), random_state=0).fit(X, y)
    learner.teach([50], [1.5]).teach([51], [[1.5]])
    assert learner.query_state().labelled.y.shape == (14, 1)
    assert learner.query_state().labelled.y.dtype == np.float32


def test_labels_never_wrap_around(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB()).fit(X, truth.astype(np.uint8))
    learner.teach([3, 4], [300.0, 1.0])
    assert learner.classes_.tolist() == [0, 1, 2, 300]
    learner = ActiveLearner(GaussianNB()).fit(
        X, pd.array([2**62, 2**62 + 1, *[None] * 88], dtype="Int64")
    )
    assert learner.classes_.tolist() == [2**62, 2**62 + 1]


def test_scalars_and_sets(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB(), classes={3, 4}).fit(X, y)
    learner.teach(20, 1)
    assert learner.classes_.tolist() == [0, 1, 2, 3, 4]
    assert len(learner.query(exclude={70, 71})) == len(learner.query(exclude=[70, 70])) == 1


def test_multi_output_regression(blobs):
    X, truth, _ = blobs
    Y = np.column_stack([X[:, 0], X[:, 1] * 2])
    learner = ActiveLearner(Ridge(), random_state=0).fit(
        X, np.where(np.arange(90)[:, None] < 9, Y, np.nan)
    )
    rows = learner.query(batch_size=5)
    learner.teach(rows, Y[rows])
    known = np.r_[np.arange(9), np.sort(rows)]
    np.testing.assert_allclose(learner.predict(X), Ridge().fit(X[known], Y[known]).predict(X))
    with pytest.raises(ValueError, match="some of its outputs missing"):
        learner.fit(X, np.where(np.arange(180).reshape(90, 2) < 9, Y, np.nan))


def test_strategy_none(blobs):
    X, _, y = blobs
    margins, rows = Spread(Margin(), factor=20), Spread(Random())
    for estimator, surrogate, strategy in (
        (LogisticRegression(), None, margins),
        (RandomForestClassifier(3), None, Margin()),
        (RandomForestClassifier(3), LogisticRegression(), margins),
        (LinearRegression(), None, rows),
        (RandomForestRegressor(3), None, Random()),
        (RandomForestRegressor(3), Ridge(), rows),
    ):
        params = {"surrogate": surrogate, "batch_size": 3, "random_state": 0}
        learner = ActiveLearner(estimator, **params).fit(X, y)
        assert repr(learner.strategy_) == repr(strategy)
        asked = ActiveLearner(estimator, strategy, **params).fit(X, y).query()
        np.testing.assert_array_equal(learner.query(), asked)


def test_spread_shows_the_scores_of_what_it_spreads(blobs):
    X, _, y = blobs
    learner = ActiveLearner(LogisticRegression()).fit(X, y)
    margins = clone(learner).set_params(strategy=Margin()).fit(X, y).query_utilities()
    np.testing.assert_array_equal(learner.query_utilities(), margins)


def test_surrogate(blobs):
    X, truth, y = blobs
    forest = RandomForestClassifier(n_estimators=5)
    learner = ActiveLearner(
        forest,
        Diversify(MarginShift()),
        surrogate=LogisticRegression(),
        batch_size=5,
        random_state=0,
    ).fit(X, y)
    plain = ActiveLearner(LogisticRegression(), Diversify(MarginShift()), batch_size=5).fit(X, y)
    for _ in range(3):
        rows = learner.query()
        np.testing.assert_array_equal(rows, plain.query())
        learner.teach(rows, truth[rows])
        plain.teach(rows, truth[rows])
    assert isinstance(learner.estimator_, RandomForestClassifier)
    np.testing.assert_allclose(learner.surrogate_.coef_, plain.estimator_.coef_, rtol=1e-6)


@pytest.mark.parametrize("fraction", [0.2, 0.5])
def test_validation_fraction(fraction, blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB(), validation_fraction=fraction, random_state=0).fit(X, y)
    state = learner.query_state()
    held = state.holdout.rows
    assert len(held) == round(12 * fraction)
    trained = np.setdiff1d(np.arange(12), held)
    np.testing.assert_array_equal(state.labelled.rows, trained)
    np.testing.assert_array_equal(state.holdout.y, truth[held])
    np.testing.assert_array_equal(state.holdout.X, X[held])
    assert set(truth[trained]) == set(truth[:12])
    assert not set(learner.query(batch_size=78)) & set(held)
    expected = GaussianNB().fit(X[trained], truth[trained])
    np.testing.assert_allclose(learner.predict_proba(X), expected.predict_proba(X))
    # a holdout row that gets another label stays a holdout row
    learner.teach(held[:1], [2 - truth[held[0]]])
    assert learner.query_state().holdout.y[0] == 2 - truth[held[0]]
    np.testing.assert_array_equal(learner.query_state().labelled.rows, trained)


def test_holdout_from_outside(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB()).fit(X[:60], y[:60], X_val=X[60:], y_val=truth[60:])
    state = learner.query_state()
    np.testing.assert_array_equal(state.holdout.y, truth[60:])
    np.testing.assert_allclose(state.holdout.proba, learner.predict_proba(X[60:]))


def test_pipelines_both_ways(blobs):
    X, truth, y = blobs
    around = make_pipeline(StandardScaler(), ActiveLearner(LogisticRegression(), Margin()))
    around.fit(X, y)
    inside = ActiveLearner(make_pipeline(StandardScaler(), LogisticRegression()), Margin()).fit(
        X, y
    )
    assert around[-1].query().shape == inside.query().shape == (1,)
    scaled = around[:-1].transform(X)
    np.testing.assert_array_equal(
        around[-1].query(scaled), [np.nanargmax(around[-1].query_utilities(scaled))]
    )
    inside.teach([30], truth[[30]])
    assert inside.predict(X).shape == (90,)


def test_staged(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), store_rounds=True, batch_size=5).fit(X, y)
    models = [learner.estimator_]
    for _ in range(2):
        rows = learner.query()
        learner.teach(rows[:3], truth[rows[:3]])
        learner.teach(rows[3:], truth[rows[3:]])
        models.append(learner.estimator_)
    np.testing.assert_array_equal(list(learner.staged_predict(X)), [m.predict(X) for m in models])
    assert list(learner.staged_score(X, truth)) == [m.score(X, truth) for m in models]
    with pytest.raises(ValueError, match="store_rounds=True"):
        list(clone(learner).set_params(store_rounds=False).fit(X, y).staged_predict(X))


def test_nested_seeds_are_set_and_given_ones_kept(blobs):
    X, _, y = blobs
    pipeline = make_pipeline(StandardScaler(), SGDClassifier())
    one, two = (ActiveLearner(clone(pipeline), random_state=3).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(one.estimator_[-1].coef_, two.estimator_[-1].coef_)
    other = ActiveLearner(clone(pipeline), random_state=4).fit(X, y)
    assert other.estimator_[-1].random_state != one.estimator_[-1].random_state
    given = ActiveLearner(SGDClassifier(random_state=7), random_state=3).fit(X, y)
    assert given.estimator_.random_state == 7
    assert pipeline[-1].random_state is None


def test_a_pickled_learner_goes_on_where_it_was(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), MarginShift(), batch_size=3, random_state=0).fit(
        X, y
    )
    rows = learner.query()
    copy = pickle.loads(pickle.dumps(learner))
    for one in (learner, copy):
        one.teach(rows, truth[rows])
    np.testing.assert_array_equal(learner.query(), copy.query())
    np.testing.assert_array_equal(learner.previous_estimator_.coef_, copy.previous_estimator_.coef_)


def test_another_process_asks_for_the_same_rows(capsys):
    code = (
        "import numpy as np\n"
        "from sklearn.ensemble import RandomForestClassifier\n"
        "from sklearn.datasets import load_iris\n"
        "from skal import ActiveLearner\n"
        "from skal.strategies import Random, Shortlist, Margin\n"
        "X, t = load_iris(return_X_y=True)\n"
        "l = ActiveLearner(RandomForestClassifier(5, n_jobs=N_JOBS), Shortlist(Random()), batch_size=4,\n"
        "    initial=Random(), random_state=0).fit(X, [None] * 150)\n"
        "for _ in range(4):\n"
        "    r = l.query(); l.teach(r, t[r]); print(*r)\n"
    )
    exec(code.replace("N_JOBS", "1"), {})
    here = capsys.readouterr().out
    command = [sys.executable, "-c", code.replace("N_JOBS", "2")]
    there = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert here == there
    assert len(here.split()) == 16


def test_histogram_gradient_boosting_with_nan_features(blobs):
    X, truth, y = blobs
    X = X.copy()
    X[::7, 0] = np.nan
    learner = ActiveLearner(
        HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=2), Margin()
    ).fit(X, y)
    rows = learner.query(batch_size=6)
    assert len(learner.teach(rows, truth[rows]).query(X, batch_size=4)) == 4


def test_html_says_what_is_known(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), Margin())
    assert "labels known" not in learner._repr_html_()
    html = learner.fit(X, y)._repr_html_()
    assert "12 labels known of 90 rows" in html
    assert "LogisticRegression" in html
    assert "Margin" in html


def test_classes_accumulate_over_fits(blobs):
    """fit starts afresh."""
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), store_rounds=True).fit(X, y)
    learner.teach(learner.query(), [9])
    learner.fit(X, y)
    assert learner.classes_.tolist() == [0, 1, 2]
    assert learner.previous_estimator_ is None
    assert len(learner.history_) == len(learner.rounds()) == 1


@pytest.mark.parametrize(
    ("estimator", "says"),
    [
        (GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}), r"the cv of GridSearchCV splits them 5 ways and wants at least 5 labels of every class; now the fewest are 3"),
        (CalibratedClassifierCV(LinearSVC()), "the cv of CalibratedClassifierCV splits them 5 ways"),
        (make_pipeline(StandardScaler(), CalibratedClassifierCV(LinearSVC(), cv=4)), r"CalibratedClassifierCV \(calibratedclassifiercv\) splits them 4 ways"),
        (GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=KFold(12)), "wants at least 12 labels; now the fewest are 9"),
        (GradientBoostingClassifier(n_iter_no_change=2), "early stopping of GradientBoostingClassifier sets 10% of them aside"),
        (SGDClassifier(early_stopping=True), "early stopping of SGDClassifier sets 10% of them aside and wants at least 30 labels"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_an_inner_split_says_how_many_labels_it_wants(estimator, says, blobs):
    X, truth, _ = blobs
    y = np.full(90, np.nan)
    rows = np.concatenate([np.flatnonzero(truth == c)[:3] for c in range(3)])
    y[rows] = truth[rows]
    with pytest.raises(ValueError, match=says):
        ActiveLearner(estimator).fit(X, y)


def test_knn_ties_are_stable(blobs):
    X, _, y = blobs
    learner = ActiveLearner(KNeighborsClassifier(1), Margin()).fit(X, y)  # all margins are 1
    np.testing.assert_array_equal(learner.query(batch_size=5), np.arange(12, 17))
