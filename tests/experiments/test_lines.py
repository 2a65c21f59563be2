"""Lines of a results file: what is written is read, and what was never written is refused."""

import json
import re

import numpy as np
import pytest

from skal.experiments import lines
from skal.experiments.lines import line_of, may_begin, replay_in

KEY = "0123456789abcdef" * 2
NAMES = ("iris", "logistic", "Márgin \u2028 \n", 3)
VERSIONS = {"skal": "0.1"}


def rounds():
    measured = {"query_seconds": 0.5, "fit_seconds": 0.25, "n_holdout": 0, "accuracy": np.nan}
    return [
        {"round": 0, "n_labelled": 2, **measured, "imbalance": 0.5, "mistakes": None,
         "base_error": None, "rows": [4, 1]},
        {"round": 1, "n_labelled": 3, **measured, "imbalance": 0.5, "mistakes": 1.0,
         "base_error": 0.5, "rows": [0], "found": np.arange(3), "who": object, "checksum": "no"},
    ]  # fmt: skip


def test_what_is_written_is_read():
    line = line_of(KEY, NAMES, VERSIONS, rounds())
    assert line.count(b"\n") == 1
    record = replay_in(line.removesuffix(b"\n"))
    assert (record["key"], record["versions"]) == (KEY, VERSIONS)
    assert tuple(record[name] for name in lines.NAMES) == NAMES
    assert record["rounds"][1]["found"] == [0, 1, 2]
    assert record["rounds"][1]["checksum"] == "no"
    assert json.loads(line)["rounds"][0]["rows"] == [4, 1]  # plain JSON to everybody else


def test_no_byte_can_change():
    """Every byte of a line, changed in two ways: found, by its checksum or by its form."""
    line = line_of(KEY, NAMES, VERSIONS, rounds()).removesuffix(b"\n")
    for place in range(len(line)):
        for change in (0x01, 0x40):
            changed = bytearray(line)
            changed[place] ^= change
            with pytest.raises(ValueError, match=r"is not the result|was changed after"):
                replay_in(bytes(changed))


def test_every_beginning_may_begin_a_line():
    line = line_of(KEY, NAMES, VERSIONS, rounds())
    assert all(may_begin(line[:n]) for n in range(len(line)))
    for other in (b"x", b'{"key": "value"}', b'{"key": 1', b"[1]", b'{"name": "a"}', b"\0" * 8):
        assert not may_begin(other)


def old(**changes):
    """A line as it was before there were checksums, with changes."""
    record = {"key": KEY, **dict(zip(lines.NAMES, NAMES)), "rounds": rounds()[:1]} | changes
    return json.dumps(record).encode()


def test_old_lines_are_read():
    assert replay_in(old())["rounds"] == json.loads(old())["rounds"]


def round_with(**changes):
    return {"rounds": [rounds()[0] | changes]}


@pytest.mark.parametrize(
    ("nonsense", "what"),
    [
        (b"[]", "result of a replay:"),
        (b"3", "result of a replay:"),
        (b"null", "result of a replay:"),
        (b"{}", "result of a replay:"),
        (b'"text"', "result of a replay:"),
        (b"", "result of a replay:"),
        (b"\xff\xfe", "result of a replay:"),
        (b"[" * 100_000, "result of a replay:"),
        (b'{"key": "a", "rounds": []}', "result of a replay:"),
        (old(more=1), "result of a replay:"),
        (old(versions={}), "result of a replay:"),
        (old(key=3), "names that are not strings"),
        (old(seed=True), "names that are not strings"),
        (old(seed=0.5), "names that are not strings"),
        (old(rounds=[]), "no rounds"),
        (old(rounds={}), "no rounds"),
        (old(rounds=["a"]), "no names in round 0"),
        (old(rounds=[{"round": 0}]), "no n_labelled in round 0"),
        (old(**round_with(round=1)), "round=1 in round 0"),
        (old(**round_with(round=False)), "round=false in round 0"),
        (old(**round_with(n_labelled="2")), 'n_labelled="2" in round 0'),
        (old(**round_with(n_labelled=-2)), "n_labelled=-2 in round 0"),
        (old(**round_with(n_holdout=0.5)), "n_holdout=0.5 in round 0"),
        (old(**round_with(rows=3)), "rows=3 in round 0"),
        (old(**round_with(rows=[1, 1])), r"rows=\[1, 1\] in round 0"),
        (old(**round_with(rows=[1, [2]])), r"rows=\[1, \[2\]\] in round 0"),
        (old(**round_with(rows=["1"])), r'rows=\["1"\] in round 0'),
        (old(**round_with(query_seconds=-1)), "query_seconds=-1 in round 0"),
        (old(**round_with(query_seconds=np.nan)), "query_seconds=NaN in round 0"),
        (old(**round_with(query_seconds=-(10**400))), "query_seconds=-1000"),
        (old(**round_with(fit_seconds=True)), "fit_seconds=true in round 0"),
        (old(**round_with(fit_seconds=None)), "fit_seconds=null in round 0"),
        (old(**round_with(mistakes="many")), 'mistakes="many" in round 0'),
        (old(**round_with(imbalance=[])), r"imbalance=\[\] in round 0"),
        (old(rounds=[rounds()[0], rounds()[0] | {"round": 1}]), "n_labelled does not increase"),
    ],
)
def test_nonsense_is_refused(nonsense, what):
    with pytest.raises(ValueError, match=rf"^is not the result of a replay.*{what}|{what}"):
        replay_in(nonsense)


def test_zero_bytes_in_a_line_are_refused_in_a_sentence():
    line = line_of(KEY, NAMES, VERSIONS, rounds()).removesuffix(b"\n")
    with pytest.raises(ValueError, match=r"power failure: delete the line"):
        replay_in(line[:90] + b"\0" * 30 + line[120:])


def test_the_checksum_can_be_computed_by_anybody():
    import hashlib

    line = line_of(KEY, NAMES, VERSIONS, rounds())
    said, checksum = re.fullmatch(rb'(.*), "checksum": "(\w+)"\}\n', line).groups()
    assert hashlib.blake2b(said, digest_size=8).hexdigest().encode() == checksum
