"""What importing costs, and who may import whom."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skal

ROOT = Path(skal.__file__).parent
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
)

# Which parts of skal a part may import: the flow is one way.
LOW = {"_array", "_rows", "_labels", "_checks", "_seeds", "_constraints", "_renamed"}
MAY_IMPORT = {
    "_array": set(),
    "_rows": set(),
    "_labels": set(),
    "_checks": set(),
    "_seeds": set(),
    "_constraints": set(),
    "_renamed": set(),
    "models": LOW,
    "kernels": LOW,
    "selection": LOW,
    "state": LOW | {"models", "kernels"},
    "nets": LOW | {"models"},
    "strategies": LOW | {"models", "kernels", "selection", "state"},
    "model_selection": LOW,
    "metrics": LOW,
    "learner": LOW | {"models", "state", "strategies"},
    "experiments": LOW | {"learner", "metrics", "strategies", "models", "__version__"},
    "display": LOW | {"metrics"},
    "datasets": set(),
    "testing": LOW | {"learner", "models", "state", "strategies"},
}
EVERYWHERE = {"__init__", "__main__", "cli"}


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


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda f: str(f.relative_to(ROOT)))
def test_imports_go_one_way(file):
    part = file.relative_to(ROOT).parts[0].removesuffix(".py")
    if part in EVERYWHERE:
        return
    imported = set()
    for node in ast.walk(ast.parse(file.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom):
            names = (
                [node.module] if node.module != "skal" else [f"skal.{a.name}" for a in node.names]
            )
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        imported |= {name.split(".")[1] for name in names if name.startswith("skal.")}
    assert imported - {part} <= MAY_IMPORT[part]


def test_the_command_line_says_what_it_lacks(monkeypatch):
    from skal.__main__ import main

    monkeypatch.setitem(sys.modules, "click", None)
    monkeypatch.delitem(sys.modules, "skal.cli", raising=False)
    with pytest.raises(SystemExit, match=r'pip install "skal\[cli\]"'):
        main()
