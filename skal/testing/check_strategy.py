"""`check_strategy`: a test suite for strategies of your own."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import SkipTest

from sklearn.base import clone

from skal.strategies import Strategy
from skal.strategies.function_strategy import as_strategy
from skal.testing.checks import CHECKS, checks_for
from skal.testing.estimators import estimators_for, stated_needs
from skal.testing.problems import shared_problem
from skal.testing.trial import Trial

if TYPE_CHECKING:
    import pytest


def check_strategy(
    strategy: Any,
    *,
    estimator: Any = None,
    deterministic: bool | None = None,
    expected_failed_checks: dict[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Check that a strategy works with learners and wrappers.

    The check is the equivalent, for strategies, of scikit-learn's
    :func:`~sklearn.utils.estimator_checks.check_estimator`.  It runs the strategy on small
    problems, of classification and of regression unless `needs` names one.  A check that fails
    raises an AssertionError that says what was observed, what is expected and how to fix it.

    Parameters
    ----------
    strategy : Strategy or callable
        The strategy, or a function that returns utilities.
    estimator : estimator, default=None
        The classifier or regressor to use.  None is a simple one that meets the needs of the
        strategy: logistic and ridge regression, a forest, or a net with dropout.
    deterministic : bool, default=None
        Whether the selected rows must be the same for another order of the pool, float32 and other
        containers.  None is True for a strategy that draws nothing from `state.rng`.  Set True for
        a strategy that draws without effect on its selection, such as seeds for models that need
        none.
    expected_failed_checks : dict of str to str, default=None
        Checks that may fail, with the reason: ``{"check_sparse_features": "measures angles"}``.
        ``"check_float32[numbers]"`` names the check of one task.

    Returns
    -------
    results : list of dict
        One per check: `check_name`, `status` ("passed", "skipped" or "xfail") and `exception`.

    See Also
    --------
    parametrize_with_checks : Run each check as a pytest test.
    strategy_checks : Yield the names and functions of the checks.

    Examples
    --------
    >>> from skal.strategies import Margin
    >>> from skal.testing import check_strategy
    >>> results = check_strategy(Margin())
    >>> {result["status"] for result in results}
    {'passed'}
    """
    expected = expected_failed_checks or {}
    results: list[dict[str, Any]] = []
    _refuse_unknown(expected)
    checks = strategy_checks(strategy, estimator=estimator, deterministic=deterministic)
    for name, check in checks:
        status = "passed"
        exception: Exception | None = None
        try:
            check()
        except SkipTest as error:
            status, exception = "skipped", error
        except Exception as error:
            if _reason(name, expected) is None:
                raise
            status, exception = "xfail", error
        results.append({"check_name": name, "status": status, "exception": exception})
    return results


def strategy_checks(
    strategy: Any, *, estimator: Any = None, deterministic: bool | None = None
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the checks that :func:`check_strategy` runs, without running them.

    Parameters
    ----------
    strategy : Strategy or callable
        The strategy, or a function that returns utilities.
    estimator : estimator, default=None
        The classifier or regressor to use; None is a simple one.
    deterministic : bool, default=None
        Whether the selection is not random; None is True if it draws nothing from `state.rng`.

    Yields
    ------
    name : str
        The name of the check and the task, such as ``"check_ties[classes]"``.
    check : callable
        A function without arguments that raises an AssertionError, or unittest.SkipTest.

    See Also
    --------
    check_strategy : Run all checks.
    parametrize_with_checks : Run each check as a pytest test.

    Examples
    --------
    >>> from skal.strategies import Random
    >>> from skal.testing import strategy_checks
    >>> for name, check in list(strategy_checks(Random()))[:2]:
    ...     check()
    ...     print(name)
    check_cloning[classes]
    check_needs[classes]
    """
    strategy = as_strategy(strategy)
    if not isinstance(strategy, Strategy):
        raise TypeError(
            f"{strategy!r} is not a strategy: pass an instance of a subclass of Strategy, or a "
            "function of the state."
        )
    strategy.check()
    if estimator is not None:
        estimator = clone(estimator)  # a copy that nobody else changes
    for task, own in estimators_for(strategy, estimator).items():
        has_holdout = bool(stated_needs(strategy) & {"holdout", "holdout_rows"})
        problem = shared_problem(own, task, has_holdout)
        trial = Trial(strategy, problem, deterministic)
        for check in checks_for(trial):
            yield f"{check.__name__}[{task}]", partial(check, trial)


def parametrize_with_checks(
    strategies: list[Any],
    *,
    estimator: Callable | None = None,
    deterministic: Callable | None = None,
    expected_failed_checks: Callable | None = None,
) -> "pytest.MarkDecorator":
    """Parametrize a pytest test with the checks of strategies: one test per strategy and check.

    Parameters
    ----------
    strategies : list of Strategy or callable
        The strategies.
    estimator, deterministic, expected_failed_checks : callable, default=None
        Functions of a strategy that return the argument of :func:`check_strategy` of this name.

    Returns
    -------
    decorator : pytest.MarkDecorator
        Decorates a test with the arguments `strategy` and `check`.

    See Also
    --------
    check_strategy : Run the checks without pytest.
    strategy_checks : Yield the names and functions of the checks.

    Examples
    --------
    >>> from skal.strategies import CoreSet, Margin
    >>> from skal.testing import parametrize_with_checks
    >>> @parametrize_with_checks([CoreSet(), Margin()])
    ... def test_strategy(strategy, check):
    ...     check()
    """
    import pytest

    cases = []
    for strategy in strategies:
        how = [None if f is None else f(strategy) for f in (estimator, deterministic)]
        expected = (expected_failed_checks(strategy) if expected_failed_checks else None) or {}
        _refuse_unknown(expected)
        for name, check in strategy_checks(strategy, estimator=how[0], deterministic=how[1]):
            reason = _reason(name, expected)
            marks = [] if reason is None else [pytest.mark.xfail(reason=reason)]
            label = re.sub(r"<.*?0x\w+>", "callable", repr(strategy))
            cases.append(pytest.param(strategy, check, id=f"{label}-{name}", marks=marks))
    return pytest.mark.parametrize(("strategy", "check"), cases)


def _reason(name: str, expected: dict[str, str]) -> str | None:
    """Return the reason why a check may fail; None if it may not."""
    return expected.get(name, expected.get(name.partition("[")[0]))


def _refuse_unknown(expected: dict[str, str]) -> None:
    known = {check.__name__ for check in CHECKS}
    if unknown := sorted(name for name in expected if name.partition("[")[0] not in known):
        raise ValueError(
            f"expected_failed_checks names {unknown}, which are unknown: use names in "
            f"{sorted(known)}."
        )
