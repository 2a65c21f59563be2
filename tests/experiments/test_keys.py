"""Keys of finished replays."""

import numpy as np
import pytest
from pandas.testing import assert_frame_equal
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Diversify, Entropy, Margin, Random, UtilityStrategy
from tests.experiments.small import IRIS, TIMES, small


class Counting(UtilityStrategy):
    """Random, with a line in a file for each query."""

    def __init__(self, path):
        self.path = path

    def utilities(self, state):
        with open(self.path, "a") as file:
            file.write("asked\n")
        return state.rng.random(len(state.candidates))


def asked(path):
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_nothing_is_repeated(tmp_path):
    count, kept = tmp_path / "count", tmp_path / "deep" / "kept.jsonl"
    strategies = {"A": Counting(str(count)), "Random": Random()}
    first = small(strategies, results=kept)
    assert asked(count) == 4  # two seeds, two queries after the first batch
    again = small(strategies, results=kept)
    assert asked(count) == 4
    assert_frame_equal(first, again)
    more = small(strategies, results=kept, seeds=3)
    assert asked(count) == 6
    assert_frame_equal(more[more["seed"] < 2].reset_index(drop=True), first)


@pytest.mark.parametrize(
    "change",
    [
        {"budget": 16},
        {"batch_size": 4},
        {"scoring": "balanced_accuracy"},
        {"test_size": 0.5},
        {"holdout_size": 10},
        {"initial_size": 12},
        {"estimators": LogisticRegression(C=9)},
        {"data": (IRIS[0] + 1, IRIS[1])},
        {"strategies": {"Random": Entropy(), "Margin": Margin()}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_question_gets_an_answer_of_its_own(tmp_path, change):
    kept = tmp_path / "kept.jsonl"
    small(results=kept, seeds=1)
    lines = len(kept.read_text().splitlines())
    assert_frame_equal(
        small(results=kept, **({"seeds": 1} | change)).drop(columns=TIMES),
        small(**({"seeds": 1} | change)).drop(columns=TIMES),
    )
    assert len(kept.read_text().splitlines()) > lines


def test_what_cannot_be_recognised_later(tmp_path):
    own = {
        "Random": Random(),
        "own": Diversify(Random(), classes=lambda state: state.candidates % 2),
    }
    assert len(small(own)) == 12
    with pytest.raises(TypeError, match=r"own or LogisticRegression.* cannot be pickled"):
        small(own, results=tmp_path / "kept.jsonl")


def test_a_new_name_repeats_nothing(tmp_path):
    kept = tmp_path / "kept.jsonl"
    small(results=kept)
    lines = len(kept.read_text().splitlines())
    results = small({"chance": Random(), "also": Margin(), "Margin": Margin()}, results=kept)
    assert len(kept.read_text().splitlines()) == lines
    assert results["strategy"].unique().tolist() == ["chance", "also", "Margin"]


def test_what_does_not_matter_repeats_nothing(tmp_path):
    kept = tmp_path / "kept.jsonl"
    small(results=kept)
    before = kept.read_bytes()
    fitted = LogisticRegression(max_iter=500).fit(*IRIS)
    small(results=kept, estimators=fitted, budget=np.int64(24))
    small(results=kept, data=(np.asfortranarray(IRIS[0]), IRIS[1]))
    small(results=kept, estimators=ActiveLearner(fitted, Margin(), batch_size=7, random_state=3))
    assert kept.read_bytes() == before
