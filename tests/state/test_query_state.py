"""What strategies see, and what they can do with it."""

import numpy as np
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skal import ActiveLearner
from skal.state import Rows, View
from skal.strategies import Margin, Random


def test_views(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(SVC(), Margin(), batch_size=3).fit(X, y)
    learner.teach(learner.query(), [0, 1, 2])
    state = learner.query_state()
    assert len(state.pool) == 75
    assert len(state.labelled) == 15
    assert state.holdout is None
    np.testing.assert_array_equal(state.candidates, np.arange(75))
    np.testing.assert_array_equal(state.pool.X, X[state.pool.rows])
    assert all(label is None for label in state.pool.y)
    np.testing.assert_array_equal(state.labelled.X, X[state.labelled.rows])
    np.testing.assert_array_equal(
        state.pool.decision, learner.decision_function(X[state.pool.rows])
    )
    np.testing.assert_array_equal(state.pool.prediction, learner.predict(X[state.pool.rows]))
    previous = learner.previous_estimator_.decision_function(X[state.pool.rows])
    np.testing.assert_array_equal(state.previous_pool.decision, previous)
    e = np.exp(state.pool.decision)
    np.testing.assert_allclose(state.pool.proba, e / e.sum(axis=1, keepdims=True))
    assert state.pool.proba is state.pool.proba  # computed once


def test_two_classes_stand_as_half_the_decision(blobs):
    X, truth, _ = blobs
    learner = ActiveLearner(SVC()).fit(X, truth > 0)
    f = learner.decision_function(X)
    view = learner.query_state(X).pool
    np.testing.assert_array_equal(view.decision, np.column_stack([-f / 2, f / 2]))
    np.testing.assert_allclose(view.proba[:, 1], 1 / (1 + np.exp(-f)))


def test_parts_share_what_is_known(blobs):
    X, _, y = blobs
    pool = ActiveLearner(GaussianNB()).fit(X, y).query_state().pool
    before = pool.part(np.array([5, 3]))
    proba = pool.proba
    after = pool.part(np.array([5, 3]))
    assert "proba" in vars(after)
    assert "proba" not in vars(before)
    np.testing.assert_allclose(before.proba, proba[[5, 3]])
    np.testing.assert_allclose(after.proba, proba[[5, 3]])
    assert pool.part(np.arange(78)) is pool


def test_restrict_narrows_the_candidates_only(blobs):
    X, _, y = blobs
    state = ActiveLearner(GaussianNB()).fit(X, y).query_state()
    narrow = state.restrict([3, 1])
    assert narrow.candidates.tolist() == [3, 1]
    assert narrow.pool is state.pool
    assert narrow.rng is state.rng
    assert len(state.candidates) == 78
    narrow.record(a=1)
    assert state.records == {"a": 1}


def test_any_rows_can_be_viewed(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB()).fit(X, y)
    view = learner.query_state().view(X[:4], truth[:4])
    np.testing.assert_allclose(view.proba, learner.predict_proba(X[:4]))
    np.testing.assert_array_equal(view.y, truth[:4])
    with pytest.raises(ValueError, match="X has 1 features"):
        learner.query_state().view(X[:, :1])


@pytest.mark.parametrize("outside", [False, True])
def test_refit(outside, blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB()).fit(X, y)
    state = learner.query_state(X[12:] if outside else None)
    more = state.refit([4, 7], truth[[16, 19]])
    known = [*range(12), 16, 19]
    expected = GaussianNB().fit(X[known], truth[known])
    np.testing.assert_allclose(more.pool.proba, expected.predict_proba(X[12:]))
    np.testing.assert_array_equal(more.candidates, state.candidates)
    assert len(more.labelled) == 14
    assert len(learner.query_state().labelled) == 12


def test_refit_with_a_new_class_or_too_few(blobs):
    X, truth, y = blobs
    state = ActiveLearner(GaussianNB()).fit(X, y).query_state()
    more = state.refit([4], [7])
    assert more.classes.tolist() == [0, 1, 2, 7]
    assert more.pool.proba.shape == (78, 4)
    assert state.pool.proba.shape == (78, 3)
    learner = ActiveLearner(GaussianNB(), initial=Random()).fit(X, [None] * 90)
    with pytest.raises(ValueError, match="Only one class is known"):
        learner.query_state().refit([0], [1])


def test_one_vs_one_votes(blobs):
    """Recognised wherever the SVC sits; not where something else makes columns of its own."""
    X, truth, _ = blobs
    plain = SVC().fit(X, truth)
    ovo = SVC(decision_function_shape="ovo")
    for estimator in (
        ovo,
        make_pipeline(StandardScaler(with_mean=False, with_std=False), ovo),
        GridSearchCV(SVC(), {"decision_function_shape": ["ovo"]}),
    ):
        view = ActiveLearner(estimator).fit(X, truth).query_state(X).pool
        np.testing.assert_allclose(view.decision, plain.decision_function(X))
    rest = OneVsRestClassifier(ovo)
    view = ActiveLearner(rest).fit(X, truth).query_state(X).pool
    np.testing.assert_allclose(view.decision, rest.fit(X, truth).decision_function(X))


def test_regression_state(blobs):
    X, _, _ = blobs
    y = np.where(np.arange(90) < 12, X[:, 0], np.nan)
    learner = ActiveLearner(Ridge(), Random(), random_state=0).fit(X, y)
    state = learner.query_state()
    assert state.classes is None
    assert np.isnan(state.pool.y).all()
    np.testing.assert_allclose(state.pool.prediction, learner.predict(X[12:]))


def test_before_the_first_model(blobs):
    X, _, _ = blobs
    learner = ActiveLearner(LogisticRegression(), initial=Random()).fit(X, [None] * 90)
    with pytest.raises(ValueError, match="There is no fitted model"):
        _ = learner.query_state().pool.proba


def test_a_classifier_without_probabilities_names_the_surrogate(blobs):

    class Plain(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):
            return self.classes_[np.zeros(len(X), int)]

    X, _, y = blobs
    with pytest.raises(
        ValueError, match=r"Plain has neither predict_proba nor decision_function.*surrogate="
    ):
        ActiveLearner(Plain(), Margin()).fit(X, y)
    state = ActiveLearner(Plain(), Random()).fit(X, y).query_state()
    with pytest.raises(AttributeError, match="surrogate="):
        _ = state.pool.proba


def test_reprs(blobs):
    X, truth, y = blobs
    state = ActiveLearner(GaussianNB()).fit(X, y, X_val=X[:9], y_val=truth[:9]).query_state()
    assert repr(state) == "<QueryState: 78 candidates in a pool of 78, 12 labelled, 9 held out>"
    assert repr(state.pool) == "<View of 78 rows>"


@pytest.mark.parametrize("form", ["sparse", "tensors"])
def test_features_are_dense_numpy_arrays_on_request(form):
    X = np.random.default_rng(0).normal(size=(40, 3))
    rows = sparse.csr_matrix(X) if form == "sparse" else pytest.importorskip("torch").tensor(X)
    view = View(Rows.all_of(rows))
    np.testing.assert_array_equal(view.dense_features(), X)
    with config_context(working_memory=2**-12):
        blocks = dict((rows.start, block) for rows, block in view.dense_blocks())
    assert {start: len(block) for start, block in blocks.items()} == {0: 16, 16: 16, 32: 8}
    np.testing.assert_array_equal(np.concatenate(list(blocks.values())), X)


def test_a_committee_of_refits_sees_every_class(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB(var_smoothing=0.1), random_state=0).fit(X, y)
    views = learner.query_state().committee(20)
    assert len(views) == 20
    assert all(set(view.model.classes_) == {0, 1, 2} for view in views)
    assert len({view.proba.tobytes() for view in views}) > 15


def test_reserved_records(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="n_labelled, rows: the learner records"):
        ActiveLearner(LogisticRegression()).fit(X, y).query_state().record(rows=1, n_labelled=2)
