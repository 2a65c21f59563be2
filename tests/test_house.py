"""How the library is built, held as code: sizes, names, imports, and tests that mirror it."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import skal

ROOT = Path(skal.__file__).parent
TESTS = Path(__file__).parent
PAGE = Path(__file__).parents[1] / "docs" / "guide" / "architecture.rst"
FILES = sorted(ROOT.rglob("*.py"))
LINES_OF_A_FILE, LINES_OF_A_BODY = 300, 40

# Which rooms of skal a room may import: the flow is one way.  The low layer (skal/_*.py) serves
# all of them, and imports no room.  "skal" is the top package: its version, and `ActiveLearner`.
MAY_IMPORT = {
    "models": set(),
    "kernels": set(),
    "selection": set(),
    "metrics": set(),
    "stopping": {"metrics"},
    "model_selection": set(),
    "datasets": set(),
    "files": set(),
    "pools": set(),
    "nets": {"models"},
    "views": {"models"},
    "display": {"metrics"},
    "state": {"models", "kernels"},
    "strategies": {"models", "kernels", "selection", "state"},
    "learner": {"metrics", "models", "pools", "selection", "state", "strategies"},
    "experiments": {"skal", "learner", "metrics", "models", "stopping", "strategies"},
    "testing": {"learner", "models", "pools", "state", "strategies"},
    "tables": {"skal", "state", "strategies"},
    "labelling": {"skal", "files", "metrics", "pools", "stopping", "strategies"},
    "cli": {
        "skal",
        "datasets",
        "display",
        "experiments",
        "files",
        "labelling",
        "metrics",
        "models",
        "pools",
        "stopping",
        "strategies",
        "tables",
    },
    "skal": {"learner"},
    "__main__": {"cli"},
}

# Private names of others that are used all the same, and why.
USED_ANYWAY = {
    "sklearn.utils._safe_indexing": "takes rows of whatever container scikit-learn knows",
    "sklearn.utils.validation._num_samples": "counts them",
    "sklearn.utils._param_validation": "the form of `_parameter_constraints`, and its check",
    "sklearn.utils.metadata_routing._raise_for_params": "the sentence for metadata not routed",
    "sklearn.utils.metadata_routing._routing_enabled": "whether metadata is routed",
    "sklearn.utils.multiclass._ovr_decision_function": "one-vs-one votes as SVC counts them",
    "sklearn.ensemble._forest": "the base class of all forests",
    "sklearn.linear_model._base": "the base classes of linear models",
    "sklearn.model_selection._search": "the base class of searches",
    "sklearn.neural_network._base": "the activations of multi-layer perceptrons",
    "torch.nn.modules.dropout._DropoutNd": "the base class of all kinds of dropout",
    "os._exit": "ends a process from any of its threads; public, in spite of its name",
    "estimator._compute_kernel": "a kernel SVM's kernel, which may be a function of the user's",
    "estimator._gamma": 'the number that gamma="scale" came to',
    "estimator._y_train_mean": "what normalize_y took off the targets of a Gaussian process",
    "estimator._y_train_std": "what it divided them by",
    "type(instance)._parameter_constraints": "scikit-learn's name, which subclasses fill in",
}

# Test files that belong to no one module, and what they are about.
ABOUT_SEVERAL = {
    "test_house.py": "how the library is built",
    "test_package.py": "what importing it costs",
    "test_types.py": "its types, and somebody's script checked against them",
    "test_docstrings.py": "the docstrings of the API reference",
    "test_examples.py": "the examples of the docs",
    "learner/test_estimators.py": "every estimator that people use",
    "cli/test_story.py": "from a raw file to predictions, by all commands",
    "learner/test_maps.py": "learners whose labels are maps",
    "learner/test_faults.py": "learners that are unchanged after an error",
    "learner/test_interrupts.py": "the same after an interrupt at any line",
    "learner/test_same_answer.py": "the same rows in other processes, with other threads",
    "learner/test_odd_arrays.py": "arrays that few pass: masked, huge, of halves, of dask",
    "learner/test_metadata.py": "metadata routing, through fit, teach and predict",
    "learner/test_sklearn_contract.py": "scikit-learn's own checks",
    "strategies/test_invariants.py": "what is true of every strategy",
    "labelling/test_durability.py": "answers that are on the disk, by the calls of the system",
    "labelling/server/test_kills.py": "a server that is killed, and a page that sends again",
    "labelling/test_people.py": "several people who label one file at once",
    "kernels/influence/test_hard_cases.py": "saturated and separable problems",
    "kernels/influence/test_torch.py": "the same on tensors",
}
OF_SOMETHING_ELSE = {"benchmarks", "docs"}  # folders of tests that are not of skal
OF_NAMED_TUPLES = {"_asdict", "_fields", "_make", "_replace"}  # public, in spite of their names


@cache
def tree_of(file):
    return ast.parse(file.read_text(encoding="utf-8"))


def module_of(file):
    """skal.models for skal/models/__init__.py."""
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(file): file for file in FILES}


@cache
def imported_by(file):
    """Modules of skal that a file imports, inside functions too."""
    modules = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.ImportFrom):
            inside = (f"{node.module}.{alias.name}" for alias in node.names)
            modules |= {name if name in MODULES else node.module for name in inside}
        elif isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
    return frozenset(name for name in modules if name.partition(".")[0] == "skal")


def room_of(module):
    """state for skal.state.view."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def is_low(room):
    return room.startswith("_") and not room.startswith("__")


each_file = pytest.mark.parametrize("file", FILES, ids=module_of)


# ---------------------------------------------------------------------- sizes
@each_file
def test_a_file_says_one_thing(file):
    n_lines = len(file.read_text(encoding="utf-8").splitlines())
    assert n_lines <= LINES_OF_A_FILE, (
        f"{file} has {n_lines} lines, more than {LINES_OF_A_FILE}: it holds two ideas, so make "
        "it two files."
    )


@each_file
def test_a_function_is_read_at_a_glance(file):
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[ast.get_docstring(node) is not None :]
            n_lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert n_lines <= LINES_OF_A_BODY, (
                f"{file}:{node.lineno} {node.name} has a body of {n_lines} lines, more than "
                f"{LINES_OF_A_BODY}: name its steps as functions."
            )


# ---------------------------------------------------------------------- private names
def is_private(name):
    return name.startswith("_") and not name.startswith("__")


def own_names(tree):
    """Functions and classes that a file defines, and what it reads or sets on self and cls."""
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = {node.name for node in ast.walk(tree) if isinstance(node, defined)}
    return names | {node.attr for node in ast.walk(tree) if is_of_self(node)}


def is_of_self(node):
    of_name = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    return of_name and node.value.id in ("self", "cls")


def private_reads(file):
    """Attributes x._name where x is neither self nor an object that this file defines."""
    own = own_names(tree_of(file)) | OF_NAMED_TUPLES
    for node in ast.walk(tree_of(file)):
        if not isinstance(node, ast.Attribute) or is_of_self(node):
            continue
        if is_private(node.attr) and node.attr not in own:
            yield node.lineno, ast.unparse(node)


def private_imports(file):
    """Private modules of another package, and private names of another module."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.ImportFrom):
            modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        for module in modules:
            if first := first_private(module):
                yield node.lineno, first


def first_private(module):
    """sklearn.a._b for sklearn.a._b.c; None where nothing is private."""
    parts = module.split(".")
    private = next((i for i, part in enumerate(parts) if is_private(part)), None)
    return None if private is None else ".".join(parts[: private + 1])


def is_ours(file, module):
    """Whether a file lies in the package that a private module belongs to."""
    package = module.rpartition(".")[0]
    return module in MODULES and f"{module_of(file)}.".startswith(f"{package}.")


@each_file
def test_a_file_reads_no_private_name_of_another(file):
    found = [
        *private_reads(file),
        *((line, name) for line, name in private_imports(file) if not is_ours(file, name)),
    ]
    for line, name in found:
        assert name in USED_ANYWAY, (
            f"{file}:{line} uses {name}, which is private to another module: give that module a "
            "public way, or list the name in USED_ANYWAY with the reason."
        )


def test_no_private_name_is_listed_in_vain():
    used = {name for file in FILES for _, name in (*private_reads(file), *private_imports(file))}
    for name in USED_ANYWAY:
        assert name in used, f"Nothing uses {name} any more: take it off USED_ANYWAY."


# ---------------------------------------------------------------------- imports
def test_no_import_is_a_circle():
    waiting = {module: set(imported_by(file)) - {module} for module, file in MODULES.items()}
    while free := {module for module, imports in waiting.items() if not imports & waiting.keys()}:
        waiting = {module: waiting[module] for module in waiting.keys() - free}
    assert not waiting, (
        f"These modules import each other, or modules that do: {', '.join(sorted(waiting))}. "
        "Move what both need below both."
    )


@each_file
def test_imports_go_one_way(file):
    room = room_of(module_of(file))
    assert is_low(room) or room in MAY_IMPORT, (
        f"{file} is in a room that MAY_IMPORT does not know: say there, and in {PAGE.name}, what "
        "it may import."
    )
    allowed = set() if is_low(room) else MAY_IMPORT[room] | {room}
    for module in sorted(imported_by(file)):
        other = room_of(module)
        assert is_low(other) or other in allowed, (
            f"{file} imports {module}, and {room} may not import {other}: the rooms that it may "
            f"import are {', '.join(sorted(allowed - {room})) or 'none'}."
        )


def test_the_flow_is_one_way():
    waiting = {room: set(others) for room, others in MAY_IMPORT.items()}
    while free := {room for room, others in waiting.items() if not others & waiting.keys()}:
        waiting = {room: waiting[room] for room in waiting.keys() - free}
    assert not waiting, f"MAY_IMPORT lets these rooms import each other: {sorted(waiting)}."


def rooms_on_the_page():
    """What each room may import, from the page's table of rooms."""
    rows = re.findall(
        r"^   \* - ``(\w+)``\n     - .*\n     - (.*)$", PAGE.read_text(encoding="utf-8"), re.M
    )
    return [(room, set(re.findall(r"``(\w+)``", others))) for room, others in rows]


def test_the_page_tells_who_may_import_whom():
    rows = rooms_on_the_page()
    twice = [room for room, n in Counter(room for room, _ in rows).items() if n > 1]
    assert not twice, f"{PAGE.name} has two rows for {twice}."
    told, held = dict(rows), {room: MAY_IMPORT[room] for room in MAY_IMPORT.keys() - {"__main__"}}
    for room in sorted(told.keys() | held.keys()):
        assert told.get(room) == held.get(room), (
            f"{PAGE.name} says that {room} may import {told.get(room)}, and MAY_IMPORT "
            f"{held.get(room)}: make them agree."
        )


# ---------------------------------------------------------------------- tests mirror the code
def paths_of_tests(pattern):
    """Paths in tests/ that match, but those of something else."""
    found = (path.relative_to(TESTS) for path in sorted(TESTS.rglob(pattern)))
    return [path for path in found if path.parts[0] not in OF_SOMETHING_ELSE]


TEST_FILES = paths_of_tests("test_*.py")


@pytest.mark.parametrize("folder", sorted({path.parent for path in TEST_FILES}), ids=str)
def test_a_folder_of_tests_is_a_folder_of_code(folder):
    assert (ROOT / folder).is_dir(), (
        f"tests/{folder} has no skal/{folder} to test: move its tests to where the code is."
    )


@pytest.mark.parametrize("file", TEST_FILES, ids=str)
def test_a_file_of_tests_is_a_file_of_code(file):
    if file.as_posix() in ABOUT_SEVERAL:
        return
    subject = file.stem.removeprefix("test_")
    code = [ROOT / file.parent / name for name in (subject, f"_{subject}")]
    assert any(one.is_dir() or one.with_suffix(".py").is_file() for one in code), (
        f"tests/{file} has no skal/{file.parent / subject}.py to test: name it after the module "
        "that it tests, split it by modules, or say in ABOUT_SEVERAL what it is about."
    )


def test_no_file_of_tests_is_listed_in_vain():
    gone = sorted(ABOUT_SEVERAL.keys() - {file.as_posix() for file in TEST_FILES})
    assert not gone, f"These are listed in ABOUT_SEVERAL and not there: {', '.join(gone)}."
