"""The same rows in another process and with another number of threads."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from skal import ActiveLearner

NAMES = ["margin", "badge", "core_set", "bait", "typi_clust", "lcmd", "determinantal"]
CALL = (
    "import json, sys; from tests.learner.test_same_answer import asked; "
    "print(json.dumps(asked(sys.argv[1])))"
)


def asked(dtype):
    """Rows that strategies ask for in two rounds, by name."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 6)).astype(dtype)
    truth = (X @ rng.normal(size=(6, 3)) + rng.normal(size=(150, 3))).argmax(axis=1)
    y = np.where(np.arange(150) < 30, truth, np.nan)
    rows = {}
    for name in [None, *NAMES]:
        learner = ActiveLearner(LogisticRegression(), name, batch_size=5, random_state=0).fit(X, y)
        first = learner.query()
        second = learner.teach(first, truth[first]).query()
        rows[str(name)] = [first.tolist(), second.tolist()]
    return rows


@pytest.mark.slow
def test_in_another_process():
    environment = {**os.environ, "PYTHONHASHSEED": "123", "OMP_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", CALL, "float64"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        timeout=120,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == asked("float64")


@pytest.mark.parametrize("dtype", [pytest.param("float64", marks=pytest.mark.slow), "float32"])
def test_with_another_number_of_threads(dtype):
    rows = []
    for n in (1, 2):
        with threadpool_limits(n):
            rows.append(asked(dtype))
    assert rows[0] == rows[1]
