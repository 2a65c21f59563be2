"""How good the model is by random rows: against exact binomial intervals, and by hand."""

import numpy as np
import pytest
from scipy.stats import binomtest

pytest.importorskip("pandas")
from skal._audits import Audits
from skal.labelling import Answer, Draw, Store
from skal.labelling.watching import Watch
from skal.metrics.performance import estimate

ME = 1


def round_of(store, n, said, kind="audit", watch=None, proba=None):
    """A round that draws n rows, of which the model says this; the items."""
    desk, pool = store.desk, store.pool()
    of_kind = pool.reserve if kind == "audit" else ~pool.reserve
    taken = store.events()["item"].tolist()
    items = [i for i in pool.items[of_kind].tolist() if i not in taken][:n]
    draws = [
        Draw(i, kind, 0.5 if kind == "audit" else None, word, None if proba is None else proba[k])
        for k, (i, word) in enumerate(zip(items, said))
    ]
    watched = desk.watched()[-40:].tolist()
    told = watch or ["a"] * len(watched)
    shown = [{"a": 0.8, "b": 0.2}] * len(watched) if proba is not None else None
    desk.finish_round(
        desk.begin_round("Margin", {}, 0), draws, {}, Watch(watched, told, shown, 0.8)
    )
    return items


def answer(store, items, label="a"):
    labels = [label] * len(items) if isinstance(label, str) else label
    n = 0
    while store.desk.lease(ME, f"tab {(n := n + 1)}", 100):
        pass
    for item, word in zip(items, labels):
        store.desk.record(Answer(item, ME, "label", word))


@pytest.fixture
def big(make, tmp_path):
    path = tmp_path / "big.csv"
    path.write_text("text,category\n" + "".join(f"text {i},\n" for i in range(400)))
    return make(path, audit_reserve=0.5)


def test_nothing_is_known_before_a_model_has_learned(big):
    today = big.desk.performance()
    assert (today.n_rows, today.n_labelled, today.low, today.high) == (0, 0, 0, 1)
    assert np.isnan(today.value)
    assert "no random row is labelled yet" in str(today)
    assert not today.enough


def test_of_one_model_the_interval_is_the_exact_binomial_one(big):
    answer(big, round_of(big, 40, ["a"] * 30 + ["b"] * 10))
    today = big.desk.performance()
    n = today.n_rows
    assert 30 <= n <= 40
    right = max(0, n - 10)
    exact = binomtest(right, n).proportion_ci(method="exact")
    assert today.value == pytest.approx(right / n)
    assert (today.low, today.high) == pytest.approx((exact.low, exact.high))
    assert today.n_labelled == 40


def test_it_is_the_librarys_estimate_of_what_the_models_said(big):
    """Two models, of which the later one differs on a quarter of the watched rows."""
    p = {"a": 0.6, "b": 0.4}
    first = round_of(big, 20, ["a"] * 15 + ["b"] * 5, proba=[p] * 20)
    answer(big, first)
    changed = ["b"] * 10 + ["a"] * 30
    second = round_of(big, 25, ["a"] * 25, watch=changed, proba=[p] * 25)
    answer(big, second, ["a"] * 20 + ["b"] * 5)
    said = ["a"] * 15 + ["b"] * 5 + ["a"] * 25
    free = ~np.isin(big.desk.watched()[-40:], first + second)
    watched = np.array([["a"] * 40, changed, changed])[:, free]
    by_hand = Audits(
        rows=np.arange(45), y=np.array(["a"] * 40 + ["b"] * 5), predicted=np.array(said),
        confidence=np.array([0.6] * 15 + [0.4] * 5 + [0.6] * 25), expected=np.full(45, 0.8),
        n_labelled=np.array([0] * 20 + [20] * 25), round=np.array([0] * 20 + [1] * 25),
        watched=watched, watched_proba=np.tile([0.8, 0.2], (watched.shape[1], 1)),
        classes=np.array(["a", "b"]), n_known=45,
    )  # fmt: skip
    for scoring in ("accuracy", "balanced_accuracy", "f1"):
        ours, theirs = big.desk.performance(scoring), estimate(by_hand, scoring, 0.95)
        assert (ours.value, ours.low, ours.high) == pytest.approx(
            (theirs.value, theirs.low, theirs.high)
        )
    assert big.desk.performance(confidence=0.8).low > big.desk.performance().low


def test_rows_that_a_strategy_chose_do_not_count(big):
    answer(big, round_of(big, 60, ["b"] * 60, "strategy"))
    assert big.desk.performance().n_rows == 0


def test_random_rows_without_a_prediction_do_not_count(big):
    big.desk.draw(30, "audit")
    items = [lease["item"] for lease in big.desk.lease(ME, "page", 40)]
    answer(big, items)
    round_of(big, 0, [])
    assert len(big.desk.audits()) == 0


def test_answers_that_were_taken_back_do_not_count(big):
    answer(big, round_of(big, 35, ["a"] * 35))
    assert big.desk.performance().n_rows == 35
    for event in big.desk.history(ME, 6):
        big.desk.undo(event["id"], ME)
    today = big.desk.performance()
    assert (today.n_rows, today.enough) == (29, False)
    assert "1 more audit label is needed" in str(today)


def test_two_people_count_once_and_not_where_they_disagree(make, tmp_path):
    path = tmp_path / "both.csv"
    path.write_text("text,category\n" + "".join(f"text {i},\n" for i in range(40)))
    store = make(path, audit_reserve=0.5, overlap=2)
    kim = store.team.add("Kim")
    items = round_of(store, 4, list("aaaa"))
    store.desk.lease(ME, "mine", 10)
    store.desk.lease(kim, "hers", 10)
    for item in items:
        store.desk.record(Answer(item, ME, "label", "a"))
        store.desk.record(Answer(item, kim, "label", "b" if item == items[0] else "a"))
    audits = store.desk.audits()
    assert audits.rows.tolist() == items[1:]
    assert audits.y.tolist() == ["a"] * 3


def test_numbers_are_judged_by_r2(make, tmp_path):
    path = tmp_path / "numbers.csv"
    path.write_text("text,price\n" + "".join(f"text {i},\n" for i in range(200)))
    store = make(path, label="price", task="regression", classes=[], audit_reserve=0.5)
    assert np.isnan(store.desk.performance().value)
    rng = np.random.default_rng(0)
    truth = rng.normal(size=40)
    said = truth + rng.normal(scale=0.1, size=40)
    items = round_of(store, 40, [str(x) for x in said], watch=["0.5"] * 40)
    answer(store, items[:2], truth[:2].tolist())
    assert store.desk.performance().n_rows == 2  # of which no score can be told
    answer(store, items[2:], truth[2:].tolist())
    today = store.desk.performance()
    assert today.scoring == "r2"
    n = today.n_rows
    error = np.mean((truth[-n:] - said[-n:]) ** 2) / np.var(truth[-n:])
    assert today.value == pytest.approx(1 - error)
    assert today.low < today.value < today.high


def test_a_store_reads_the_same_from_outside(big):
    answer(big, round_of(big, 40, ["a"] * 30 + ["b"] * 10))
    with Store.open(big.folder, read_only=True) as other:
        assert other.desk.performance() == big.desk.performance()
