"""A callable is a strategy."""

import inspect
import pickle
import re
from functools import partial

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge

from skal import ActiveLearner
from skal.strategies import (
    Diversify,
    FunctionStrategy,
    LeastConfidence,
    Margin,
    Sequential,
    Shortlist,
    Spread,
    Stages,
    Strategy,
    Subsample,
)
from skal.strategies.function_strategy import as_strategy
from skal.testing import check_strategy
from tests.strategies.table import doubt


class Plenty:
    """A callable object with parameters of its own."""

    def __init__(self, n):
        self.n = n

    def __call__(self, state):
        return -np.abs(state.candidates - self.n)


def number_of_the_row(state):
    return state.candidates.astype(float)


def test_a_learner_asks_for_the_highest(blobs):
    X, truth, y = blobs
    asked = [
        ActiveLearner(LogisticRegression(), strategy, batch_size=5).fit(X, y)
        for strategy in (doubt, FunctionStrategy(doubt), LeastConfidence())
    ]
    rows = [learner.query().tolist() for learner in asked]
    assert rows[0] == rows[1] == rows[2]
    np.testing.assert_array_equal(asked[0].query_utilities(), asked[2].query_utilities())
    assert asked[0].strategy_.function is doubt
    assert asked[0].teach(rows[0], truth[rows[0]]).history_[-1]["n_labelled"] == 17


def test_a_function_asks_first_too(blobs):
    X, _, _ = blobs
    learner = ActiveLearner(LogisticRegression(), initial=number_of_the_row, initial_size=3).fit(
        X, [None] * len(X)
    )
    assert learner.query().tolist() == [89, 88, 87]
    learner.set_params(initial=Plenty(7)).fit(X, [None] * len(X))
    assert sorted(learner.query()) == [6, 7, 8]


@pytest.mark.parametrize(
    ("wrap", "same"),
    [
        (Diversify, Diversify(LeastConfidence())),
        (Sequential, Sequential(LeastConfidence())),
        (Spread, Spread(LeastConfidence())),
        (lambda one: Subsample(one, 0.5), Subsample(LeastConfidence(), 0.5)),
        (lambda one: Shortlist(Margin(), one), Shortlist(Margin(), LeastConfidence())),
        (lambda one: Shortlist(one, one), Shortlist(LeastConfidence(), LeastConfidence())),
        (lambda one: Stages([(0, one)]), Stages([(0, LeastConfidence())])),
    ],
)
def test_wrappers_take_functions(wrap, same, blobs):
    X, _, y = blobs
    wrapper = clone(wrap(doubt))
    assert "classifier" in wrapper.needs
    found, expected = (
        ActiveLearner(LogisticRegression(), strategy, batch_size=4, random_state=0).fit(X, y)
        for strategy in (wrapper, same)
    )
    np.testing.assert_array_equal(found.query(), expected.query())


def test_it_is_a_plain_scikit_learn_object():
    strategy = FunctionStrategy(doubt)
    assert clone(strategy).get_params() == {"function": doubt}
    assert pickle.loads(pickle.dumps(strategy)).function is doubt
    assert re.fullmatch(r"FunctionStrategy\(function=<function doubt at 0x\w+>\)", repr(strategy))
    assert strategy.needs == doubt.needs
    assert as_strategy(strategy) is strategy
    assert isinstance(as_strategy(Plenty(3)), Strategy)
    assert as_strategy(Margin) is Margin
    assert as_strategy(None) is None


def of_state_and_n(state, n):
    return state.candidates[:n]


def of_nothing():
    return []


def of_a_keyword(state, *, weight):
    return weight * state.candidates


def of_more_with_defaults(state, weight=1, **others):
    return weight * state.candidates


class Opaque:
    """A callable that does not say what it takes, as some compiled functions do not."""

    __signature__ = "nonsense"

    def __call__(self, state):
        return -state.candidates


@pytest.mark.parametrize("function", [of_state_and_n, of_nothing, of_a_keyword])
def test_a_function_of_other_arguments_is_refused_before_the_model_is_fitted(function, blobs):
    X, _, y = blobs
    takes = re.escape(str(inspect.signature(function)))
    says = rf"called with the state alone, function\(state\), and takes {takes}\. A strategy that"
    for strategy in (function, Spread(function), Stages([(0, function)])):
        with pytest.raises(ValueError, match=says):
            ActiveLearner(LogisticRegression(), strategy).fit(X, y)
    with pytest.raises(TypeError, match=says):
        check_strategy(function)


def test_a_class_is_no_function():
    for kind in (object, Plenty):
        with pytest.raises(ValueError, match=r"function=<class .* is a class: give an instance"):
            FunctionStrategy(kind).check()


def test_what_can_be_called_with_the_state_passes():
    for function in (of_more_with_defaults, Plenty(3), Plenty(3).__call__, Opaque(), len):
        FunctionStrategy(function).check()
    FunctionStrategy(partial(of_state_and_n, n=3)).check()


def test_what_is_no_function_of_the_state(blobs):
    X, _, y = blobs
    for wrong in (Margin, 3, LogisticRegression()):
        with pytest.raises(TypeError, match=r"strategy=.* is not a strategy"):
            ActiveLearner(LogisticRegression(), wrong).fit(X, y)
    with pytest.raises(
        ValueError, match="The 'function' parameter of FunctionStrategy must be a c"
    ):
        ActiveLearner(LogisticRegression(), FunctionStrategy("doubt")).fit(X, y)
    with pytest.raises(ValueError, match="must rate each of the 78 candidates with a number"):
        ActiveLearner(LogisticRegression(), lambda state: [1.0]).fit(X, y).query()
    with pytest.raises(ValueError, match="needs a classifier"):
        ActiveLearner(Ridge(), doubt).fit(X, np.where(np.arange(90) < 9, 1.0, np.nan))
