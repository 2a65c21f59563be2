"""The command ``python -m skal.datasets``."""

import runpy
import sys

import pytest

from skal.datasets.__main__ import main


def test_an_unknown_name(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["fetch", "mnits"])
    assert stop.value.code == 2
    assert "no data set mnits; choose from mnist" in capsys.readouterr().err


def test_the_module_is_a_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["skal.datasets", "--help"])
    monkeypatch.delitem(sys.modules, "skal.datasets.__main__")
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("skal.datasets", run_name="__main__", alter_sys=True)
    assert "fetch" in capsys.readouterr().out
