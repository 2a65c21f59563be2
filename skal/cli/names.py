"""Strategies and estimators by the names that people type."""

import ast
import importlib
import re

from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.svm import SVC, SVR

from skal import ActiveLearner, strategies
from skal.cli.trouble import Trouble, told
from skal.models import last_layer
from skal.strategies.function_strategy import as_strategy
from skal.strategies.names import all_classes, class_named, known_as
from skal.tables.models import linear_model

ESTIMATORS = {
    "linear": (linear_model("classification"), linear_model("regression")),
    "svm": (SVC(), SVR()),
    "forest": (RandomForestClassifier(), RandomForestRegressor()),
    "boosting": (HistGradientBoostingClassifier(), HistGradientBoostingRegressor()),
}
# What these look at is more than a file can tell: labels to trust, or labels not yet given.
NOT_FROM_A_FILE = {"FisherKernel", "Oracle", "WrongPrediction"}
KNOWN = sorted(all_classes().keys() - {"FunctionStrategy"} - NOT_FROM_A_FILE)
# Quoted words, which are left as they are; or a function, as module:name.
OF_A_MODULE = re.compile(r"""("[^"]*"|'[^']*')|\b([^\W\d][\w.]*):([^\W\d]\w*)""")
FROM_PYTHON = (
    "needs a trusted holdout or the true labels, which the command line cannot give: use skal from "
    "Python"
)


def parse_strategies(text: str) -> dict[str, strategies.Strategy]:
    """Read strategies such as "Margin, Shortlist(Badge(), factor=5), module:function"."""
    functions: dict[str, str] = {}

    def marked(match):
        if match[1]:
            return match[1]
        mark = f"_function_{len(functions)}"
        functions[mark] = match[0]
        return mark

    try:
        tree = ast.parse(f"({OF_A_MODULE.sub(marked, text)},)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    if not isinstance(tree, ast.Tuple):
        raise Trouble(
            f"{text!r} cannot be read: write strategies such as Margin or CoreSet(), "
            "separated by commas."
        )
    parsed = {}
    for node in tree.elts:
        with told():
            strategy = as_strategy(_made(node, functions))
        parsed[_written(node, functions)] = strategy
    for name, strategy in parsed.items():
        if not isinstance(strategy, strategies.Strategy):
            raise Trouble(f"{name} is not a strategy: choose one of {', '.join(KNOWN)}.")
        with told():
            strategy.check()
        if strategy.needs & {"holdout", "holdout_rows"}:
            hint = ' (or set goal="entropy")' if getattr(strategy, "goal", "") == "holdout" else ""
            raise Trouble(f"{name} {FROM_PYTHON}{hint}.")
    return parsed


def _written(node, functions):
    """Write an expression as typed, with the full names of the strategies."""
    for name in (part for part in ast.walk(node) if isinstance(part, ast.Name)):
        name.id = functions.get(name.id) or known_as(name.id, KNOWN) or name.id
    return ast.unparse(node).removesuffix("()")


def _made(node, functions):
    """Evaluate an expression of strategies and plain values."""
    if isinstance(node, ast.Name) and node.id in functions:
        return _imported(*functions[node.id].split(":"))
    if isinstance(node, ast.Name):
        return _called(node.id)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if any(keyword.arg is None for keyword in node.keywords):
            raise Trouble(f"{ast.unparse(node)}: write each argument with its name.")
        named = {key.arg: _made(key.value, functions) for key in node.keywords if key.arg}
        return _called(node.func.id, *(_made(value, functions) for value in node.args), **named)
    if isinstance(node, ast.List | ast.Tuple):
        made = [_made(item, functions) for item in node.elts]
        return tuple(made) if isinstance(node, ast.Tuple) else made
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError) as error:
        raise Trouble(
            f"{ast.unparse(node)} is neither a strategy nor a plain value: choose one of "
            f"{', '.join(KNOWN)}."
        ) from error


def _called(name, *args, **kwargs):
    if (known := known_as(name, NOT_FROM_A_FILE)) or "oracle" in kwargs.values():
        raise Trouble(f"{known or name} {FROM_PYTHON}.")
    with told():
        kind = class_named(name, KNOWN)
    try:
        return kind(*args, **kwargs)
    except TypeError as error:
        raise Trouble(f"{name}: {str(error).removesuffix('.')}.") from error


def _imported(module, name):
    """Import a strategy, or a function that acts as one."""
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise Trouble(
            f"{module}:{name} cannot be imported ({error}): name a module that is installed, or "
            "whose folder is on PYTHONPATH, and a function or a strategy in it."
        ) from error
    is_class = isinstance(found, type) and issubclass(found, strategies.Strategy)
    return found() if is_class else found


def usual_strategy(estimator: str, task: str) -> dict[str, strategies.Strategy]:
    """Return the default strategy of a learner."""
    classify = task == "classification"
    if classify:
        return parse_strategies("UncertaintyHerding('margin', factor=10)")
    known = last_layer.knows(ESTIMATORS[estimator][1])
    return parse_strategies("Spread(Random())" if known else "Random")


def make_learner(estimator: str, task: str, asked: dict) -> tuple[ActiveLearner, bool]:
    """Make a learner for the strategies; also tell whether it needs a linear surrogate."""
    column = 0 if task == "classification" else 1
    model = ESTIMATORS[estimator][column]
    wanted = {need for strategy in asked.values() for need in strategy.needs}
    surrogate = None
    if wanted & {"last_layer", "features"} and not last_layer.knows(model):
        surrogate = ESTIMATORS["linear"][column]
    return ActiveLearner(model, surrogate=surrogate), surrogate is not None
