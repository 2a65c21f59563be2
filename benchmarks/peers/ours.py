"""What of skal takes part.

Left out is what needs a holdout of labels that the others do not get (`GoalInfluence` for a
holdout, `WrongPrediction`, `FisherKernel`), dropout or hidden layers of a net (`Bald`,
`VariationRatio`), a net of its own (`Vaal`), or a refit for each row and label (`GoalRetraining`,
`ErrorReduction`; `GoalInfluence("entropy", "expected")` is the latter in closed form).  The
Fisher information of all classes together takes minutes a replay on the whole pool at 26 classes:
`Bait` is there class by class, two classes at a time, and in full on a shortlist.
"""

from skal.strategies import (
    Badge,
    Bait,
    CoreSet,
    Diversify,
    Entropy,
    ExpectedGradientLength,
    ExpectedModelChange,
    GoalInfluence,
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
    Subsample,
    TypiClust,
)

CLASSIFICATION = {
    "Random": Random(),
    "LeastConfidence": LeastConfidence(),
    "Margin": Margin(),
    "Entropy": Entropy(),
    "MarginShift": MarginShift(),
    "Diversify(Margin)": Diversify(Margin()),
    "Spread(Margin)": Spread(Margin()),
    "Spread(Margin, 20)": Spread(Margin(), factor=20),
    "Sequential(Margin)": Sequential(Margin()),
    "Shortlist(Bait)": Shortlist(Bait(), by=Margin(), factor=10),
    "Shortlist(Bait, block)": Shortlist(Bait("block"), by=Margin(), factor=10),
    "Shortlist(Bait, binary)": Shortlist(Bait("binary"), by=Margin(), factor=10),
    "Bait, block": Bait("block"),
    "Bait, binary": Bait("binary"),
    "Badge": Badge(),
    "Shortlist(Badge)": Shortlist(Badge()),
    "TypiClust": TypiClust(),
    "TypiClust, then Margin": Stages([(0, TypiClust()), (100, Margin())]),
    "TypiClust, then Spread": Stages([(0, TypiClust()), (100, Spread(Margin()))]),
    "CoreSet": CoreSet(),
    "Lcmd": Lcmd(),
    "ExpectedGradientLength": ExpectedGradientLength(),
    "QueryByCommittee": QueryByCommittee(),
    "Shortlist(GoalInfluence)": Shortlist(
        GoalInfluence("entropy", "expected", target=100), by=Margin(), factor=5
    ),
    "Shortlist(Sequential(GoalInfluence))": Shortlist(
        Sequential(GoalInfluence("entropy", "expected", target=100)), by=Margin(), factor=5
    ),
}
REGRESSION = {
    "Random": Random(),
    "Bait": Bait(),
    "Subsample(Bait)": Subsample(Bait(), size=100),
    "Subsample(Lcmd)": Subsample(Lcmd(), size=200),
    "Spread(Random)": Spread(Random()),
    "GoalInfluence(variance)": Sequential(GoalInfluence("variance")),
    "GreedySampling": GreedySampling(),
    "GreedySampling, features": GreedySampling("features"),
    "ExpectedModelChange": ExpectedModelChange(),
    "Lcmd": Lcmd(),
    "CoreSet": CoreSet(),
    "TypiClust": TypiClust(),
    "QueryByCommittee": QueryByCommittee(),
}
