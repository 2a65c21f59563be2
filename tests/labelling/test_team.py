"""Annotators, their secrets, and their agreement."""

import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from skal.labelling import Answer, StoreError


def test_a_secret_is_known_by_its_hash_alone(store):
    kim = store.team.add("Kim")
    token = store.team.new_token(kim)
    assert len(token) >= 43  # 256 bits
    assert store.team.by_token(token) == {"id": kim, "name": "Kim", "role": "annotator"}
    other = store.team.new_token(kim)
    assert store.team.by_token(token) is None
    assert store.team.by_token(other)["id"] == kim
    for wrong in ("", "x", other + "x", "\ud800"):
        assert store.team.by_token(wrong) is None
    everything = b"".join(path.read_bytes() for path in store.folder.glob("store.db*"))
    assert token.encode() not in everything
    assert other.encode() not in everything


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", "\u202eevil", 7, None])
def test_names_are_of_visible_characters(store, name):
    with pytest.raises(StoreError, match="cannot be the name of an annotator"):
        store.team.add(name)


def test_names_are_told_apart(store):
    kim = store.team.add(" Kim ")
    with pytest.raises(StoreError, match="annotator 'Kim' exists already"):
        store.team.add("Kim")
    assert store.team.known_or_new("Kim") == kim
    with pytest.raises(StoreError, match="role='boss'"):
        store.team.add("Lee", "boss")
    with pytest.raises(StoreError, match="no annotator 99"):
        store.team.new_token(99)
    store.desk.record(Answer(1, kim, "label", "a"))
    assert store.team.all() == [
        {"id": 1, "name": "owner", "role": "owner", "answers": 0, "linked": False},
        {"id": kim, "name": "Kim", "role": "annotator", "answers": 1, "linked": False},
    ]


@pytest.fixture
def three(make):
    """Three annotators on thirty items, and what they said."""
    store = make(overlap=3)
    ids = [1, store.team.add("Kim"), store.team.add("Lee")]
    said = np.random.default_rng(0).choice(["a", "b"], size=(30, 3), p=[0.7, 0.3])
    for item, row in enumerate(said, start=1):
        for who, value in zip(ids, row):
            store.desk.record(Answer(item, who, "label", str(value)))
    return store, said


def test_agreement_of_pairs_is_cohens(three):
    store, said = three
    found = store.team.agreement().set_index(["first", "second"])
    columns = {"owner": 0, "Kim": 1, "Lee": 2}
    assert len(found) == 3
    for (first, second), row in found.iterrows():
        one, other = said[:, columns[first]], said[:, columns[second]]
        assert row["n_items"] == 30
        assert row["agreed"] == pytest.approx((one == other).mean())
        assert row["kappa"] == pytest.approx(cohen_kappa_score(one, other))


def test_agreement_of_all_is_fleiss(three):
    pytest.importorskip("statsmodels")
    store, said = three
    counts = np.stack([(said == "a").sum(axis=1), (said == "b").sum(axis=1)], axis=1)
    share = counts.sum(axis=0) / counts.sum()
    agreed = ((counts**2).sum(axis=1) - 3) / 6
    expected = (share**2).sum()
    assert store.team.fleiss_kappa() == pytest.approx((agreed.mean() - expected) / (1 - expected))


def test_one_class_alone_has_no_kappa(make):
    store = make(overlap=2)
    store.team.add("Kim")
    for who in (1, 2):
        store.desk.record(Answer(1, who, "label", "a"))
    (row,) = store.team.agreement().itertuples()
    assert row.agreed == 1
    assert math.isnan(row.kappa)


def test_the_majority_counts_and_ties_are_listed(make):
    store = make(overlap=3)
    for name in ("Kim", "Lee"):
        store.team.add(name)
    for item, said in ((1, "aab"), (2, "ab"), (3, "b"), (4, "a-")):
        for who, value in enumerate(said, start=1):
            kind = "skip" if value == "-" else "label"
            store.desk.record(Answer(item, who, kind, None if value == "-" else value))
    assert store.labels()[:5].tolist() == ["a", None, "b", "a", None]
    (tie,) = store.ties().itertuples()
    assert (tie.row, tie.item, tie.labels) == (1, 2, ["a", "b"])


def test_numbers_of_several_people_are_averaged(make):
    store = make(overlap=2, task="regression", classes=())
    store.team.add("Kim")
    for who, value in ((1, 1.0), (2, 4.0)):
        store.desk.record(Answer(1, who, "label", value))
    assert store.labels()[0] == 2.5
    assert store.ties().empty
