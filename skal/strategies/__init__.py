"""Strategies: what to ask for next."""

from skal.strategies.badge import Badge
from skal.strategies.base import ScoringStrategy, Strategy
from skal.strategies.core_set import CoreSet
from skal.strategies.diversify import Diversify
from skal.strategies.margin_shift import MarginShift
from skal.strategies.random_sampling import Random
from skal.strategies.shortlist import Shortlist
from skal.strategies.stages import Stages
from skal.strategies.subsample import Subsample
from skal.strategies.uncertainty import Entropy, LeastConfidence, Margin

__all__ = [
    "Badge",
    "CoreSet",
    "Diversify",
    "Entropy",
    "LeastConfidence",
    "Margin",
    "MarginShift",
    "Random",
    "ScoringStrategy",
    "Shortlist",
    "Stages",
    "Strategy",
    "Subsample",
]
