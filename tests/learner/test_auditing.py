"""The reserve, and rows that are drawn from it at random."""

import pickle
import threading
from typing import ClassVar

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.svm import SVC

from skal import ActiveLearner
from skal.experiments import compare
from skal.strategies import Margin, Random, Strategy

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 3))
TRUTH = (X @ RNG.normal(size=(3, 3)) + RNG.normal(size=(400, 3))).argmax(axis=1)
Y = np.where(np.arange(400) < 30, TRUTH, np.nan)


def make(**parameters):
    parameters = {"audit": 0.2, "batch_size": 10, "random_state": 0} | parameters
    return ActiveLearner(parameters.pop("estimator", LogisticRegression()), **parameters)


def taught(learner, n_rounds, truth=TRUTH, **query):
    for _ in range(n_rounds):
        rows = learner.query(**query)
        learner.teach(rows, truth[rows])
    return learner


class Watching(Strategy):
    """Keeps what it was shown; asks for the first candidates."""

    seen: ClassVar[list] = []

    def select(self, state, n):
        self.seen.append((state.pool.rows, state.pool.rows[state.candidates]))
        return state.candidates[:n]


# ---------------------------------------------------------------------- who is drawn
def test_without_audit_nothing_changes():
    rows = ActiveLearner(LogisticRegression(), batch_size=10, random_state=0).fit(X, Y).query()
    again = make(audit=None, audit_reserve=0.9).fit(X, Y)
    assert (again.query() == rows).all()
    assert "audited" not in taught(again, 1).history_[-1]
    with pytest.raises(ValueError, match="set audit= before fit"):
        again.audits()


def test_the_strategy_sees_the_reserve_and_cannot_choose_from_it():
    Watching.seen.clear()
    learner = taught(make(strategy=Watching()).fit(X, Y), 5)
    pools, candidates = zip(*Watching.seen, strict=True)
    assert len(pools[0]) == 370
    reserve = set(pools[0].tolist()) - set(candidates[0].tolist())
    assert 0.17 < len(reserve) / 370 < 0.33  # 4 standard deviations
    assert all(reserve.isdisjoint(one.tolist()) for one in candidates)
    drawn = [row for record in learner.history_ for row in record.get("audited", [])]
    assert len(drawn) == 10 == len(set(drawn))
    assert set(drawn) <= reserve


def test_the_reserve_knows_nothing_of_labels_and_rows():
    drawn = []
    for seed in range(20):
        learner = make(audit=1.0, random_state=seed, audit_reserve=0.5).fit(X, Y)
        drawn += learner.query().tolist()
    counts = np.histogram(drawn, bins=np.linspace(30, 400, 6))[0]
    assert stats.chisquare(counts).pvalue > 1e-3


def test_asking_again_gives_the_same_rows_and_an_excluded_one_is_replaced():
    learner = make(strategy=Margin()).fit(X, Y)
    rows = learner.query()
    assert (learner.query() == rows).all()
    for row in rows:
        without = learner.query(exclude=[row])
        assert set(rows) - set(without) == {row}


@pytest.mark.parametrize(("batch_size", "n_rounds"), [(1, 20), (3, 10), (7, 6), (20, 3)])
def test_the_share_holds_for_batches_of_any_size(batch_size, n_rounds):
    learner = taught(make(batch_size=batch_size).fit(X, Y), n_rounds)
    assert len(learner.audits()) == int(0.2 * batch_size * n_rounds + 1e-9)


def test_a_pool_can_be_labelled_to_its_end():
    learner = make(batch_size=50, strategy=Random()).fit(X, Y)
    asked = []
    for _ in range(7):
        rows = learner.query()
        asked += rows.tolist()
        learner.teach(rows, TRUTH[rows])
    with pytest.warns(UserWarning, match="20 of the requested 50 rows"):
        asked += learner.query().tolist()
    assert sorted(asked) == list(range(30, 400))


def test_without_a_model_nothing_is_drawn():
    learner = make(initial=Random()).fit(X, np.full(400, np.nan))
    rows = learner.query()
    assert not learner._session.auditing.reserved(rows).any()
    assert learner.teach(rows, TRUTH[rows]).history_[-1]["audited"] == []
    assert len(taught(learner, 1).audits()) == 2


# ---------------------------------------------------------------------- what is kept
@pytest.mark.parametrize("estimator", [LogisticRegression(), SVC(), RidgeClassifier()])
def test_predictions_are_those_from_before_the_labels(estimator):
    learner = make(estimator=estimator).fit(X, Y)
    rows = learner.query()
    before = learner.predict(X)
    learner.teach(rows, TRUTH[rows])
    audits = learner.audits()
    assert set(audits.rows) < set(rows)
    assert (audits.y == TRUTH[audits.rows]).all()
    assert (audits.predicted == before[audits.rows]).all()
    record = learner.history_[-1]
    assert record["audited"] == audits.rows.tolist()
    assert record["audit_predicted"] == audits.predicted.tolist()
    assert len(record["audit_proba"][0]) == 3
    assert set(audits.n_labelled) == {30}


def test_the_probability_is_that_of_the_prediction_and_the_mean_that_of_the_reserve():
    learner = make().fit(X, Y)
    P = learner.predict_proba(X)
    reserve = np.flatnonzero(learner._session.auditing.reserved(np.arange(400)))
    reserve = reserve[reserve >= 30]
    audits = taught(learner, 1).audits()
    assert audits.confidence == pytest.approx(P[audits.rows].max(axis=1))
    assert audits.expected == pytest.approx(P[reserve].max(axis=1).mean())


def test_no_probability_of_a_model_that_tells_none():
    class Silent(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):
            return self.classes_[(X[:, 0] > 0).astype(int)]

    audits = taught(make(estimator=Silent(), strategy=Random()).fit(X, Y), 2).audits()
    assert np.isnan(audits.confidence).all()
    assert audits.watched_proba is None


def test_labels_given_late_or_twice_count_once_with_the_latest():
    learner = make().fit(X, Y)
    rows = learner.query()
    drawn = learner._session.auditing.draws[-1].rows
    others = np.setdiff1d(rows, drawn)
    before = learner.predict(X)
    learner.teach(others, TRUTH[others])
    assert len(learner.audits()) == 0
    learner.teach(drawn[:1], TRUTH[drawn[:1]])
    learner.teach(drawn[1:], [(TRUTH[drawn[1]] + 1) % 3])
    learner.teach(drawn[1:], TRUTH[drawn[1:]])
    audits = learner.audits()
    assert sorted(audits.rows) == sorted(drawn)
    assert (audits.predicted == before[audits.rows]).all()
    assert (audits.y == TRUTH[audits.rows]).all()
    assert sorted(learner.history_[-1]["audited"]) == sorted(drawn)


def test_rows_drawn_and_not_labelled_are_predicted_anew_when_drawn_again():
    learner = make(audit=1.0, audit_reserve=0.01, batch_size=3).fit(X, Y)
    first = learner.query()
    others = np.setdiff1d(
        np.arange(30, 60), np.flatnonzero(learner._session.auditing.reserved(np.arange(400)))
    )
    models = [learner.predict(X), learner.teach(others, TRUTH[others]).predict(X)]
    second = learner.query()
    assert set(first) & set(second)
    assert set(first) - set(second)
    both = np.union1d(first, second)
    audits = learner.teach(both, TRUTH[both]).audits()
    assert sorted(audits.rows) == sorted(both)
    for row, predicted, n in zip(audits.rows, audits.predicted, audits.n_labelled, strict=True):
        assert n == (30 + len(others) if row in second else 30)
        assert predicted == models[row in second][row]


def test_a_pool_of_its_own_that_grows():
    learner = make(strategy=Margin()).fit(X[:30], TRUTH[:30])
    done = []
    for n in (100, 150, 200, 370):
        pool, truth = X[30 : 30 + n], TRUTH[30 : 30 + n]
        rows = learner.query(pool, exclude=done)
        learner.teach(rows, truth[rows], X=pool)
        done += rows.tolist()
    audits = learner.audits()
    assert len(audits) == 8
    assert (audits.y == TRUTH[30:][audits.rows]).all()
    assert audits.watched.shape[0] == 5
    assert np.isfinite(audits.expected).all()


def test_regression():
    target = X[:, 0] + RNG.normal(size=400)
    learner = make(estimator=Ridge(), strategy=Random())
    learner.fit(X, np.where(np.arange(400) < 30, target, np.nan))
    before = learner.predict(X)
    audits = taught(learner, 1, truth=target).audits()
    assert audits.predicted == pytest.approx(before[audits.rows])
    assert audits.classes is None
    assert audits.watched.dtype.kind == "f"


def test_a_class_that_comes_later():
    y = np.where(np.arange(400) < 30, np.minimum(TRUTH, 1), np.nan)
    learner = taught(make().fit(X, y), 3)
    audits = learner.audits()
    assert audits.classes.tolist() == [0, 1, 2]
    assert audits.watched.max() <= 2
    assert (audits.y == TRUTH[audits.rows]).all()


def test_labels_that_are_words():
    words = np.array(["no", "perhaps", "yes"])[TRUTH]
    y = np.where(np.arange(400) < 30, words, None)
    audits = taught(make().fit(X, y), 2, truth=words).audits()
    assert set(audits.predicted) <= set(words)
    assert audits.watched.dtype.kind in "UO"


# ---------------------------------------------------------------------- where else it works
def test_a_replay_has_a_reserve_for_all_that_it_draws():
    learner = make(replay_budget=300, audit_reserve=0.01, initial_size=20)
    audits = learner.fit(X, TRUTH.astype(float)).audits()
    assert 45 <= len(audits) <= 70
    assert (audits.y == TRUTH[audits.rows]).all()


def test_clones_and_pickles():
    learner = taught(make().fit(X, Y), 2)
    assert clone(learner).audit == 0.2
    restored = pickle.loads(pickle.dumps(learner))
    assert (restored.query() == learner.query()).all()
    assert (restored.audits().predicted == learner.audits().predicted).all()


def test_a_learner_pickled_before_there_were_audits_goes_on():
    learner = make(audit=None).fit(X, Y)
    del learner.__dict__["audit"], learner.__dict__["audit_reserve"]
    old = learner._session.__dict__
    del old["auditing"]
    rows = learner.query()
    assert len(learner.teach(rows, TRUTH[rows]).query()) == 10
    assert learner.get_params()["audit"] is None


def test_in_a_comparison():
    learner = make(estimator=RandomForestClassifier(5), batch_size=1)
    frame = compare(Random(), learner, (X, TRUTH), 1, 60, 20, progress=False)
    assert frame["audited"].map(len).tolist() == [0, 4, 4]
    assert all(set(a) <= set(b) for a, b in zip(frame["audited"], frame["rows"], strict=True))


def test_a_query_that_goes_on_while_labels_are_taught():
    started, go_on = threading.Event(), threading.Event()

    class Slow(Strategy):
        slow = False

        def select(self, state, n):
            if Slow.slow:
                started.set()
                go_on.wait(10)
            return state.candidates[:n]

    learner = taught(make(strategy=Slow()).fit(X, Y), 1)
    rows = learner.query()
    Slow.slow = True
    thread = threading.Thread(target=learner.query)
    thread.start()
    started.wait(10)
    learner.teach(rows, TRUTH[rows])
    go_on.set()
    thread.join()
    Slow.slow = False
    assert len(learner.audits()) == 4
    assert len(taught(learner, 1).audits()) == 6


@pytest.mark.parametrize("audit", [0, -0.1, 1.5, True, "some"])
def test_a_share_that_is_none(audit):
    with pytest.raises(ValueError, match="'audit' parameter"):
        make(audit=audit).fit(X, Y)


@pytest.mark.parametrize("reserve", [0, 1, None])
def test_a_reserve_that_is_none(reserve):
    with pytest.raises(ValueError, match="'audit_reserve' parameter"):
        make(audit_reserve=reserve).fit(X, Y)


def test_a_round_gives_the_audits_of_its_time():
    learner, then = make(store_rounds=True).fit(X, Y), []
    for _ in range(4):
        rows = learner.query()
        then.append((len(learner.history_), learner.audits()))
        learner.teach(rows, TRUTH[rows])
    rounds = learner.rounds()
    for (_, before), (_, n_labelled, model) in zip(then, rounds):
        again = model.audits()
        assert again.n_known == before.n_known == n_labelled
        for name in ("rows", "y", "predicted", "confidence", "n_labelled", "round", "watched"):
            assert np.array_equal(getattr(again, name), getattr(before, name)), name
        np.testing.assert_allclose(again.watched_proba, before.watched_proba)
    assert len(rounds[-1].model.audits()) == len(learner.audits()) > 0


def test_a_query_without_its_labels_adds_no_model():
    learner = taught(make().fit(X, Y), 2)
    before = learner.audits().watched
    learner.query()
    assert np.array_equal(learner.audits().watched, before)


def test_earlier_rounds_say_nothing_where_rows_of_another_pool_were_taught():
    learner = make(store_rounds=True).fit(X, Y)
    other = X[:50] + 0.01
    rows = learner.query(other)
    learner.teach(rows, TRUTH[rows], X=other)
    with pytest.raises(ValueError, match="rows of another X"):
        learner.rounds()[0].model.audits()
