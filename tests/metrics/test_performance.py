"""Performance today, of learners."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skal import ActiveLearner
from skal._audits import Audits
from skal.metrics import performance_today, random_rows
from skal.metrics.performance import estimate

RNG = np.random.default_rng(1)
X = RNG.normal(size=(3000, 4))
SCORES = X @ RNG.normal(size=(4, 3)) + 0.7 * RNG.normal(size=(3000, 3))
TRUTH, TARGET = SCORES.argmax(axis=1), SCORES[:, 0]


def replayed(y, seed=0, estimator=None, **parameters):
    parameters = {"audit": 0.2, "replay_budget": 200, "batch_size": 20, **parameters}
    learner = ActiveLearner(estimator or LogisticRegression(), random_state=seed, **parameters)
    return learner.fit(X[:1000], y[:1000])


def improving(rng, n_rounds=9, n_rows=4, w=300):
    """Audits of models that get better, as the last one knows; and how good that one is."""
    n = n_rounds * n_rows
    P = rng.dirichlet([0.4, 0.4], size=w + n)
    noise = np.linspace(1.5, 0.2, n_rounds + 1)[:, np.newaxis]
    said = (P[:, 1] + noise * rng.normal(size=(n_rounds + 1, w + n)) / 3 > 0.5).astype(int)
    sure = np.where(said == 1, P[:, 1], P[:, 0])
    number = np.repeat(np.arange(n_rounds), n_rows)
    rows = w + np.arange(n)
    audits = Audits(
        rows=rows,
        y=(rng.random(n) < P[rows, 1]).astype(int),
        predicted=said[number, rows],
        confidence=sure[number, rows],
        expected=sure[number, :w].mean(axis=1),
        n_labelled=20 + 20 * number,
        round=number,
        watched=said[:, :w],
        watched_proba=P[:w],
        classes=np.arange(2),
        n_known=20 + 20 * n_rounds,
    )
    fresh = rng.dirichlet([0.4, 0.4], size=5000)
    today = fresh[:, 1] + noise[-1] * rng.normal(size=5000) / 3 > 0.5
    return audits, np.where(today, fresh[:, 1], fresh[:, 0]).mean()


def test_accuracy_is_covered_and_the_interval_is_not_wider_than_the_exact_one():
    rng, covered, widths, errors = np.random.default_rng(0), [], [], []
    for _ in range(100):
        audits, true = improving(rng)
        found = estimate(audits, "accuracy", 0.95)
        covered.append(found.low <= true <= found.high)
        exact = random_rows.proportion(round(true * found.n_rows), found.n_rows, 0.95)
        widths.append((found.high - found.low) / (exact.high - exact.low))
        errors.append(found.value - true)
    assert np.mean(covered) >= 0.93
    assert np.mean(widths) < 1.15  # the lag is not known exactly
    assert abs(np.mean(errors)) < 0.02


def test_a_tree_that_is_always_certain_is_not_taken_at_its_word():
    errors = []
    for seed in range(6):
        learner = replayed(TRUTH, seed, DecisionTreeClassifier(random_state=0), strategy="margin")
        found = performance_today(learner)
        true = learner.score(X[1000:], TRUTH[1000:])
        assert found.low <= true <= found.high
        assert found.high - found.low < 0.45
        errors.append(found.value - true)
    assert abs(np.mean(errors)) < 0.06


def test_where_all_random_rows_have_labels_the_latest_rows_alone_count():
    audits, _ = improving(np.random.default_rng(0), n_rows=20)
    spent = replace(audits, watched=audits.watched[:, :0], watched_proba=audits.watched_proba[:0])
    for scoring in ("accuracy", "balanced_accuracy", "f1"):
        assert estimate(spent, scoring, 0.95).n_rows == 30
    found = estimate(spent, "accuracy", 0.95)
    right = audits.y == audits.predicted
    assert abs(found.value - right[-30:].mean()) < abs(found.value - right.mean())
    assert found.n_measured == 180
    assert "cannot be measured" in str(found)


def test_a_learner_without_random_rows_left_names_the_model_that_was_measured():
    known = np.where(np.arange(600) < 30, TRUTH[:600], np.nan)
    learner = ActiveLearner(
        LogisticRegression(), audit=0.5, audit_reserve=0.1, batch_size=40, random_state=0
    ).fit(X[:600], known)
    for _ in range(6):
        rows = learner.query()
        learner.teach(rows, TRUTH[rows])
    found = performance_today(learner)
    assert found.n_rows == 30
    assert found.n_measured == learner.audits().n_labelled.max() < found.n_labelled
    assert str(found).startswith(f"Accuracy with up to {found.n_measured} labels: ")
    assert "Add new rows" in str(found)
    few = ActiveLearner(
        LogisticRegression(), audit=0.5, audit_reserve=0.02, batch_size=40, random_state=0
    ).fit(X[:600], known)
    rows = few.query()
    said = str(performance_today(few.teach(rows, TRUTH[rows])))
    assert said.startswith("Too few audit labels")
    assert "needed" not in said
    assert "Add new rows" in said


def test_of_a_learner():
    learner = replayed(TRUTH, 1)
    found = performance_today(learner)
    assert found.low < learner.score(X[1000:], TRUTH[1000:]) < found.high
    assert 30 <= found.n_rows <= len(learner.audits()) == 36
    assert found.n_labelled == 200
    assert found.method.startswith("difference estimator, exact binomial interval")


@pytest.mark.parametrize("scoring", ["balanced_accuracy", "f1", "precision", "recall"])
def test_other_scores_of_classes(scoring):
    y = TRUTH == 0 if scoring != "balanced_accuracy" else TRUTH
    found = performance_today(replayed(y.astype(int)), scoring)
    assert 0 <= found.low < found.value < found.high <= 1
    assert found.scoring == scoring


def test_f1_is_that_of_the_rows_where_nothing_lags():
    learner = replayed(
        (TRUTH == 0).astype(int), audit=1.0, replay_budget=450, initial_size=400, batch_size=50
    )
    audits = learner.audits()
    found = performance_today(learner, "f1")
    assert found.value == pytest.approx(f1_score(audits.y, audits.predicted), abs=0.05)


@pytest.mark.parametrize("scoring", [None, "neg_mean_absolute_error"])
def test_numbers(scoring):
    learner = replayed(TARGET, estimator=Ridge())
    found = performance_today(learner, scoring)
    predicted = learner.predict(X[1000:])
    true = learner.score(X[1000:], TARGET[1000:])
    true = true if scoring is None else -np.abs(predicted - TARGET[1000:]).mean()
    assert found.low < true < found.high
    assert found.scoring == (scoring or "r2")


def test_a_pipeline_and_the_confidence():
    y = np.where(np.arange(3000) < 50, TRUTH, np.nan)
    pipeline = make_pipeline(
        StandardScaler(), ActiveLearner(LogisticRegression(), audit=0.5, batch_size=40)
    ).fit(X, y)
    assert str(performance_today(pipeline)).startswith("Too few audit labels: no random row")
    rows = pipeline[-1].query()
    pipeline[-1].teach(rows, TRUTH[rows])
    wide, narrow = (performance_today(pipeline, confidence=c) for c in (0.99, 0.5))
    assert wide.low < narrow.low < narrow.high < wide.high
    assert 15 <= wide.n_rows <= 20


def test_audits_stand_for_their_learner():
    learner = replayed(TRUTH)
    assert performance_today(learner.audits()) == performance_today(learner)


@pytest.mark.parametrize("scoring", ["precision", "recall", "f1"])
def test_a_score_of_some_rows_says_how_many_rows_were_drawn(scoring):
    found = performance_today(replayed((TRUTH == 0).astype(int)), scoring)
    assert found.n_rows <= found.n_audits < found.n_drawn == 36


@pytest.mark.parametrize("confidence", [0, 1, 95, np.nan, "0.95", None, True])
def test_no_confidence(confidence):
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        performance_today(None, confidence=confidence)


@pytest.mark.parametrize("learner", [None, LogisticRegression(), ActiveLearner, "learner"])
def test_no_learner(learner):
    with pytest.raises(TypeError, match="which has no audits: pass a fitted ActiveLearner"):
        performance_today(learner)


def test_numbers_before_any_audit_row():
    y = np.where(np.arange(1000) < 30, TARGET[:1000], np.nan)
    learner = ActiveLearner(Ridge(), audit=0.2, batch_size=20).fit(X[:1000], y)
    for scoring in ("r2", "neg_mean_absolute_error"):
        found = performance_today(learner, scoring)
        assert np.isnan(found.value)
        assert "no random row is labelled yet" in str(found)


def test_errors():
    learner = replayed(TRUTH)
    with pytest.raises(ValueError, match="no interval that is known to be right; of classes"):
        performance_today(learner, "roc_auc")
    with pytest.raises(ValueError, match="of two classes, and there are 3"):
        performance_today(learner, "f1")
    with pytest.raises(ValueError, match="confidence=2"):
        performance_today(learner, confidence=2)
    with pytest.raises(TypeError, match="Got LogisticRegression, which has no audits"):
        performance_today(LogisticRegression())
    with pytest.raises(ValueError, match="set audit= before fit"):
        performance_today(ActiveLearner(LogisticRegression()).fit(X[:50], TRUTH[:50]))


def test_of_a_learner_of_tables():
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("skrub")
    from skal.tables import TabularLearner

    learner = TabularLearner(ActiveLearner(LogisticRegression(), audit=0.2, random_state=0))
    y = np.where(np.arange(100) < 30, TRUTH[:100], np.nan)
    learner.fit(pandas.DataFrame(X[:100], columns=list("abcd")), y)
    assert "no random row" in str(performance_today(learner))
