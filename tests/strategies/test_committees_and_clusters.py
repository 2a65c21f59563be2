"""Committees, draws, gradient lengths, greedy sampling and clusters against slow versions."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.kernels import committee as kernels
from skal.strategies import (
    Bald,
    Entropy,
    ExpectedGradientLength,
    ExpectedModelChange,
    GreedySampling,
    Lcmd,
    Margin,
    QueryByCommittee,
    Spread,
    TypiClust,
    UtilityStrategy,
    VariationRatio,
)

P = np.random.default_rng(0).dirichlet(np.full(4, 0.4), size=(6, 30))


def entropy(p):
    return -sum(x * math.log(x) for x in p if x > 0)


def vote_shares(P, i):
    tops = [p[i].argmax() for p in P]
    return [tops.count(c) / len(P) for c in range(P.shape[2])]


SLOW = {
    "mutual_information": lambda i: (
        entropy(P[:, i].mean(axis=0)) - np.mean([entropy(p[i]) for p in P])
    ),
    "variation_ratio": lambda i: 1 - max(vote_shares(P, i)),
    "vote_entropy": lambda i: entropy(vote_shares(P, i)),
    "divergence": lambda i: np.mean(
        [sum(a * math.log(a / b) for a, b in zip(p[i], P[:, i].mean(axis=0))) for p in P]
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_disagreement(name):
    np.testing.assert_allclose(
        getattr(kernels, name)(P), [SLOW[name](i) for i in range(30)], atol=1e-12
    )


def test_variance():
    Y = np.random.default_rng(0).normal(size=(5, 7, 2))
    np.testing.assert_allclose(kernels.variance(Y), Y.var(axis=0).sum(axis=1))
    np.testing.assert_allclose(kernels.variance(Y[..., 0]), Y[..., 0].var(axis=0))


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
    with pytest.raises(ValueError, match="needs several opinions of a model"):
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


def test_a_committee_of_given_estimators(blobs):
    X, _, y = blobs
    members = [LogisticRegression(C=0.01), GaussianNB(), RandomForestClassifier(5, random_state=0)]
    learner = ActiveLearner(LogisticRegression(), QueryByCommittee(members)).fit(X, y)
    P = np.stack([m.fit(X[:12], y[:12].astype(int)).predict_proba(X[12:]) for m in members])
    np.testing.assert_allclose(learner.query_utilities()[12:], kernels.divergence(P), atol=1e-9)


def test_a_committee_that_is_an_ensemble(blobs):
    X, _, y = blobs
    forest = RandomForestClassifier(7, random_state=0)
    learner = ActiveLearner(
        LogisticRegression(), QueryByCommittee(forest, measure="vote_entropy")
    ).fit(X, y)
    members = forest.fit(X[:12], y[:12].astype(int)).estimators_
    P = np.stack([member.predict_proba(X[12:]) for member in members])
    np.testing.assert_allclose(learner.query_utilities()[12:], kernels.vote_entropy(P), atol=1e-12)
    numbers = ActiveLearner(Ridge(), QueryByCommittee(RandomForestRegressor(5, random_state=0)))
    assert len(numbers.fit(X[:40], X[:40, 0]).query(X, batch_size=4)) == 4


def test_members_say_themselves_which_weights_they_want(blobs):
    import sklearn

    X, _, y = blobs
    weights = np.linspace(1, 5, 90)
    with sklearn.config_context(enable_metadata_routing=True):
        one = LogisticRegression().set_fit_request(sample_weight=True)
        two = LogisticRegression(C=0.1).set_fit_request(sample_weight=False)
        learner = ActiveLearner(one, QueryByCommittee([one, two, KNeighborsClassifier(3)]))
        views = learner.fit(X, y, sample_weight=weights).query_state().committee([one, two])
        learner.query()
    t = y[:12].astype(int)
    for view, expected in zip(
        views,
        (
            LogisticRegression().fit(X[:12], t, weights[:12]),
            LogisticRegression(C=0.1).fit(X[:12], t),
        ),
    ):
        np.testing.assert_allclose(view.proba, expected.predict_proba(X[12:]), atol=1e-3)


def test_a_committee_of_refits_sees_every_class(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB(var_smoothing=0.1), random_state=0).fit(X, y)
    views = learner.query_state().committee(20)
    assert len(views) == 20
    assert all(set(view._estimator.classes_) == {0, 1, 2} for view in views)
    assert len({view.proba.tobytes() for view in views}) > 15


def test_expected_gradient_length(blobs):
    X, _, y = blobs
    learner = ActiveLearner(LogisticRegression(), ExpectedGradientLength()).fit(X, y)
    expected = []
    for x, p in zip(X[12:], learner.predict_proba(X[12:])):
        z = np.append(x, 1)
        expected.append(sum(p[c] * np.linalg.norm(np.outer(z, p - np.eye(3)[c])) for c in range(3)))
    np.testing.assert_allclose(learner.query_utilities()[12:], expected)


def test_expected_model_change(blobs):
    X, _, _ = blobs
    y = np.where(np.arange(90) < 12, np.sin(X[:, 0]), np.nan)
    learner = ActiveLearner(Ridge(), ExpectedModelChange(7), random_state=0).fit(X, y)
    members = learner.query_state().committee(7)  # the same draws as those of the score
    expected = [
        np.linalg.norm(np.append(x, 1))
        * np.mean([abs(member.prediction[i] - f) for member in members])
        for i, (x, f) in enumerate(zip(X[12:], learner.predict(X[12:])))
    ]
    np.testing.assert_allclose(learner.query_utilities()[12:], expected)


@pytest.mark.parametrize("by", ["features", "outputs", "both"])
def test_greedy_sampling(by, blobs):
    X, _, _ = blobs
    truth = np.sin(X[:, 0]) + X[:, 1]
    y = np.where(np.arange(90) < 12, truth, np.nan)
    learner = ActiveLearner(Ridge(), GreedySampling(space=by), batch_size=15).fit(X, y)
    f = learner.predict(X)
    picked, value = list(range(12)), {i: truth[i] for i in range(12)}
    for _ in range(15):

        def nearest(i):
            dx = [np.linalg.norm(X[i] - X[j]) if by != "outputs" else 1 for j in picked]
            dy = [abs(f[i] - value[j]) if by != "features" else 1 for j in picked]
            return min(a * b for a, b in zip(dx, dy))

        best = max((i for i in range(12, 90) if i not in picked), key=nearest)
        picked.append(best)
        value[best] = f[best]
    assert learner.query().tolist() == picked[12:]


def test_lcmd(blobs):
    X, _, y = blobs
    rows = ActiveLearner(LogisticRegression(), Lcmd(), batch_size=15).fit(X, y).query()
    centres = list(range(12))
    for _ in range(15):
        free = [i for i in range(12, 90) if i not in centres]
        owner = {i: min(centres, key=lambda c: np.sum((X[i] - X[c]) ** 2)) for i in free}
        distance = {i: np.sum((X[i] - X[owner[i]]) ** 2) for i in free}
        sizes = {c: sum(distance[i] for i in free if owner[i] == c) for c in set(owner.values())}
        largest = max(sizes, key=sizes.get)
        centres.append(max((i for i in free if owner[i] == largest), key=distance.get))
    assert rows.tolist() == centres[12:]


def test_typiclust(blobs):
    X, _, y = blobs
    strategy = TypiClust(n_neighbors=5)
    learner = ActiveLearner(LogisticRegression(), strategy, batch_size=6, random_state=0).fit(X, y)
    state = learner.query_state()
    seed = int(state.rng.integers(2**31 - 1))
    Z = np.vstack([X[12:], X[:12]])
    clusters = KMeans(18, n_init=1, random_state=seed).fit_predict(Z)
    labels = {c: int((clusters[78:] == c).sum()) for c in range(18)}
    picks = []
    for _ in range(6):
        left = [c for c in range(18) if any(clusters[i] == c and i not in picks for i in range(78))]
        turn = min(left, key=lambda c: (labels[c], -(clusters[:78] == c).sum(), c))
        members = [i for i in range(78) if clusters[i] == turn]

        def mean_distance(i, members=members):
            d = sorted(np.linalg.norm(X[12 + i] - X[12 + j]) for j in members if j != i)[:5]
            return np.mean(d) if d else 0

        picks.append(min((i for i in members if i not in picks), key=mean_distance))
        labels[turn] += 1
    np.testing.assert_array_equal(learner.query(), 12 + np.array(picks))


def test_spread(blobs):
    X, _, y = blobs
    learner = ActiveLearner(
        LogisticRegression(), Spread(Margin(), factor=5), batch_size=6, random_state=0
    ).fit(X, y)
    scores = (
        learner.query_utilities
        if False
        else ActiveLearner(LogisticRegression(), Margin()).fit(X, y).query_utilities()
    )
    best = np.argsort(-scores[12:], kind="stable")[:30] + 12
    seed = int(learner.query_state().rng.integers(2**31 - 1))
    k_means = KMeans(6, n_init=1, random_state=seed).fit(X[best], sample_weight=1 + scores[best])
    expected = []
    for c in range(6):
        mine = [i for i in range(30) if k_means.labels_[i] == c]
        expected.append(
            min(mine, key=lambda i: np.sum((X[best[i]] - k_means.cluster_centers_[c]) ** 2))
        )
    np.testing.assert_array_equal(learner.query(), best[np.sort(expected)])


class Given(UtilityStrategy):
    """Scores that somebody gives."""

    def __init__(self, scores):
        self.scores = scores

    def utilities(self, state):
        return self.scores[: len(state.candidates)]


def test_spread_asks_for_what_was_tried(blobs):
    """A score of −∞ was not tried; one of ∞ is among the best."""
    X, _, y = blobs
    scores = np.full(78, -np.inf)
    scores[[3, 30, 40, 50, 60]] = [1, 2, np.inf, 1, 2]
    learner = ActiveLearner(LogisticRegression(), Spread(Given(scores))).fit(X, y)
    tried = learner.query_state().pool.rows[[3, 30, 40, 50, 60]]
    assert set(learner.query(batch_size=3)) < set(tried)
    rows = learner.query(batch_size=7)
    assert set(rows[:5]) == set(tried)
    assert len(set(rows)) == 7


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


def test_spread_fills_empty_clusters():
    """Copies of two rows cannot make four clusters."""
    X = np.array([[-1.0, 0], [1, 0]] + [[0.1, 1], [0.1, -1]] * 5)
    y = [0, 1] + [None] * 10
    learner = ActiveLearner(
        LogisticRegression(), Spread(Margin(), factor=2), batch_size=4, random_state=0
    )
    assert len(set(learner.fit(X, y).query())) == 4


@pytest.mark.parametrize(
    ("strategy", "says"),
    [
        (Bald(draws=1), "'draws' parameter"),
        (Entropy(draws=0), "'draws' parameter"),
        (QueryByCommittee(1), "'committee' parameter"),
        (QueryByCommittee([LogisticRegression()]), "must have at least two members"),
        (QueryByCommittee("many"), "'committee' parameter"),
        (QueryByCommittee(2.5), "'committee' parameter"),
        (QueryByCommittee([LogisticRegression(), Ridge()]), "needs a regressor"),
        (QueryByCommittee(measure="luck"), "'measure' parameter"),
        (TypiClust(max_clusters=0), "'max_clusters' parameter"),
        (Spread(Lcmd()), "Lcmd gives them none"),
        (Spread(Margin(), factor=0.5), "'factor' parameter"),
    ],
    ids=repr,
)
def test_impossible_parameters(strategy, says, blobs):
    X, _, y = blobs
    with pytest.raises((ValueError, TypeError), match=says):
        ActiveLearner(LogisticRegression(), strategy).fit(X, y)


def test_impossible_parameters_of_regressions(blobs):
    X, _, _ = blobs
    for strategy, says in (
        (GreedySampling(space="luck"), "'space' parameter"),
        (ExpectedModelChange(1), "'committee' parameter"),
    ):
        with pytest.raises(ValueError, match=says):
            ActiveLearner(Ridge(), strategy).fit(X, X[:, 0])
    for strategy in (
        QueryByCommittee(3, measure="vote_entropy"),
        QueryByCommittee([GaussianNB()] * 2),
    ):
        with pytest.raises(ValueError, match="needs a classifier, and Ridge is a regressor"):
            ActiveLearner(Ridge(), strategy).fit(X, X[:, 0])
