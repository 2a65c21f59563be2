"""Strategies and estimators by the names that people type."""

import ast
import difflib

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
from skal.tables.models import linear_model

ESTIMATORS = {
    "linear": (linear_model("classification"), linear_model("regression")),
    "svm": (SVC(), SVR()),
    "forest": (RandomForestClassifier(), RandomForestRegressor()),
    "boosting": (HistGradientBoostingClassifier(), HistGradientBoostingRegressor()),
}
ABSTRACT = {"FunctionStrategy", "Strategy", "UtilityStrategy"}
# What these look at is more than a file can tell: labels to trust, or labels not yet given.
NOT_FROM_A_FILE = {"FisherKernel", "Oracle", "WrongPrediction"}
KNOWN = sorted(set(strategies.__all__) - ABSTRACT - NOT_FROM_A_FILE)
FROM_PYTHON = (
    "needs a trusted holdout or the true labels, which the command line has no way to give: use "
    "skal from Python for it"
)


def parse_strategies(text: str) -> dict[str, strategies.Strategy]:
    """Strategies by what was typed: "Margin, Shortlist(Badge(), factor=5)"."""
    try:
        tree = ast.parse(f"({text},)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    if not isinstance(tree, ast.Tuple):
        raise Trouble(
            f"{text!r} cannot be read: write strategies like Margin or CoreSet(), with commas "
            "between them."
        )
    parsed = {ast.unparse(node).removesuffix("()"): _made(node) for node in tree.elts}
    for name, strategy in parsed.items():
        if not isinstance(strategy, strategies.Strategy):
            raise Trouble(f"{name} is no strategy: there are {', '.join(KNOWN)}.")
        with told():
            strategy.check()
        if strategy.needs & {"holdout", "holdout_rows"}:
            hint = ' (or set goal="entropy")' if getattr(strategy, "goal", "") == "holdout" else ""
            raise Trouble(f"{name} {FROM_PYTHON}{hint}.")
    return parsed


def _made(node):
    """What an expression of strategies and plain values stands for."""
    if isinstance(node, ast.Name):
        return _called(node.id)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if any(keyword.arg is None for keyword in node.keywords):
            raise Trouble(f"{ast.unparse(node)}: write each argument with its name.")
        keywords = {keyword.arg: _made(keyword.value) for keyword in node.keywords if keyword.arg}
        return _called(node.func.id, *(_made(value) for value in node.args), **keywords)
    if isinstance(node, ast.List | ast.Tuple):
        made = [_made(item) for item in node.elts]
        return tuple(made) if isinstance(node, ast.Tuple) else made
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError) as error:
        raise Trouble(
            f"{ast.unparse(node)} is neither a strategy nor a plain value: there are "
            f"{', '.join(KNOWN)}."
        ) from error


def _called(name, *args, **kwargs):
    if name in NOT_FROM_A_FILE or "oracle" in kwargs.values():
        raise Trouble(f"{name} {FROM_PYTHON}.")
    if name not in KNOWN:
        by_case = {known.lower(): known for known in KNOWN}
        near = difflib.get_close_matches(name.lower(), by_case, n=1)
        hint = f"did you mean {by_case[near[0]]}? There" if near else "there"
        raise Trouble(f"There is no strategy {name}: {hint} are {', '.join(KNOWN)}.")
    try:
        return getattr(strategies, name)(*args, **kwargs)
    except TypeError as error:
        raise Trouble(f"{name}: {str(error).removesuffix('.')}.") from error


def usual_strategy(estimator: str, task: str) -> dict[str, strategies.Strategy]:
    """What is asked where no strategy was named: what a learner asks by default."""
    classify = task == "classification"
    if last_layer.knows(ESTIMATORS[estimator][0 if classify else 1]):
        return parse_strategies("Spread(Margin(), factor=20)" if classify else "Spread(Random())")
    return parse_strategies("Margin" if classify else "Random")


def make_learner(estimator: str, task: str, asked: dict) -> tuple[ActiveLearner, bool]:
    """A learner for the strategies, and whether they look through a linear model."""
    column = 0 if task == "classification" else 1
    model = ESTIMATORS[estimator][column]
    wanted = {need for strategy in asked.values() for need in strategy.needs}
    surrogate = None
    if wanted & {"last_layer", "features"} and not last_layer.knows(model):
        surrogate = ESTIMATORS["linear"][column]
    return ActiveLearner(model, surrogate=surrogate), surrogate is not None
