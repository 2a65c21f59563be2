"""What importing costs."""

import subprocess
import sys

import pytest

PUBLIC = ", ".join(
    f"skal{part}"
    for part in (
        "",
        ".datasets",
        ".display",
        ".experiments",
        ".metrics",
        ".model_selection",
        ".nets",
        ".strategies",
    )
)
HEAVY = (
    "torch",
    "skorch",
    "matplotlib",
    "pandas",
    "dask",
    "rich",
    "click",
    "polars",
    "PIL",
    "transformers",
)


def loaded_by(code):
    code += f"; import sys; print(*[m for m in {HEAVY} if sys.modules.get(m)])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_loads_nothing_heavy():
    # scikit-learn 1.9 loads pandas and rich itself where they are installed
    by_sklearn = loaded_by("import sklearn.compose, sklearn.model_selection, sklearn.pipeline")
    assert loaded_by(f"import {PUBLIC}") <= by_sklearn & {"pandas", "rich"}


BLOCK = f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import {PUBLIC}
"""


def test_nothing_heavy_is_wanted():
    assert loaded_by(BLOCK + "pass") == set()


def test_the_command_line_says_what_it_lacks(monkeypatch):
    from skal.__main__ import main

    monkeypatch.setitem(sys.modules, "click", None)
    monkeypatch.delitem(sys.modules, "skal.cli", raising=False)
    with pytest.raises(SystemExit, match=r'pip install "skal\[cli\]"'):
        main()
