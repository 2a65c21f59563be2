"""Comparison of strategies: replays of strategies × estimators × data × seeds."""

from skal.experiments.advice import Advice, recommend
from skal.experiments.compare import compare
from skal.experiments.stopping_advice import recommend_stopping

__all__ = ["Advice", "compare", "recommend", "recommend_stopping"]
