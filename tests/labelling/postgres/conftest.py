"""A PostgreSQL server of its own, where it is installed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

pytest.importorskip("psycopg")
import psycopg

from skal.labelling import Store


def programs():
    """Where initdb and pg_ctl are; None where they are not."""
    if shutil.which("initdb") and shutil.which("pg_ctl"):
        return ""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return None if not found else f"{found[-1]}/"


@pytest.fixture(scope="session")
def server():
    """The address of a server that ends with the tests; it listens to a socket alone."""
    where = programs()
    if where is None:
        pytest.skip("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        as_user = []
        if hasattr(os, "geteuid") and os.geteuid() == 0:  # which the server refuses to run as
            shutil.chown(folder, "postgres")
            as_user = ["runuser", "-u", "postgres", "--"]
        data, log = f"{folder}/data", f"{folder}/log"

        def run(*command):
            subprocess.run([*as_user, *command], check=True, capture_output=True, cwd=folder)

        run(
            f"{where}initdb",
            "-D",
            data,
            "-U",
            "skal",
            "-A",
            "trust",
            "--no-sync",
            "--locale=C",
            "-E",
            "UTF8",
        )
        run(
            f"{where}pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            log,
            "-o",
            f"-k {folder} -h '' -c fsync=off",
            "start",
        )
        try:
            yield f"postgresql://skal@/{{}}?host={folder}"
        finally:
            run(f"{where}pg_ctl", "-D", data, "-m", "immediate", "stop")


@pytest.fixture
def base(server, request):
    """The address of an empty data base."""
    name = f"test_{abs(hash(request.node.nodeid))}"
    with psycopg.connect(server.format("postgres"), autocommit=True) as made:
        made.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        made.execute(f"CREATE DATABASE {name}")
    return server.format(name)


@pytest.fixture
def make(tickets, clock, base):
    """As `make` of the stores in SQLite, in PostgreSQL."""
    made = []

    def make(path=tickets, **options):
        told = {"label": "category", "classes": ["a", "b"], "seed": 0, "clock": clock} | options
        made.append(Store.create(path, base=base, **told))
        return made[-1]

    yield make
    for store in made:
        store.close()
