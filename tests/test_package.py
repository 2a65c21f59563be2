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
        ".labelling",
        ".metrics",
        ".model_selection",
        ".nets",
        ".pools",
        ".stopping",
        ".strategies",
        ".tables",
        ".testing",
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
    "skrub",
)


LOADED = f"import sys; print(*[m for m in {HEAVY} if sys.modules.get(m)])"


def loaded_by(code):
    """What is loaded wherever the code prints it, and at its end."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; {LOADED}"], capture_output=True, text=True, check=True
    )
    return [set(line.split()) for line in done.stdout.splitlines()]


def test_import_loads_nothing_heavy():
    # scikit-learn 1.9 loads pandas and rich itself where they are installed
    code = f"import sklearn.compose, sklearn.model_selection, sklearn.pipeline; {LOADED}; import {PUBLIC}"
    by_sklearn, by_all = loaded_by(code)
    assert by_all <= by_sklearn & {"pandas", "rich"}


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
    assert loaded_by(BLOCK + "pass") == [set()]


def test_the_page_starts_without_the_libraries_of_models():
    pytest.importorskip("starlette")
    code = "import sys, skal.labelling.server.running, skal.labelling.model, skal.cli.label"
    libraries = ("scipy", "sklearn", "pandas", "torch", "skrub")
    shown = f"print(*[m for m in {libraries} if m in sys.modules])"
    done = [sys.executable, "-c", f"{code}; {shown}"]
    assert subprocess.run(done, capture_output=True, text=True, check=True).stdout.strip() == ""


def test_the_command_line_says_what_it_lacks(monkeypatch):
    from skal.__main__ import main

    monkeypatch.setitem(sys.modules, "click", None)
    monkeypatch.delitem(sys.modules, "skal.cli", raising=False)
    with pytest.raises(SystemExit, match=r'pip install "skal\[cli\]"'):
        main()
