"""The share of random rows that a model had right, by hand."""

import pytest
from scipy.stats import norm

from skal.labelling import Answer, Draw


def audited(store, n_right, n_wrong, kind="audit"):
    """Answer rows that a round had predicted, so many of them rightly."""
    desk, pool = store.desk, store.pool()
    of_kind = pool.reserve if kind == "audit" else ~pool.reserve
    free = [
        item for item in pool.items[of_kind].tolist() if item not in store.events()["item"].tolist()
    ]
    items = free[: n_right + n_wrong]
    draws = [Draw(i, kind, 0.5 if kind == "audit" else None, "a", {"a": 1.0}) for i in items]
    desk.finish_round(desk.begin_round("Margin", {}, 0), draws)
    leased = []
    while more := desk.lease(1, f"tab {len(leased)}", 100):
        leased += [lease["item"] for lease in more]
    for n, item in enumerate(items):
        desk.record(Answer(item, 1, "label", "a" if n < n_right else "b"))


@pytest.fixture
def big(make, tmp_path):
    path = tmp_path / "big.csv"
    path.write_text("text,category\n" + "".join(f"text {i},\n" for i in range(400)))
    return make(path, audit_reserve=0.5)


def test_too_few_say_nothing(big):
    assert big.desk.accuracy() == {"n": 0, "share": None, "low": None, "high": None}
    audited(big, 20, 9)
    assert big.desk.accuracy() == {"n": 29, "share": None, "low": None, "high": None}


def test_the_share_has_wilsons_interval(big):
    audited(big, 30, 10)
    told = big.desk.accuracy()
    n = told["n"]
    right = 20  # of the last 30: ten of them are wrong
    assert n == 30
    assert told["share"] == pytest.approx(right / n)
    z, p = norm.ppf(0.975), right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    assert told["low"] == pytest.approx(middle - half)
    assert told["high"] == pytest.approx(middle + half)


def test_rows_that_a_strategy_chose_do_not_count(big):
    audited(big, 0, 60, "strategy")
    assert big.desk.accuracy()["n"] == 0


def test_the_last_third_counts_and_undone_answers_do_not(big):
    audited(big, 100, 50)
    assert big.desk.accuracy() == pytest.approx(
        {"n": 50, "share": 0, "low": 0, "high": 0.0713}, abs=1e-4
    )
    last = big.desk.history(1, 50)
    for event in last[:50]:
        big.desk.undo(event["id"], 1)
    assert big.desk.accuracy()["share"] == 1
