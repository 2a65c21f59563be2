"""What of scikit-activeml 1.0.1 and bmdal_reg 3.0.2 takes part, and what does not.

Parameters are theirs by default, of `UncertaintySampling` each of its methods.  Of bmdal_reg: each
selection method, with the kernel of a linear model, in the mode that its paper has it in.
"""

from bmdal import BmdalPeer
from models import CLASSIFIER, COMMITTEE, REGRESSOR, REGRESSORS
from scikit_activeml import Peer
from skactiveml import pool

CLASSIFICATION = {
    "RandomSampling": Peer(pool.RandomSampling()),
    "least confident": Peer(pool.UncertaintySampling(), CLASSIFIER),
    "margin": Peer(pool.UncertaintySampling(method="margin_sampling"), CLASSIFIER),
    "entropy": Peer(pool.UncertaintySampling(method="entropy"), CLASSIFIER),
    "Badge": Peer(pool.Badge(), CLASSIFIER),
    "Clue": Peer(pool.Clue(), CLASSIFIER),
    "DropQuery": Peer(pool.DropQuery(), CLASSIFIER),
    "Falcun": Peer(pool.Falcun(), CLASSIFIER),
    "ContrastiveAL": Peer(pool.ContrastiveAL(), CLASSIFIER),
    "CoreSet": Peer(pool.CoreSet()),
    "TypiClust": Peer(pool.TypiClust()),
}
# Half a second a query and more, at 3,000 rows.
SLOW = {
    "QueryByCommittee": Peer(pool.QueryByCommittee(), COMMITTEE),
    "GreedyBALD": Peer(pool.GreedyBALD(), COMMITTEE),
    "DiscriminativeAL": Peer(pool.DiscriminativeAL(), CLASSIFIER),
    "ProbCover": Peer(pool.ProbCover()),
    "MaxHerding": Peer(pool.MaxHerding()),
    "CostEmbeddingAL": Peer(pool.CostEmbeddingAL(classes=None)),
}
# A batch may hold a row twice: measured in costs.py, and not replayed.
REPEATS = {"BatchBALD": Peer(pool.BatchBALD(), COMMITTEE)}
# Many seconds a query: measured in costs.py, and not replayed.
TOO_SLOW = {
    "expected average precision": Peer(
        pool.UncertaintySampling(method="expected_average_precision"), CLASSIFIER
    ),
    "Quire": Peer(pool.Quire(classes=None)),
    "MonteCarloEER": Peer(pool.MonteCarloEER(), CLASSIFIER),
    "ValueOfInformationEER": Peer(pool.ValueOfInformationEER(), CLASSIFIER),
}
REGRESSION = {
    "RandomSampling": Peer(pool.RandomSampling()),
    "GreedySamplingX": Peer(pool.GreedySamplingX()),
    "GreedySamplingTarget": Peer(pool.GreedySamplingTarget(), REGRESSOR),
    "QueryByCommittee": Peer(pool.QueryByCommittee(), REGRESSORS),
    "Clue": Peer(pool.Clue(predict_dict={"return_std": True}), REGRESSOR),
    "CoreSet": Peer(pool.CoreSet()),
    "TypiClust": Peer(pool.TypiClust()),
    "ProbCover": Peer(pool.ProbCover()),
}
SLOW_REGRESSION = {
    "MaxHerding": Peer(pool.MaxHerding()),
    "ExpectedModelChangeMaximization": Peer(pool.ExpectedModelChangeMaximization(), REGRESSOR),
}
TOO_SLOW_REGRESSION = {
    "KLDivergenceMaximization": Peer(pool.KLDivergenceMaximization(), REGRESSOR),
    "ExpectedModelVarianceReduction": Peer(pool.ExpectedModelVarianceReduction(), REGRESSOR),
    "ExpectedModelOutputChange": Peer(pool.ExpectedModelOutputChange(), REGRESSOR),
}
BMDAL = {
    "LCMD-TP": BmdalPeer("lcmd"),
    "MaxDist-TP": BmdalPeer("maxdist"),
    "KMeansPP-TP": BmdalPeer("kmeanspp"),
    "MaxDiag-P": BmdalPeer("maxdiag", posterior=True),
    "MaxDet-P": BmdalPeer("maxdet", posterior=True),
    "BAIT-FB-P": BmdalPeer("bait", posterior=True),
    "FrankWolfe-P": BmdalPeer("fw", posterior=True),
}
NOT_REPLAYED = {
    "ProbabilisticAL": "wants class frequencies: a Parzen window classifier",
    "FourDs": "wants a mixture model",
    "EpistemicUncertaintySampling": "two classes only",
    "RegressionTreeBasedAL": "wants a regression tree",
    "ExpectedErrorReduction": "an abstract class: MonteCarloEER and ValueOfInformationEER are it",
    "SubSamplingWrapper": "a wrapper: narrows the pool at random",
    "ParallelUtilityEstimationWrapper": "a wrapper: the same picks on more cores",
    "multiannotator": "asks who should label, not what",
}


def not_replayed():
    """What was left out, and why; what is too slow is among the costs."""
    slow = "many seconds a query at 3,000 rows: see the costs"
    reasons = dict.fromkeys(REPEATS, "a batch may hold a row twice, as on spambase with seed 0")
    return NOT_REPLAYED | reasons | dict.fromkeys({**TOO_SLOW, **TOO_SLOW_REGRESSION}, slow)


def named(strategies, library="scikit-activeml"):
    """With the library before the name, as the tables have it."""
    return {f"{library}: {name}": strategy for name, strategy in strategies.items()}
