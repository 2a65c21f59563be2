"""Public functions are annotated in full, and somebody's script is checked against them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skal

ROOT = Path(skal.__file__).parent

SCRIPT = """
import numpy as np
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.state import QueryState
from skal.strategies import Margin, Shortlist, UtilityStrategy


class Doubt(UtilityStrategy):
    needs = frozenset({"model", "classifier", "proba"})

    def utilities(self, state: QueryState) -> np.ndarray:
        return 1 - state.pool.part(state.candidates).proba.max(axis=1)


def fit(X: np.ndarray, y: np.ndarray) -> ActiveLearner:
    learner = ActiveLearner(LogisticRegression(), Shortlist(Doubt(), by=Margin()), batch_size=20)
    return learner.fit(X, y)


def more(learner: ActiveLearner, X: np.ndarray) -> list[int]:
    rows: np.ndarray = learner.query(X, exclude=[1, 2])
    learner.teach(rows, np.zeros(len(rows)), X=X)
    history: list[dict[str, object]] = learner.history_
    for number, n_labelled, model in learner.rounds():
        print(number + n_labelled, model)
    return rows.tolist() if history else []
"""
WRONG = """
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner

learner = ActiveLearner(LogisticRegression()).fit([[0.0], [1.0]], [0, 1])
learner.query(batch_size="two")
"""


def functions():
    """Every public function and method of public classes, with the class it is of."""
    for file in sorted(ROOT.rglob("*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield file, "", node
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                for part in node.body:
                    public = isinstance(part, ast.FunctionDef) and (
                        part.name == "__init__" or not part.name.startswith("_")
                    )
                    if public:
                        yield file, f"{node.name}.", part


def lacks(node: ast.FunctionDef) -> list[str]:
    """What of a function has no type."""
    args = node.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    names = [a.arg for a in every if a and a.annotation is None and a.arg not in ("self", "cls")]
    return names if node.returns or node.name == "__init__" else [*names, "what it returns"]


def test_public_functions_are_annotated_in_full():
    missing = {
        f"{file.relative_to(ROOT)}: {owner}{node.name}": found
        for file, owner, node in functions()
        if (found := lacks(node))
    }
    assert not missing, f"{len(missing)} functions lack types: {missing}"


def test_types_are_shipped():
    assert (ROOT / "py.typed").exists()


def mypy(script, folder):
    pytest.importorskip("mypy")
    file = folder / "script.py"
    file.write_text(script)
    options = ["--python-version", "3.11", "--ignore-missing-imports", "--cache-dir", str(folder)]
    command = [sys.executable, "-m", "mypy", *options, "--follow-imports=silent", str(file)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder)


@pytest.mark.slow
def test_a_script_of_a_user_is_checked(tmp_path):
    done = mypy(SCRIPT, tmp_path)
    assert done.returncode == 0, done.stdout
    done = mypy(WRONG, tmp_path)
    assert done.returncode == 1
    assert 'incompatible type "str"; expected "int | None"' in done.stdout
