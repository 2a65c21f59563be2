"""A table as people have it, and the command line to run on it."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")
from click.testing import CliRunner

from skal.cli import skal
from skal.cli.tables import read_table


def people(n=240, labelled=1.0, seed=0):
    """Numbers, categories, texts, an id, a constant; cells missing everywhere."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, n)
    words = np.array(["alpha", "beta", "gamma", "delta", "house", "tree", "river", "cloud"])
    frame = pd.DataFrame(
        {
            "code": [f"{i:05d}" for i in rng.permutation(n)],
            "age": (rng.normal(40 + 9 * kind, 8)).round(1),
            "city": rng.choice(["Rome", "Oslo", "Bern"], n),
            "note": [" ".join([*rng.choice(words, 6), ["good", "bad", "fine"][k]]) for k in kind],
            "constant": 1,
            "happy": rng.random(n) < 0.5,
            "mood": np.array(["low", "middle", "high"])[kind],
        }
    )
    for column in ("age", "city", "note"):
        frame.loc[rng.random(n) < 0.1, column] = None
    frame.loc[rng.random(n) >= labelled, "mood"] = None
    return frame


def run(*arguments):
    return CliRunner().invoke(skal, [str(a) for a in arguments], catch_exceptions=False)


def table_of(text, label="y", name="table.csv", **options):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return read_table(name, label, **options)


COMPARE = ["--label", "mood", "--id", "code", "--budget", 40, "--seeds", 3, "--jobs", 1]
