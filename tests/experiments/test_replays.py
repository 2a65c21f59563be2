"""One replay: its errors and its records."""

import numpy as np
import pytest
from sklearn.metrics import make_scorer

from skal import ActiveLearner
from skal.metrics import mean_iou
from skal.strategies import Bait, Margin, Random, Strategy, WrongPrediction
from tests.experiments.small import small
from tests.models.drawn_maps import drawn_maps


class Breaks(Strategy):
    """Breaks on its second query."""

    def select(self, state, n):
        if len(state.labelled) > 10:
            raise RuntimeError("broken")
        return state.candidates[:n]


def test_an_error_says_which_replay_and_keeps_the_others(tmp_path):
    kept = tmp_path / "kept.jsonl"
    with pytest.raises(RuntimeError, match="broken") as caught:
        small({"Random": Random(), "Bad": Breaks()}, results=kept)
    note = "In the replay of Bad with LogisticRegression(max_iter=500) on data, seed 0."
    assert note in caught.value.__notes__
    assert len(kept.read_text().splitlines()) == 1


class Records(Margin):
    """Records facts under names that the frame has already."""

    def select(self, state, n):
        state.record(accuracy=7.0, seed=9, own=1.5)
        return super().select(state, n)


def test_records_take_no_column_of_the_frame():
    results = small({"A": Records()}, seeds=[4])
    assert results["accuracy"].between(0, 1).all()
    assert (results["seed"] == 4).all()
    asked = results[results["round"] > 0]
    assert (asked["own"] == 1.5).all()
    assert (asked["recorded_accuracy"] == 7).all()
    assert (asked["recorded_seed"] == 9).all()


def test_maps():
    pytest.importorskip("torch", reason="nets need torch")
    pytest.importorskip("skorch", reason="nets need skorch")
    from tests.models.small_nets import map_net

    X, maps = drawn_maps(30)
    half = maps.copy()
    half[:, 0] = -100
    maps[20:] = half[20:]
    X_test, y_test = drawn_maps(10, seed=1)
    y_test[:, :2] = -1
    net, iou = map_net(max_epochs=2), make_scorer(mean_iou)
    settings = {"seeds": 1, "budget": 9, "batch_size": 3, "holdout_size": 3}
    by_strategy = small(
        [Random(), WrongPrediction()],
        net,
        (X, maps, X_test, y_test),
        scoring={"iou": iou},
        **settings,
    )
    assert by_strategy["n_labelled"].tolist() == [3, 6, 9] * 2
    assert by_strategy["iou"].between(0, 1).all()
    assert by_strategy["imbalance"].between(0, 1).all()
    for _, record in by_strategy[by_strategy["round"] == 1].iterrows():
        before = by_strategy.iloc[0]["rows"]
        model = ActiveLearner(net, Random(), random_state=0, classes=range(3))
        model.fit(X[np.sort(before)], maps[np.sort(before)])
        wrong = 1 - model.score(X[record["rows"]], maps[record["rows"]])
        assert record["mistakes"] == pytest.approx(wrong, abs=0.2)  # trained in another order
        assert 0 < record["base_error"] < 1
    plain = small(Random(), net, (X, maps, X_test, y_test), **settings)
    np.testing.assert_allclose(plain["accuracy"].iloc[:-1], 1 - plain["base_error"].iloc[1:])
    listed = [y if i < 12 else None for i, y in enumerate(maps)]
    split = small(Random(), net, (X, listed), seeds=2, budget=5, batch_size=2, test_size=4)
    assert split.groupby("seed")["n_labelled"].max().tolist() == [5, 5]
    with pytest.raises(ValueError, match="is for rows with one label each"):
        small(Bait(), net, (X, maps), **settings)
