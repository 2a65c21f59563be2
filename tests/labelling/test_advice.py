"""Whether to go on, by how far the last labels changed the model."""

import pytest

from skal.labelling import Answer, Draw
from skal.labelling.watching import Watch


@pytest.fixture
def big(make, tmp_path):
    path = tmp_path / "big.csv"
    path.write_text("text,category\n" + "".join(f"text {i},\n" for i in range(400)))

    def made(**options):
        return make(path, audit_reserve=0.5, **options)

    return made


def learned(store, n, said):
    """A model that has learned from n labels, and says this of the watched rows."""
    free = store.pool().items[~store.reserve()].tolist()
    value = "a" if store.settings()["task"] == "classification" else 1.0
    for item in free[store.progress()["labels"] : n]:
        store.desk.record(Answer(item, 1, "label", value))
    watched = store.desk.watched().tolist()
    words = (said * len(watched))[: len(watched)]
    store.desk.finish_round(store.desk.begin_round("Margin", {}, 0), [], {}, Watch(watched, words))


def test_before_there_are_two_models_one_goes_on(big):
    store = big()
    assert store.desk.advice() == "Not known yet: no model has learned."
    learned(store, 20, ["a"])
    assert "from only 20 labels" in store.desk.advice()
    learned(store, 60, ["a", "b"])
    assert "prediction for 50% of the rows" in store.desk.advice()
    assert store.desk.advice().startswith("Go on")


def test_a_model_that_changes_no_more_is_told(big):
    store = big()
    learned(store, 40, ["a", "b"])
    learned(store, 50, ["b", "a"])  # not compared: more than two thirds of the labels
    learned(store, 60, ["a", "b"])
    assert store.desk.advice().startswith("You may stop if the accuracy is enough: the last 20")
    assert "0% of the rows" in store.desk.advice()


def test_a_model_that_knows_one_class_is_none_to_stop_at(big):
    store = big()
    learned(store, 40, ["a"])
    learned(store, 60, ["a"])
    assert store.desk.advice() == "Go on: the model predicts a for every row."


def test_one_model_alone_has_nothing_to_be_compared_with(big):
    store = big()
    learned(store, 60, ["a", "b"])
    assert "no earlier model" in store.desk.advice()


def test_few_rows_that_are_left_say_nothing(store):
    learned(store, 0, ["a"])
    store.desk._standing._kept.clear()
    assert "from only" in store.desk.advice()


def test_numbers_move_by_a_share_of_their_spread(big):
    store = big(label="price", task="regression", classes=[])
    learned(store, 40, ["0", "10"])
    learned(store, 60, ["0", "10.1"])
    assert store.desk.advice().startswith("You may stop if R² is enough: the last 20 labels")
    learned(store, 100, ["4", "20"])
    assert store.desk.advice().startswith("Go on: the model still changes")
    learned(store, 160, ["4"])
    assert "the same number for every row" in store.desk.advice()


def test_with_30_random_rows_the_accuracy_decides(big):
    store = big()
    learned(store, 10, ["a"])
    desk, reserve = store.desk, store.pool().items[store.reserve()].tolist()
    for start in (0, 20, 40):
        number, watched = desk.begin_round("Margin", {}, 0), desk.watched().tolist()
        draws = [Draw(item, "audit", 0.5, "a") for item in reserve[start : start + 20]]
        desk.finish_round(number, draws, {}, Watch(watched, ["a"] * len(watched)))
        desk.lease(1, f"tab {start}", 100)
        for n, item in enumerate(reserve[start : start + 20]):
            desk.record(Answer(item, 1, "label", "b" if n % 4 == 3 else "a"))
        advice = desk.advice()
    assert advice.startswith(("Go on. ", "Stop. "))
    assert "100 more labels will raise accuracy by about" in advice
