"""Strategies by the names of their classes."""

import inspect

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import check_estimator

from skal import ActiveLearner, strategies
from skal.experiments import compare
from skal.strategies import Bait, Margin, Random, Shortlist, Spread, Stages, Strategy, TypiClust
from skal.strategies.names import all_classes, class_named, known_as, strategy_named


def test_the_names_are_those_of_the_exports():
    exported = (getattr(strategies, name) for name in strategies.__all__)
    assert all_classes() == {
        kind.__name__: kind for kind in exported if not inspect.isabstract(kind)
    }


def test_a_class_of_somebody_else_takes_no_name_of_ours():
    class Margin(Strategy):
        def select(self, state, n):
            return state.candidates[:n]

    assert strategy_named("margin").__class__ is strategies.Margin is not Margin


@pytest.mark.parametrize("name", ["CoreSet", "coreset", "core_set", "core-set", "CORE SET"])
def test_however_it_is_written(name):
    assert class_named(name, all_classes()) is strategies.CoreSet
    assert known_as(name, ["Margin", "CoreSet"]) == "CoreSet"
    assert known_as(name, ["Margin"]) is None


@pytest.mark.parametrize("kind", all_classes().values(), ids=lambda kind: kind.__name__)
def test_every_strategy_by_its_name_alone_or_a_sentence(kind):
    lacking = [p.name for p in inspect.signature(kind).parameters.values() if p.default is p.empty]
    if lacking:
        says = f"{kind.__name__} cannot be made by its name alone, since it takes {lacking[0]}"
        with pytest.raises(ValueError, match=says):
            strategy_named(kind.__name__.lower())
    else:
        assert repr(strategy_named(kind.__name__.lower())) == repr(kind())


def test_a_slip_of_the_pen(blobs):
    X, _, y = blobs
    for wrong, meant in (("margn", "Margin"), ("bayt", "Bait"), ("typi_clst", "TypiClust")):
        for params in ({"strategy": wrong}, {"strategy": "margin", "initial": wrong}):
            with pytest.raises(
                ValueError, match=f"no strategy {wrong}: did you mean {meant}"
            ) as said:
                ActiveLearner(LogisticRegression(), **params).fit(X, y)
            assert ", Entropy, " in str(said.value)
            assert "Spread" not in str(said.value)  # which no name can make
    with pytest.raises(ValueError, match=r"no strategy : there are Badge"):
        ActiveLearner(LogisticRegression(), "").fit(X, y)


def test_a_learner_keeps_the_name_and_shows_the_strategy(blobs):
    X, truth, y = blobs
    by_name = ActiveLearner(LogisticRegression(), "core_set", initial="typiclust", random_state=0)
    by_object = clone(by_name).set_params(strategy=strategies.CoreSet(), initial=TypiClust())
    assert by_name.get_params()["strategy"] == clone(by_name).strategy == "core_set"
    for labels in (y, np.full(90, np.nan)):
        rows = [
            learner.fit(X, labels).query(batch_size=4).tolist() for learner in (by_name, by_object)
        ]
        assert rows[0] == rows[1]
    assert isinstance(by_name.strategy_, strategies.CoreSet)
    assert by_name.strategy == "core_set"


def test_what_a_named_strategy_needs_is_checked(blobs):
    X, _, _ = blobs
    with pytest.raises(ValueError, match="needs a classifier, and Ridge is a regressor"):
        ActiveLearner(Ridge(), "margin").fit(X, X[:, 0])
    with pytest.raises(ValueError, match="needs a trusted holdout"):
        ActiveLearner(LogisticRegression(), "oracle").fit(X, [0, 1] * 45)


@pytest.mark.parametrize(
    ("by_name", "by_object"),
    [
        (Spread("margin", factor=5), Spread(Margin(), factor=5)),
        (Shortlist("bait", by="margin"), Shortlist(Bait(), by=Margin())),
        (Stages([(0, "random"), (5, "margin")]), Stages([(0, Random()), (5, Margin())])),
    ],
    ids=repr,
)
def test_inside_wrappers(by_name, by_object, blobs):
    X, _, y = blobs
    rows = [
        ActiveLearner(LogisticRegression(), s, batch_size=3, random_state=0)
        .fit(X, y)
        .query()
        .tolist()
        for s in (by_name, by_object)
    ]
    assert rows[0] == rows[1]
    with pytest.raises(ValueError, match="did you mean Margin"):
        ActiveLearner(LogisticRegression(), Spread("margn")).fit(X, y)


def test_a_grid_of_names(blobs):
    X, truth, _ = blobs
    learner = ActiveLearner(LogisticRegression(), replay_budget=12, batch_size=4, random_state=0)
    grids = (["random", "margin", "bait"], [Random(), Margin(), Bait()])
    scores = [
        GridSearchCV(learner, {"strategy": grid}, cv=2).fit(X, truth).cv_results_["mean_test_score"]
        for grid in grids
    ]
    np.testing.assert_array_equal(*scores)


def number(state):
    return state.candidates.astype(float)


def test_compare_takes_names_and_functions(blobs):
    X, truth, _ = blobs
    for given, names in (
        (["random", "core_set", number], ["Random", "CoreSet", "number"]),
        ("margin", ["Margin"]),
        (number, ["number"]),
        ({"mine": number, "m": "margin"}, ["mine", "m"]),
    ):
        frame = compare(
            given, LogisticRegression(), (X, truth), 1, 8, 4, test_size=0.3, progress=False
        )
        assert frame["strategy"].unique().tolist() == names
    with pytest.raises(ValueError, match="no strategy margn: did you mean Margin"):
        compare(["margn"], LogisticRegression(), (X, truth), progress=False)


def test_a_name_takes_no_arguments(blobs):
    X, truth, _ = blobs
    with pytest.raises(ValueError, match=r"a name stands for its defaults\. Give an instance"):
        ActiveLearner(LogisticRegression(), "Spread(Margin(), factor=20)").fit(X, truth)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the checks provoke warnings on purpose
def test_scikit_learn_s_checks_of_a_learner_with_a_name():
    check_estimator(ActiveLearner(LogisticRegression(), "margin", random_state=0))
