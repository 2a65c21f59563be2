"""Learners whose labels are maps: fit, query, teach, score, files and refusals."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import (
    Bait,
    Diversify,
    GoalInfluence,
    Lcmd,
    Margin,
    MarginShift,
    Random,
    Sequential,
    Spread,
    Strategy,
    TypiClust,
)
from tests.models.drawn_maps import K, drawn_maps, some_known

pytest.importorskip("torch", reason="nets need torch")
pytest.importorskip("skorch", reason="nets need skorch")

from tests.models.small_nets import map_net

X, MAPS = drawn_maps()
NET = map_net(max_epochs=3)


def learner(strategy=None, net=NET, **params):
    return ActiveLearner(net, Random() if strategy is None else strategy, random_state=0, **params)


def test_the_loop():
    ours = learner(batch_size=3).fit(X, some_known(MAPS, 4))
    np.testing.assert_array_equal(ours.query_state().labelled.rows, range(4))
    rows = ours.query()
    assert rows.min() >= 4
    ours.teach(rows, MAPS[rows])
    assert [record["n_labelled"] for record in ours.history_] == [4, 7]
    np.testing.assert_array_equal(ours.classes_, range(K))
    P = ours.predict_proba(X)
    assert P.shape == (24, K, *MAPS.shape[1:])
    np.testing.assert_array_equal(ours.predict(X), P.argmax(axis=1))
    assert ours.score(X, MAPS) == (ours.predict(X) == MAPS).mean()
    known = np.sort(np.append(rows, range(4)))
    whole = learner().fit(X[known], MAPS[known])  # the same labels, in another order of rows
    assert whole.predict(X).shape == MAPS.shape


@pytest.mark.parametrize("mark", [-1, -100, np.nan, 2**20])
def test_the_same_however_missing_maps_are_written(mark):
    y = MAPS.astype(float if mark != mark else int)
    y[4:] = mark
    y[0, 0] = mark
    listed = some_known(MAPS.copy(), 4)
    listed[0][0] = -1
    expected = learner().fit(X, listed).predict_proba(X)
    found = learner(missing_label=mark).fit(X, y)
    np.testing.assert_array_equal(found.query_state().labelled.rows, range(4))
    np.testing.assert_array_equal(found.predict_proba(X), expected)


def test_positions_without_a_label():
    half = MAPS.copy()
    half[:, :3] = -100
    ours = learner().fit(X, half)
    assert ours.score(X, half) == (ours.predict(X) == MAPS)[:, 3:].mean()
    assert ours.history_[-1]["n_labelled"] == 24
    np.testing.assert_array_equal(ours.query_state().labelled.y[:, :3], -1)


def test_all_ways_to_teach():
    ours = learner().fit(X, some_known(MAPS, 4))
    ours.teach(5, MAPS[5]).teach([6], MAPS[6]).teach([7], [MAPS[7]]).teach([8, 9], list(MAPS[8:10]))
    np.testing.assert_array_equal(ours.query_state().labelled.y, MAPS[[0, 1, 2, 3, 5, 6, 7, 8, 9]])
    ours.teach(5, MAPS[6])
    np.testing.assert_array_equal(ours.query_state().labelled.y[4], MAPS[6])
    more, answers = drawn_maps(6, seed=2)
    rows = ours.query(more, batch_size=2)
    ours.teach(rows, answers[rows], X=more)
    assert ours.history_[-1]["n_labelled"] == 11


def test_wrong_answers_change_nothing():
    ours = learner().fit(X, some_known(MAPS, 4))
    before = ours._session
    with pytest.raises(ValueError, match=r"y has shape \(1, 6, 6\); expected \(1, 6, 7\)"):
        ours.teach([5], MAPS[[5], :, :6])
    with pytest.raises(ValueError, match="The label of row 5 is missing"):
        ours.teach([5], np.full((1, 6, 7), -1))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ours.teach([5, 6], MAPS[5:6])
    assert ours._session is before


def test_a_start_without_labels():
    ours = learner("margin", initial=TypiClust(), batch_size=3).fit(X, [None] * 24)
    rows = ours.query()
    ours.teach(rows, MAPS[rows])
    assert ours.score(X, MAPS) > 0
    ours = learner(Bait(), initial=TypiClust()).fit(X, [None] * 24)
    with pytest.raises(ValueError, match=r"strategy=Bait\(\) is for rows with one label each"):
        ours.teach(rows, MAPS[rows])
    ours.query()
    with pytest.raises(ValueError, match=r"Only one class is known \(0\)"):
        learner().fit(X, np.where(np.arange(24)[:, None, None] < 2, 0, -1) * np.ones_like(MAPS))


def test_files_and_copies():
    ours = learner(Margin()).fit(X, some_known(MAPS, 4))
    again = pickle.loads(pickle.dumps(ours))
    np.testing.assert_array_equal(again.predict_proba(X), ours.predict_proba(X))
    np.testing.assert_array_equal(again.query(batch_size=3), ours.query(batch_size=3))
    again.teach([7], MAPS[[7]])


def test_replays_holdouts_and_warm_starts():
    ours = learner(replay_budget=8, batch_size=2, store_rounds=True).fit(X, MAPS)
    assert [len(record["rows"]) for record in ours.history_] == [2, 2, 2, 2]
    assert len(list(ours.staged_score(X, MAPS))) == 4
    ours = learner(validation_fraction=0.25).fit(X, MAPS)
    assert len(ours.query_state().holdout) == 6
    warm = learner(net=map_net(max_epochs=3, warm_start=True)).fit(X, some_known(MAPS, 4))
    warm.teach([4], MAPS[[4]])
    assert len(warm.estimator_.history) == 6


def test_two_of_three_outputs_known():
    two = np.where(MAPS == 2, -1, MAPS)
    ours = learner().fit(X, some_known(two, 4))
    np.testing.assert_array_equal(ours.classes_, [0, 1])
    assert set(np.unique(ours.predict(X))) <= {0, 1}
    np.testing.assert_allclose(ours.predict_proba(X).sum(axis=1), 1, rtol=1e-5)
    ours = learner(classes=[0, 1, 2]).fit(X, some_known(two, 4))
    assert ours.predict_proba(X).shape[1] == 3


class Mine(Strategy):
    def select(self, state, n):
        return state.candidates[:n]


@pytest.mark.parametrize(
    "strategy",
    [
        Bait(),
        GoalInfluence("entropy"),
        Lcmd(),
        MarginShift(),
        Diversify(Margin()),
        Sequential(Margin()),
        Spread(MarginShift()),
        Mine(),
    ],
)
def test_strategies_for_one_label_a_row(strategy):
    with pytest.raises(ValueError, match="is for rows with one label each, and these labels are"):
        learner(strategy).fit(X, MAPS)


def test_estimators_that_put_out_no_maps():
    flat = X.reshape(24, -1)
    with pytest.raises(ValueError, match=r"y has shape \(24, 6, 7\), a label at every position"):
        ActiveLearner(LogisticRegression()).fit(flat, MAPS)
    with pytest.raises(ValueError, match="a label at every position"):
        ActiveLearner(NET, surrogate=LogisticRegression()).fit(X, MAPS)


def test_scoring_rows_without_a_label():
    ours = learner().fit(X, MAPS)
    with pytest.raises(ValueError, match="20 of the 24 labels to score against are missing"):
        ours.score(X, some_known(MAPS, 4))
