"""The strategies of picks.py, with labels that stay the same when parameters are renamed."""

from itertools import product
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from skal import strategies as s

ROWS = np.random.default_rng(1).normal(size=(10, 6)).astype(np.float32)


def thirds(state):
    """Groups that have nothing to do with a model."""
    return state.candidates % 3


def wrong(X, prediction):
    """Holdout rows said to be wrong, by somebody who knows no labels."""
    return np.asarray(prediction) == 1


FOREST = RandomForestClassifier(5, min_samples_leaf=2, random_state=0)
TWO_MODELS = [LogisticRegression(C=0.01), LogisticRegression(C=9)]
STRATEGIES: dict[str, Any] = {
    "None": None,
    "Random": s.Random(),
    "LeastConfidence": s.LeastConfidence(),
    "Margin": s.Margin(),
    "Entropy": s.Entropy(),
    "Entropy 5 draws": s.Entropy(draws=5),
    "Bald 5": s.Bald(draws=5),
    "VariationRatio 5": s.VariationRatio(draws=5),
    "MarginShift": s.MarginShift(),
    "MarginShift confidence": s.MarginShift(certainty="confidence"),
    "MarginShift entropy": s.MarginShift(certainty="entropy"),
    "ExpectedGradientLength": s.ExpectedGradientLength(),
    "ExpectedModelChange 3": s.ExpectedModelChange(3),
    "QueryByCommittee 3": s.QueryByCommittee(3),
    "QueryByCommittee 3 vote_entropy": s.QueryByCommittee(3, measure="vote_entropy"),
    "QueryByCommittee 3 divergence": s.QueryByCommittee(3, measure="divergence"),
    "QueryByCommittee 3 variance": s.QueryByCommittee(3, measure="variance"),
    "QueryByCommittee two models": s.QueryByCommittee(TWO_MODELS),
    "QueryByCommittee own": s.QueryByCommittee(None),
    "QueryByCommittee forest": s.QueryByCommittee(FOREST),
    "Bait": s.Bait(),
    "Bait full": s.Bait("full"),
    "Bait block": s.Bait("block"),
    "Bait binary": s.Bait("binary", certify=True),
    "Bait full paper": s.Bait("full", oversample=1, weighting="paper", regularization=0.1),
    "Bait block identity": s.Bait("block", target="identity"),
    "Bait block paper": s.Bait("block", oversample=1.5, weighting="paper"),
    "Bait binary paper": s.Bait("binary", oversample=1, weighting="paper"),
    "Bait rank 1": s.Bait(rank=1),
    "Bait rank 2": s.Bait(rank=2, oversample=1.5),
    "Bait holdout": s.Bait(target="holdout"),
    "Bait rows": s.Bait(target=ROWS),
    "Bait little memory": s.Bait(max_memory=1e4),
    "Bait cpu": s.Bait(device="cpu"),
    "Determinantal full": s.Determinantal(),
    "Determinantal full sum": s.Determinantal(weighting="sum", regularization=0.1),
    "Determinantal one": s.Determinantal("one"),
    "Determinantal one sum": s.Determinantal("one", weighting="sum"),
    "Badge": s.Badge(),
    "CoreSet": s.CoreSet(),
    "TypiClust": s.TypiClust(),
    "TypiClust 6 clusters": s.TypiClust(max_clusters=6, n_neighbors=5),
    "Lcmd": s.Lcmd(),
    "GreedySampling": s.GreedySampling(),
    "GreedySampling features": s.GreedySampling(space="features"),
    "GreedySampling outputs": s.GreedySampling(space="outputs"),
    "Vaal": s.Vaal(max_epochs=2),
    "GoalInfluence": s.GoalInfluence("holdout"),
    "GoalInfluence evaluate": s.GoalInfluence("entropy", "tempered", temperature=3.0, target=20),
    "GoalInfluence evaluate rows": s.GoalInfluence("entropy", target=ROWS),
    "GoalInfluence penalty": s.GoalInfluence("holdout", ridge=0.1),
    "GoalInfluence variance penalty": s.GoalInfluence("variance", ridge=0.1),
    "GoalInfluence cg": s.GoalInfluence("holdout", order="linear", solver="cg"),
    "GoalInfluence cholesky": s.GoalInfluence("holdout", order="linear", solver="cholesky"),
    "GoalRetraining": s.GoalRetraining(size=5),
    "GoalRetraining entropy predicted": s.GoalRetraining("entropy", "predicted", size=5),
    "GoalRetraining fisher min": s.GoalRetraining("fisher", "min", target=10, size=5),
    "GoalRetraining tempered": s.GoalRetraining("holdout", "tempered", temperature=2.0, size=5),
    "GoalRetraining oracle": s.GoalRetraining(label="oracle", size=5),
    "ErrorReduction": s.ErrorReduction(target=20, size=5),
    "WrongPrediction": s.WrongPrediction(),
    "WrongPrediction rate": s.WrongPrediction(steps=2, learning_rate=0.05),
    "WrongPrediction first order": s.WrongPrediction(steps=0),
    "FisherKernel": s.FisherKernel(),
    "FisherKernel predicted sum": s.FisherKernel(pseudo_label="predicted", combine="sum"),
    "FisherKernel clip": s.FisherKernel(clip=True),
    "FisherKernel feature": s.FisherKernel(kernel="feature"),
    "FisherKernel oracle": s.FisherKernel(pseudo_label="oracle"),
    "FisherKernel mistakes": s.FisherKernel(pseudo_label="predicted", mistakes=wrong),
    "FisherKernel layers": s.FisherKernel(["0", "3"]),
    "FisherKernel layers sum clip": s.FisherKernel(["0"], combine="sum", clip=True),
    "FisherKernel layers feature": s.FisherKernel(["0"], kernel="feature"),
    "FisherKernel covariance": s.FisherKernel(["0"], pseudo_label="covariance", draws=4),
    "FisherKernel mutual": s.FisherKernel(["0"], pseudo_label="mutual_information", draws=4),
    "Oracle 3": s.Oracle(size=3),
    "Oracle 3 ahead 2": s.Oracle(size=3, lookahead=2),
    "Diversify Margin": s.Diversify(s.Margin()),
    "Diversify MarginShift current": s.Diversify(s.MarginShift(), classes="current"),
    "Diversify Random thirds": s.Diversify(s.Random(), classes=thirds),
    "Diversify CoreSet": s.Diversify(s.CoreSet()),
    "Diversify Random": s.Diversify(s.Random()),
    "Shortlist Badge": s.Shortlist(s.Badge(), factor=4),
    "Shortlist Random by Random": s.Shortlist(s.Random(), by=s.Random(), size=20),
    "Shortlist Lcmd by Entropy": s.Shortlist(s.Lcmd(), by=s.Entropy(), factor=3),
    "Subsample Margin": s.Subsample(s.Margin(), size=0.5),
    "Subsample CoreSet": s.Subsample(s.CoreSet(), size=15),
    "Spread Margin": s.Spread(s.Margin()),
    "Spread Entropy 3": s.Spread(s.Entropy(), factor=3),
    "Spread Random": s.Spread(s.Random()),
    "Stages Margin Entropy": s.Stages([(0, s.Margin()), (20, s.Entropy())]),
    "Stages Random CoreSet": s.Stages([(0, s.Random()), (20, s.CoreSet())]),
    "Sequential Margin": s.Sequential(s.Margin()),
    "Sequential Margin penalty": s.Sequential(s.Margin(), ridge=0.1),
    "Sequential GoalInfluence": s.Sequential(s.GoalInfluence("entropy"), step=2),
    "Sequential variance": s.Sequential(s.GoalInfluence("variance")),
}
TAUS = ("holdout", "entropy", "fisher", "variance")
RULES = (None, "mean", "min", "max", "predicted", "expected", "oracle", "tempered")
GOALS = {  # every goal × label rule × order
    f"GoalInfluence {goal} {rule} {order}": s.GoalInfluence(
        goal, rule, order=order, temperature=2.0 if rule == "tempered" else None
    )
    for goal, rule, order in product(TAUS, RULES, ("newton", "linear"))
}
COUNTED = {  # strategies that see class weights or priors, which labels change
    label: STRATEGIES[label]
    for label in (
        "None",
        "Margin",
        "ExpectedGradientLength",
        "QueryByCommittee 3",
        "Bait",
        "Bait full paper",
        "Bait block identity",
        "Determinantal full",
        "Determinantal one sum",
        "Badge",
        "GoalInfluence penalty",
        "GoalRetraining",
        "ErrorReduction",
        "WrongPrediction",
        "FisherKernel",
        "Shortlist Badge",
        "Sequential Margin",
        "Sequential Margin penalty",
        "Sequential GoalInfluence",
    )
}
COUNTED |= {
    f"GoalInfluence {goal} {how}": GOALS[f"GoalInfluence {goal} {how}"]
    for goal, how in product(("holdout", "entropy"), ("mean newton", "None newton", "mean linear"))
}
