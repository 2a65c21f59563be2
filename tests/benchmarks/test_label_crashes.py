"""Kills of a process that labels: the benchmark, on fewer of them."""

import os
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
def test_a_hundred_kills_lose_nothing(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import label_crashes

    found = label_crashes.run(100, seed=1)
    assert found["kills"] >= 100
    assert found["acknowledged answers"] > 100
    assert sum("before" in where for where in found["kills by where"])
