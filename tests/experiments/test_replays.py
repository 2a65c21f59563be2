"""One replay: its errors and its records."""

import pytest

from skal.strategies import Margin, Random, Strategy
from tests.experiments.small import small


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
