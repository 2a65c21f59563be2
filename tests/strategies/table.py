"""One row a strategy: the table that invariants run over.  A new strategy adds its row here."""

from dataclasses import KW_ONLY, dataclass
from importlib.util import find_spec

from sklearn.ensemble import BaggingRegressor, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge
from sklearn.naive_bayes import BernoulliNB

from skal.strategies import (
    Badge,
    Bait,
    Bald,
    ColdStart,
    CoreSet,
    Determinantal,
    Diversify,
    Entropy,
    Epig,
    ErrorReduction,
    ExpectedGradientLength,
    ExpectedModelChange,
    FisherKernel,
    FunctionStrategy,
    GoalInfluence,
    GoalRetraining,
    GreedySampling,
    Lcmd,
    LeastConfidence,
    Margin,
    MarginShift,
    MaxHerding,
    PredictiveStd,
    QueryByCommittee,
    Random,
    Sequential,
    Shortlist,
    Spread,
    Stages,
    Strategy,
    Subsample,
    TypiClust,
    UncertaintyHerding,
    Vaal,
    VariationRatio,
    WrongPrediction,
)

CLASSES, NUMBERS = frozenset({"classes"}), frozenset({"numbers"})
BOTH = CLASSES | NUMBERS


@dataclass(frozen=True)
class Row:
    """A strategy, and what is true of it."""

    strategy: Strategy
    _: KW_ONLY
    deterministic: bool = True  # its answer follows a permutation of the pool
    tasks: frozenset = CLASSES
    estimator: object = LogisticRegression()
    checked_with: object = None  # None: the simplest estimator that has what the strategy needs

    @property
    def classify(self):
        """Whether it asks for classes."""
        return "classes" in self.tasks

    @property
    def regress(self):
        """Whether it asks for numbers."""
        return "numbers" in self.tasks


def doubt(state):
    """Utilities by a function: a callable is a strategy."""
    return 1 - state.pool.part(state.candidates).proba.max(axis=1)


doubt.needs = frozenset({"model", "proba", "classifier"})


def thirds(state):
    """Groups that have nothing to do with a model."""
    return state.candidates % 3


FOREST = RandomForestClassifier(5, random_state=0)
PROCESS = GaussianProcessRegressor(alpha=0.1, optimizer=None)

TABLE = [
    Row(Random(), deterministic=False, tasks=BOTH),
    Row(LeastConfidence()),
    Row(Margin()),
    Row(Entropy()),
    Row(MarginShift()),
    Row(MarginShift(certainty="confidence")),
    Row(MarginShift(certainty="entropy")),
    Row(Diversify(Margin())),
    Row(Diversify(MarginShift(), classes="current")),
    Row(Diversify(Random()), deterministic=False),
    Row(
        Diversify(Random(), classes=thirds),
        deterministic=False,
        tasks=BOTH,
    ),
    Row(FunctionStrategy(doubt)),
    Row(Diversify(doubt)),
    Row(Shortlist(Entropy(), by=doubt, factor=3)),
    Row(CoreSet(), tasks=BOTH),
    Row(Badge(), deterministic=False),
    Row(Bait(), tasks=BOTH),
    Row(Bait("full", oversample=1, weighting="paper", regularization=0.1), tasks=BOTH),
    Row(Bait("block", target="identity")),
    Row(Bait("binary", certify=True)),
    Row(Bait(rank=2, oversample=1.5)),
    Row(Determinantal()),
    Row(Determinantal("one", weighting="sum")),
    Row(ExpectedGradientLength()),
    Row(Lcmd(), tasks=BOTH),
    Row(Epig(draws=20), deterministic=False, tasks=BOTH),
    Row(Epig(size=None, draws=9), deterministic=False, tasks=BOTH),
    Row(MaxHerding(), tasks=BOTH),
    Row(MaxHerding(space="columns", kernel="laplacian", width="pool"), tasks=BOTH),
    Row(MaxHerding(size=9), deterministic=False, tasks=BOTH),
    Row(UncertaintyHerding(), tasks=BOTH),
    Row(UncertaintyHerding("entropy", power=1, factor=3, space="features", width=1.5)),
    Row(UncertaintyHerding(factor=None, size=20, space="columns"), tasks=BOTH),
    Row(UncertaintyHerding("margin"), estimator=FOREST, checked_with=FOREST),
    Row(TypiClust(), deterministic=False, tasks=BOTH),
    Row(ColdStart(), deterministic=False, tasks=BOTH),
    Row(ColdStart(size=20), deterministic=False, tasks=BOTH),
    Row(Spread(Margin()), deterministic=False),
    Row(Spread(Margin(), quick=True), deterministic=False),
    Row(Spread(Random()), deterministic=False, tasks=BOTH),
    Row(QueryByCommittee(3), deterministic=False, tasks=BOTH),
    Row(QueryByCommittee(3, measure="vote_entropy"), deterministic=False),
    Row(QueryByCommittee([LogisticRegression(C=0.01), LogisticRegression(C=9)])),
    Row(QueryByCommittee(None), deterministic=False, estimator=FOREST),
    Row(QueryByCommittee(FOREST), deterministic=False),
    Row(Bald(draws=5), deterministic=False, estimator=FOREST),
    Row(VariationRatio(draws=5), deterministic=False, estimator=FOREST),
    Row(Entropy(draws=5), deterministic=False, estimator=FOREST),
    Row(GreedySampling(), tasks=NUMBERS, estimator=Ridge()),
    Row(GreedySampling(space="features"), tasks=NUMBERS, estimator=Ridge()),
    Row(GreedySampling(space="outputs"), tasks=NUMBERS, estimator=Ridge()),
    Row(PredictiveStd(), tasks=NUMBERS, estimator=BayesianRidge()),
    Row(Sequential(PredictiveStd()), tasks=NUMBERS, estimator=PROCESS, checked_with=PROCESS),
    Row(Spread(PredictiveStd()), deterministic=False, tasks=NUMBERS, estimator=BayesianRidge()),
    Row(ExpectedModelChange(3), deterministic=False, tasks=NUMBERS, estimator=Ridge()),
    Row(
        QueryByCommittee(None),
        deterministic=False,
        tasks=NUMBERS,
        estimator=BaggingRegressor(Ridge(), 4),
    ),
    Row(Diversify(CoreSet())),
    Row(Shortlist(Badge(), factor=4), deterministic=False),
    Row(Shortlist(Entropy(), factor=3)),
    Row(Shortlist(Random(), by=Random(), size=20), deterministic=False, tasks=BOTH),
    Row(Subsample(Margin(), size=0.5), deterministic=False),
    Row(Subsample(Random(), size=15), deterministic=False, tasks=BOTH),
    Row(Stages([(0, Margin()), (14, Entropy())])),
    Row(GoalInfluence("holdout"), tasks=BOTH),
    Row(GoalInfluence("entropy")),
    Row(GoalInfluence("fisher", "mean", order="linear")),
    Row(GoalInfluence("entropy", "tempered", temperature=3.0, target=20), deterministic=False),
    Row(GoalInfluence("variance"), tasks=NUMBERS, estimator=Ridge()),
    Row(Sequential(Margin())),
    Row(Sequential(GoalInfluence("entropy"), step=2)),
    Row(Sequential(GoalInfluence("variance")), tasks=NUMBERS, estimator=Ridge()),
    Row(WrongPrediction()),
    Row(WrongPrediction(steps=0)),
    Row(
        ErrorReduction(target=20, size=5),
        deterministic=False,
        estimator=BernoulliNB(),
        checked_with=BernoulliNB(),  # quick to refit
    ),
    Row(GoalRetraining("fisher", "predicted", target=10, size=5), deterministic=False),
    Row(Stages([(0, Random()), (14, Random())]), deterministic=False, tasks=BOTH),
    Row(FisherKernel()),
    Row(FisherKernel(pseudo_label="predicted", combine="sum")),
    Row(
        FisherKernel(kernel="feature", clip=True), deterministic=False
    ),  # of two features all rows tie
]
if find_spec("torch"):
    TABLE += [Row(Vaal(max_epochs=2), deterministic=False, tasks=BOTH)]
