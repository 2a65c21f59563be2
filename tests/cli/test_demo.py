"""`skal demo`."""

import pytest

pytest.importorskip("click")

from tests.cli.people import run


def test_demo(folder):
    done = run("demo", "--seeds", 1, "--figure", "curve.png")
    lines = [line.split("│")[1:-1] for line in done.stdout.splitlines() if "%" in line]
    assert [int(line[0]) for line in lines] == [50, 100, 150, 200, 250, 300]
    accuracy = [[float(cell.strip(" %")) for cell in line[1:3]] for line in lines]
    assert accuracy[-1][1] > accuracy[-1][0] > accuracy[0][0] > 50
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")
