"""What is replayed."""

from sklearn.ensemble import RandomForestClassifier

from skal import ActiveLearner
from skal.strategies import CoreSet
from tests.experiments.small import MODEL, small


def test_a_learner_stands_for_its_estimator():
    forest = ActiveLearner(RandomForestClassifier(5), surrogate=MODEL, initial=CoreSet())
    results = small({"CoreSet": CoreSet()}, forest, seeds=1)
    assert results["n_labelled"].tolist() == [8, 16, 24]
