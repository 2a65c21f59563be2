"""Plots of learning curves, queries and comparisons, in scikit-learn's Display convention."""

from skal.display.goal_curve import GoalCurveDisplay
from skal.display.imbalance import ImbalanceDisplay
from skal.display.learning_curve import LearningCurveDisplay
from skal.display.pairwise import PairwiseDisplay
from skal.display.performance import PerformanceDisplay
from skal.display.query_map import QueryMapDisplay
from skal.display.utility import UtilityDisplay

__all__ = [
    "GoalCurveDisplay",
    "ImbalanceDisplay",
    "LearningCurveDisplay",
    "PairwiseDisplay",
    "PerformanceDisplay",
    "QueryMapDisplay",
    "UtilityDisplay",
]
