"""Every entry of the API reference has the docstring that numpydoc's validation asks for."""

import inspect
import re
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("numpydoc")
from numpydoc.validate import Validator, get_validation_checks, validate

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
CHECKS = get_validation_checks(set(SETTINGS["numpydoc_validation"]["checks"]))
EXCLUDED = re.compile("|".join(SETTINGS["numpydoc_validation"]["exclude"]))


def entries():
    """Names in the tables of docs/api.rst."""
    module = ""
    for line in (ROOT / "docs" / "api.rst").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"\.\. currentmodule:: (\S+)$", line):
            module = found[1]
        elif found := re.match(r"   ([\w.]+)$", line):
            yield f"{module}.{found[1]}"


def with_methods(entry):
    """An entry and, of a class, the members that skal defines and the reference shows."""
    yield entry
    thing = Validator._load_obj(entry)
    for name in dir(thing) if inspect.isclass(thing) else ():
        member = getattr(thing, name, None)
        code = getattr(member, "fget", None) or getattr(member, "func", None) or member
        ours = str(getattr(code, "__module__", "")).startswith("skal.")
        # of properties, those with a docstring
        shown = callable(member) or (code is not member and member.__doc__)
        if ours and shown and not name.startswith("_"):
            yield f"{entry}.{name}"


@pytest.mark.parametrize("entry", list(entries()))
def test_docstrings_are_whole(entry):
    lacking = {
        name: errors
        for name in with_methods(entry)
        if not EXCLUDED.search(name)
        and (errors := [error for error in validate(name)["errors"] if error[0] in CHECKS])
    }
    told = "\n".join(
        f"{name}: {code} {text}" for name, errors in lacking.items() for code, text in errors
    )
    assert not lacking, f"\n{told}"


def strategies():
    """The public strategies, without the base classes."""
    from skal import strategies as public

    return [getattr(public, name) for name in public.__all__ if not name.endswith("Strategy")] + [
        public.FunctionStrategy
    ]


@pytest.mark.parametrize("strategy", strategies(), ids=lambda kind: kind.__name__)
def test_a_strategy_says_what_it_costs(strategy):
    notes = " ".join(inspect.getdoc(strategy).partition("Notes\n-----")[2].split())
    assert re.search(r"Time O\(.+\), memory O\(.+\)", notes), (
        f"{strategy.__name__} must say in the Notes of its docstring what a query costs in n, d, k "
        'and b: "Time O(...), memory O(...)."'
    )
