"""What the commands say alike."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("click")

from skal.cli import COMMANDS, names
from skal.cli.options import ESTIMATORS, counted
from tests.cli.people import run


def test_very_many_columns_are_counted(folder):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(30, 20)).round(1)).add_prefix("c")
    table.assign(mood=[*"uv" * 5, *[None] * 20]).to_csv("wide.csv", index=False)
    done = run("query", "wide.csv", "--label", "mood", "-n", 1)
    assert (
        "20 numeric (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 and 8 more)." in done.stderr
    )


def test_one_is_not_several():
    assert [counted(n, "class", "classes") for n in (1, 2, 1000)] == [
        "1 class",
        "2 classes",
        "1,000 classes",
    ]
    assert counted(1, "seed") == "1 seed"


def test_the_estimators_are_those_that_are_made():
    assert tuple(names.ESTIMATORS) == ESTIMATORS


def test_the_list_of_commands_takes_no_import_and_is_whole():
    code = (
        "import sys; from click.testing import CliRunner; from skal.cli import skal;"
        "print(CliRunner().invoke(skal, ['--help']).output, 'sklearn' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert told.rstrip().endswith("False")
    for name, what in COMMANDS.items():
        assert len(what) <= 55
        assert f"  {name:<7}  {what}\n" in told
