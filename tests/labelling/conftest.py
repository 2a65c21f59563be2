"""Stores of small files, and a clock that tests set."""

import pytest

from skal.labelling import Store


class Clock:
    """A time that goes on when it is told."""

    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tickets(tmp_path):
    """A file of 40 texts without labels."""
    path = tmp_path / "tickets.csv"
    lines = [f"{i},text {i},\n" for i in range(40)]
    path.write_text("number,text,category\n" + "".join(lines))
    return path


@pytest.fixture
def make(tickets, clock):
    """Make a store of the tickets, which is closed in the end."""
    made = []

    def make(path=tickets, **options):
        told = {"label": "category", "classes": ["a", "b"], "seed": 0, "clock": clock} | options
        made.append(Store.create(path, **told))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make):
    return make()
