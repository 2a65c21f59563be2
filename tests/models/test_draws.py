"""Several opinions of one model: members of ensembles, and dropout."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.strategies import Bald, Entropy, QueryByCommittee, VariationRatio

ENSEMBLES = [
    RandomForestClassifier(4, random_state=0),
    ExtraTreesClassifier(4, random_state=0),
    BaggingClassifier(GaussianNB(), 4, max_features=0.5, random_state=0),
    VotingClassifier([("a", GaussianNB()), ("b", LogisticRegression())], voting="soft"),
    make_pipeline(StandardScaler(), RandomForestClassifier(4, random_state=0)),
    GridSearchCV(RandomForestClassifier(4, random_state=0), {"max_depth": [3]}),
    VotingClassifier(
        [
            ("a", make_pipeline(StandardScaler(), GaussianNB())),
            ("b", RandomForestClassifier(3, random_state=0)),
        ],
        voting="soft",
    ),
    BaggingClassifier(make_pipeline(StandardScaler(), GaussianNB()), 3, random_state=0),
]


@pytest.mark.parametrize("names", [[0, 1, 2], [0, 2, 5], ["x", "y", "z"]], ids=str)
@pytest.mark.parametrize("estimator", ENSEMBLES, ids=lambda e: type(e).__name__)
def test_members_average_to_the_ensemble(estimator, names, blobs):
    X, truth, _ = blobs
    y = np.array(names)[truth]
    learner = ActiveLearner(estimator).fit(X, y)
    draws = learner.query_state(X).pool.draws(99)
    assert draws.shape[1:] == (90, 3)
    np.testing.assert_allclose(draws.mean(axis=0), learner.predict_proba(X), atol=1e-12)
    assert len(learner.query_state(X).pool.draws(2)) == 2


def test_members_of_a_regression(blobs):
    X, _, _ = blobs
    learner = ActiveLearner(RandomForestRegressor(4, random_state=0)).fit(X, X[:, 0])
    draws = learner.query_state(X).pool.draws(4)
    np.testing.assert_allclose(draws.mean(axis=0), learner.predict(X))


def test_members_with_their_own_classes(blobs):
    X, truth, _ = blobs
    learner = ActiveLearner(AdaBoostClassifier(n_estimators=3, random_state=0)).fit(X, truth * 2)
    draws = learner.query_state(X).pool.draws(3)
    np.testing.assert_allclose(draws[0], learner.estimator_.estimators_[0].predict_proba(X))


@pytest.mark.parametrize(
    "strategy", [Bald(), VariationRatio(), Entropy(draws=3), QueryByCommittee(None)], ids=repr
)
@pytest.mark.parametrize(
    "estimator",
    [LogisticRegression(), GradientBoostingClassifier(n_estimators=2)],
    ids=lambda e: type(e).__name__,
)
def test_one_opinion_is_not_enough(strategy, estimator, blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="needs several predictions of a model"):
        ActiveLearner(estimator, strategy).fit(X, y)
    with pytest.raises(TypeError, match="has one opinion only"):
        ActiveLearner(estimator).fit(X, y).query_state().pool.draws(3)


def test_draws_of_a_net_with_dropout():
    torch = pytest.importorskip("torch", reason="nets need torch")
    skorch = pytest.importorskip("skorch", reason="nets need skorch")
    X = np.random.default_rng(0).normal(size=(60, 6)).astype(np.float32)
    y = np.arange(60) % 3

    def net(p):
        class Net(torch.nn.Sequential):
            def __init__(self):
                super().__init__(
                    torch.nn.Linear(6, 8),
                    torch.nn.BatchNorm1d(8),
                    torch.nn.Dropout(p),
                    torch.nn.Linear(8, 3),
                )

        return skorch.NeuralNetClassifier(
            Net, criterion=torch.nn.CrossEntropyLoss, max_epochs=2, verbose=0, train_split=None
        )

    learner = ActiveLearner(net(0.5), Bald(draws=200), random_state=0, batch_size=5).fit(
        X[:40], y[:40]
    )
    plain = learner.predict_proba(X)
    torch.manual_seed(0)
    draws = learner.query_state(X).pool.draws(200)
    assert draws.shape == (200, 60, 3)
    assert (draws.std(axis=0) > 0.001).all()  # dropout is on
    np.testing.assert_allclose(draws.mean(axis=0), plain, atol=0.1)  # batch norm is not: no drift
    np.testing.assert_array_equal(learner.predict_proba(X), plain)  # and off again
    assert not learner.estimator_.module_.training
    np.testing.assert_array_equal(learner.query(X), learner.query(X))
    no_dropout = skorch.NeuralNetClassifier(
        torch.nn.Linear,
        module__in_features=6,
        module__out_features=3,
        criterion=torch.nn.CrossEntropyLoss,
        max_epochs=1,
        verbose=0,
        train_split=None,
    )
    with pytest.raises(TypeError, match="has no dropout"):
        ActiveLearner(no_dropout).fit(X, y).query_state(X).pool.draws(2)


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize(
    "ensemble", [RandomForestClassifier(5), AdaBoostClassifier(n_estimators=5)]
)
def test_members_see_frames_as_the_ensemble_gave_them(kind, ensemble, blobs):
    X, _, y = blobs
    frame = kind({"a": X[:, 0], "b": X[:, 1]})
    by_array, by_frame = (
        ActiveLearner(ensemble, Bald(draws=5), batch_size=4, random_state=0).fit(of, y).query()
        for of in (X, frame)
    )
    np.testing.assert_array_equal(by_frame, by_array)
