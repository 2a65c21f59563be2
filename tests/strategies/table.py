"""One row a strategy: the table that invariants run over.  A new strategy adds its row here."""

from importlib.util import find_spec
from typing import NamedTuple

from sklearn.ensemble import BaggingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import BernoulliNB

from skal.strategies import (
    Badge,
    Bait,
    Bald,
    CoreSet,
    Determinantal,
    Diversify,
    Entropy,
    ErrorReduction,
    ExpectedGradientLength,
    ExpectedModelChange,
    FisherKernel,
    GoalInfluence,
    GoalRetraining,
    GreedySampling,
    Lcmd,
    LeastConfidence,
    Margin,
    MarginShift,
    QueryByCommittee,
    Random,
    Sequential,
    Shortlist,
    Spread,
    Stages,
    Strategy,
    Subsample,
    TypiClust,
    Vaal,
    VariationRatio,
    WrongPrediction,
)


class Row(NamedTuple):
    """A strategy, and what is true of it."""

    strategy: Strategy
    deterministic: bool = True  # its answer follows a permutation of the pool
    classify: bool = True
    regress: bool = False
    estimator: object = LogisticRegression()


def thirds(state):
    """Groups that have nothing to do with a model."""
    return state.candidates % 3


FOREST = RandomForestClassifier(5, random_state=0)

TABLE = [
    Row(Random(), deterministic=False, regress=True),
    Row(LeastConfidence()),
    Row(Margin()),
    Row(Entropy()),
    Row(MarginShift()),
    Row(MarginShift(certainty="confidence")),
    Row(MarginShift(certainty="entropy")),
    Row(Diversify(Margin())),
    Row(Diversify(MarginShift(), by="current")),
    Row(Diversify(Random()), deterministic=False),
    Row(
        Diversify(Random(), by=thirds),
        deterministic=False,
        regress=True,
    ),
    Row(CoreSet(), regress=True),
    Row(Badge(), deterministic=False),
    Row(Bait(), regress=True),
    Row(Bait("full", oversample=1, weighting="paper", regularization=0.1), regress=True),
    Row(Bait("block", target="identity")),
    Row(Bait("binary", certify=True)),
    Row(Bait(rank=2, oversample=1.5)),
    Row(Determinantal()),
    Row(Determinantal("one", weighting="sum")),
    Row(ExpectedGradientLength()),
    Row(Lcmd(), regress=True),
    Row(TypiClust(), deterministic=False, regress=True),
    Row(Spread(Margin()), deterministic=False),
    Row(Spread(Random()), deterministic=False, regress=True),
    Row(QueryByCommittee(3), deterministic=False, regress=True),
    Row(QueryByCommittee(3, measure="vote_entropy"), deterministic=False),
    Row(QueryByCommittee([LogisticRegression(C=0.01), LogisticRegression(C=9)])),
    Row(QueryByCommittee(None), deterministic=False, estimator=FOREST),
    Row(QueryByCommittee(FOREST), deterministic=False),
    Row(Bald(draws=5), deterministic=False, estimator=FOREST),
    Row(VariationRatio(draws=5), deterministic=False, estimator=FOREST),
    Row(Entropy(draws=5), deterministic=False, estimator=FOREST),
    Row(GreedySampling(), classify=False, regress=True, estimator=Ridge()),
    Row(GreedySampling(by="features"), classify=False, regress=True, estimator=Ridge()),
    Row(GreedySampling(by="outputs"), classify=False, regress=True, estimator=Ridge()),
    Row(ExpectedModelChange(3), False, classify=False, regress=True, estimator=Ridge()),
    Row(QueryByCommittee(None), False, False, regress=True, estimator=BaggingRegressor(Ridge(), 4)),
    Row(Diversify(CoreSet())),
    Row(Shortlist(Badge(), factor=4), deterministic=False),
    Row(Shortlist(Entropy(), factor=3)),
    Row(Shortlist(Random(), by=Random(), size=20), deterministic=False, regress=True),
    Row(Subsample(Margin(), size=0.5), deterministic=False),
    Row(Subsample(Random(), size=15), deterministic=False, regress=True),
    Row(Stages([(0, Margin()), (14, Entropy())])),
    Row(GoalInfluence(), regress=True),
    Row(GoalInfluence("entropy")),
    Row(GoalInfluence("fisher", "mean", order="linear")),
    Row(GoalInfluence("entropy", "tempered", temperature=3.0, evaluate=20), deterministic=False),
    Row(GoalInfluence("variance"), classify=False, regress=True, estimator=Ridge()),
    Row(Sequential(Margin())),
    Row(Sequential(GoalInfluence("entropy"), step=2)),
    Row(Sequential(GoalInfluence("variance")), classify=False, regress=True, estimator=Ridge()),
    Row(WrongPrediction()),
    Row(WrongPrediction(steps=0)),
    Row(ErrorReduction(evaluate=20, subsample=5), deterministic=False, estimator=BernoulliNB()),
    Row(GoalRetraining("fisher", "min", evaluate=10, subsample=5), deterministic=False),
    Row(Stages([(0, Random()), (14, Random())]), deterministic=False, regress=True),
    Row(FisherKernel()),
    Row(FisherKernel(pseudo_label="predicted", combine="sum")),
    Row(FisherKernel(kernel="feature", clip=True), False),  # of two features all rows tie
]
if find_spec("torch"):
    TABLE += [Row(Vaal(epochs=2), deterministic=False, regress=True)]
