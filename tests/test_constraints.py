"""Constraints of parameters are data: every parameter has one, and each kind is enforced."""

import inspect
from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, StrOptions, make_constraint

from skal import strategies
from skal._constraints import COUNT, InvalidParameterError, check_parameters
from skal.strategies import (
    Bait,
    Diversify,
    Entropy,
    ErrorReduction,
    FisherKernel,
    GoalInfluence,
    GoalRetraining,
    Margin,
    QueryByCommittee,
    Sequential,
    Shortlist,
    Subsample,
    TypiClust,
    Vaal,
)

PUBLIC = [
    one
    for one in (getattr(strategies, name) for name in strategies.__all__)
    if not inspect.isabstract(one)
]


GIVEN = {"strategy": Margin(), "stages": [(0, Margin())], "size": 10, "function": len}


COUNTS = (0, -1, 1.5, np.nan, np.inf, "3", True, np.True_)


JOBS = (0, 1.5, np.nan, "all", True)


NUMBERS = (-1.0, np.nan, "much", True, False, np.True_)


def made(kind, **params):
    """A strategy of a class, of its defaults wherever there are some."""
    parameters = inspect.signature(kind).parameters.values()
    given = {p.name: GIVEN[p.name] for p in parameters if p.default is p.empty}
    return kind(**{**given, **params})


def bounded():
    """Every parameter that is a number, a string or a boolean, and a value that it refuses."""
    for kind in PUBLIC:
        for name, allowed in kind._parameter_constraints.items():
            if name not in inspect.signature(kind).parameters or allowed == "no_validation":
                continue
            if any(isinstance(one, Interval | StrOptions) for one in allowed):
                yield kind, name, "nonsense"
                yield kind, name, True
                yield kind, name, 0 if name == "n_jobs" else -1  # -1 job is one a core
                yield kind, name, float("nan")
            elif "boolean" in allowed:
                yield kind, name, 1


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.__name__)
def test_every_parameter_has_a_constraint_that_its_default_keeps(kind):
    parameters = inspect.signature(kind).parameters
    assert set(parameters) <= set(kind._parameter_constraints)
    for allowed in kind._parameter_constraints.values():
        for one in () if allowed == "no_validation" else allowed:
            make_constraint(one)
    if kind is Vaal:  # whose check says, too, where torch is not there
        pytest.importorskip("torch", reason="Vaal trains nets")
    made(kind).check()


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.__name__)
def test_all_but_the_first_two_parameters_go_by_name(kind):
    parameters = list(inspect.signature(kind).parameters.values())
    assert all(p.kind == p.KEYWORD_ONLY for p in parameters[2:])


@pytest.mark.parametrize(("kind", "name", "value"), list(bounded()))
def test_no_parameter_takes_nonsense(kind, name, value):
    with pytest.raises(InvalidParameterError, match=f"The '{name}' parameter of {kind.__name__} m"):
        made(kind, **{name: value}).check()


@pytest.mark.parametrize(
    ("kind", "name", "wrong", "right"),
    [
        (Entropy, "draws", COUNTS, (1, np.int32(4), None)),
        (TypiClust, "n_neighbors", COUNTS, (1, np.int64(4))),
        (Vaal, "max_epochs", COUNTS, (1, np.uint8(2))),
        (Vaal, "beta", NUMBERS, (0, 0.5, np.float32(2))),
        (Vaal, "learning_rate", (*NUMBERS, np.inf), (1, 1e-3)),
        (Sequential, "ridge", (*NUMBERS, 0, np.inf), (1, np.float32(0.1), None)),
        (Sequential, "max_memory", (*NUMBERS, 0), (1, np.inf)),  # infinity: no limit
        (Shortlist, "factor", (*NUMBERS, 0.5, np.inf), (1, np.float64(1.5))),
        (Subsample, "size", (*NUMBERS, 0, 1.5, np.inf), (3, 1.0, np.float32(0.5), np.int16(9))),
        (GoalRetraining, "size", COUNTS, (1, None)),
        (GoalRetraining, "n_jobs", JOBS, (1, np.int64(2), -1, -2, None)),
        (ErrorReduction, "n_jobs", JOBS, (1, -1, None)),
        (GoalInfluence, "target", (0, -1, "test", True, 0.5), (3, None)),
        (Bait, "target", (0, "test", True), ("pool", [[1.0, 2.0]], np.ones((2, 2)))),
        (Bait, "certify", (0, 1, "yes", None), (True, np.False_)),
        (Bait, "structure", ("diagonal", None, 3, True), ("auto", "full")),
        (Diversify, "classes", ("today", None, True), ("current", len)),
        (QueryByCommittee, "committee", (1, True, 2.5, "many"), (2, None, [Margin()] * 2)),
        (FisherKernel, "layers", ("conv", 3, True), (["a"], ("a", "b"), None)),
        (FisherKernel, "mistakes", (3, True), (None,)),
    ],
)
def test_each_kind_of_constraint(kind, name, wrong, right):
    if kind is Vaal:
        pytest.importorskip("torch", reason="Vaal trains nets")
    for value in wrong:
        with pytest.raises(InvalidParameterError) as error:
            made(kind, **{name: value}).check()
        assert str(error.value).startswith(f"The {name!r} parameter of {kind.__name__} must be ")
        assert str(error.value).endswith(f"Got {value!r} instead.")
    for value in right:
        made(kind, **{name: value}).check()


class Plain(BaseEstimator):
    """Not a strategy; one parameter without a constraint."""

    _parameter_constraints: ClassVar[dict] = {"size": [COUNT]}

    def __init__(self, size=1, other=True):
        self.size = size
        self.other = other


def test_any_object_with_parameters_is_checked():
    check_parameters(Plain())
    with pytest.raises(InvalidParameterError, match=r"of Plain must be an int .* Got True instead"):
        check_parameters(Plain(size=True))
