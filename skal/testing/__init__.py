"""Checks for strategies, like scikit-learn's `check_estimator` for estimators."""

from skal.testing.check_strategy import check_strategy, parametrize_with_checks, strategy_checks

__all__ = ["check_strategy", "parametrize_with_checks", "strategy_checks"]
