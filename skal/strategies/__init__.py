"""Strategies: what to ask for next."""

from skal import _renamed
from skal.strategies.badge import Badge
from skal.strategies.bait import Bait
from skal.strategies.base import Strategy, UtilityStrategy
from skal.strategies.cold_start import ColdStart
from skal.strategies.committee import Bald, QueryByCommittee, VariationRatio
from skal.strategies.core_set import CoreSet
from skal.strategies.determinantal import Determinantal
from skal.strategies.epig import Epig
from skal.strategies.fisher_kernel import FisherKernel
from skal.strategies.function_strategy import FunctionStrategy
from skal.strategies.goal_influence import GoalInfluence
from skal.strategies.goal_retraining import ErrorReduction, GoalRetraining
from skal.strategies.gradient_length import ExpectedGradientLength, ExpectedModelChange
from skal.strategies.greedy_sampling import GreedySampling
from skal.strategies.lcmd import Lcmd
from skal.strategies.margin_shift import MarginShift
from skal.strategies.max_herding import MaxHerding
from skal.strategies.oracle import Oracle
from skal.strategies.predictive_std import PredictiveStd
from skal.strategies.random_sampling import Random
from skal.strategies.typiclust import TypiClust
from skal.strategies.uncertainty import Entropy, LeastConfidence, Margin
from skal.strategies.uncertainty_herding import UncertaintyHerding
from skal.strategies.vaal import Vaal
from skal.strategies.wrappers.diversify import Diversify
from skal.strategies.wrappers.sequential import Sequential
from skal.strategies.wrappers.shortlist import Shortlist
from skal.strategies.wrappers.spread import Spread
from skal.strategies.wrappers.stages import Stages
from skal.strategies.wrappers.subsample import Subsample
from skal.strategies.wrong_prediction import WrongPrediction

__all__ = [
    "Badge",
    "Bait",
    "Bald",
    "ColdStart",
    "CoreSet",
    "Determinantal",
    "Diversify",
    "Entropy",
    "Epig",
    "ErrorReduction",
    "ExpectedGradientLength",
    "ExpectedModelChange",
    "FisherKernel",
    "FunctionStrategy",
    "GoalInfluence",
    "GoalRetraining",
    "GreedySampling",
    "Lcmd",
    "LeastConfidence",
    "Margin",
    "MarginShift",
    "MaxHerding",
    "Oracle",
    "PredictiveStd",
    "QueryByCommittee",
    "Random",
    "Sequential",
    "Shortlist",
    "Spread",
    "Stages",
    "Strategy",
    "Subsample",
    "TypiClust",
    "UncertaintyHerding",
    "UtilityStrategy",
    "Vaal",
    "VariationRatio",
    "WrongPrediction",
]


def __getattr__(name):
    raise _renamed.missing_from(__name__, name, {"ScoringStrategy": "UtilityStrategy"})
