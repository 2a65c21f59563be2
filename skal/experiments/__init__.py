"""Comparison of strategies: replays of strategies × estimators × data × seeds."""

from skal.experiments.advice import Advice, recommend
from skal.experiments.compare import compare

__all__ = ["Advice", "compare", "recommend"]
