"""Starting a session: validate the arguments of `fit`."""

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from skal import _checks
from skal._constraints import COUNT, FRACTION, SHARE, check_parameters
from skal._maps import check_works_on_maps
from skal._seeds import HOLDOUT, stream
from skal.learner.auditing import Auditing
from skal.learner.holdout import draw_holdout
from skal.learner.reading import Reader
from skal.learner.session import Session
from skal.models import is_gaussian_process, last_layer, map_reader, wraps_net
from skal.state import Rows
from skal.state.training_set import TrainingSet
from skal.strategies import (
    ColdStart,
    Margin,
    PredictiveStd,
    Random,
    Spread,
    Strategy,
    UncertaintyHerding,
)
from skal.strategies.function_strategy import as_strategy

# Valid values of the learner's parameters; the others are checked below with their own messages.
CONSTRAINTS = {
    **dict.fromkeys(("estimator", "strategy", "initial", "surrogate"), "no_validation"),
    "batch_size": [COUNT],
    "initial_size": [COUNT, None],
    "replay_budget": [COUNT, None],
    "validation_fraction": [FRACTION, None],
    "classes": ["array-like", None],
    "missing_label": "no_validation",
    "store_rounds": ["boolean"],
    "audit": [SHARE, None],
    "audit_reserve": [FRACTION],
    "random_state": ["random_state"],
}


def begin(
    learner: Any, X: Any, y: Any, X_val: Any, y_val: Any, fit_params: dict[str, Any]
) -> Session:
    """Return the session of a learner that knows the labels in y and has fitted no model yet."""
    reader = _check_parameters(learner)
    seed = int(check_random_state(learner.random_state).randint(2**31 - 1))
    reader, training = reader.training_set(X, y, fit_params)
    judged = X_val is not None and y_val is None and _is_judged(as_strategy(learner.strategy))
    holdout = reader.holdout(X_val, y_val, unlabelled_ok=judged)
    y_known = training.labelled_y
    training = _set_aside(learner, reader, training, holdout, seed)
    classes = _classes(learner, reader, y_known, holdout)
    if classes is not None:
        training = training.with_type(classes)
    strategy, initial = _strategies(learner, reader, training, holdout)
    return Session(
        reader=reader,
        strategy=strategy,
        initial=initial,
        seed=seed,
        training=training if learner.replay_budget is None else training.hide(),
        classes=classes,
        holdout=holdout,
        rounds=() if learner.store_rounds else None,
        auditing=Auditing.of(learner, training, seed),
    )


def _is_judged(strategy: Any) -> bool:
    """Return whether a strategy can use an unlabelled holdout with judged predictions."""
    needs = getattr(strategy, "needs", None)
    return isinstance(needs, set | frozenset) and "holdout_rows" in needs


def _check_parameters(learner: Any) -> Reader:
    """Return the reader of X and y; raise an error for invalid parameters."""
    classify = _checks.check_estimator_kind(learner.estimator)
    surrogate = learner.estimator if learner.surrogate is None else learner.surrogate
    if _checks.check_estimator_kind(surrogate, "surrogate") != classify:
        raise TypeError(
            "surrogate= must be of the same kind as estimator=: both classifiers, or both "
            "regressors."
        )
    if learner.classes is not None and not classify:
        raise ValueError(
            "classes= is for classifiers only, and the estimator is a regressor: leave classes= "
            "out."
        )
    check_parameters(learner)
    estimators: tuple[Any, ...] = (learner.estimator,)
    if learner.surrogate is not None:
        estimators = (learner.estimator, surrogate)
    maps = map_reader(*estimators) if classify else None
    return Reader(estimators, classify, learner.missing_label, maps=maps)


def _set_aside(
    learner: Any, reader: Reader, training: TrainingSet, holdout: Rows | None, seed: int
) -> TrainingSet:
    """Return the training set, with a share of its labels held out if the learner asks for it."""
    if learner.validation_fraction is None:
        return training
    if holdout is not None:
        raise ValueError(
            "X_val, y_val and validation_fraction exclude each other: pass only one of them."
        )
    drawn = draw_holdout(
        training.labelled_y,
        learner.validation_fraction,
        stream(seed, HOLDOUT),
        classify=reader.classify,
    )
    return training.hold_out(training.labelled_rows[drawn])


def _classes(
    learner: Any, reader: Reader, y_known: np.ndarray, holdout: Rows | None
) -> np.ndarray | None:
    """Return all classes of the labels, the holdout and `classes`; None for a regression."""
    if not reader.classify:
        return None
    given = None if learner.classes is None else reader.labels(learner.classes, "classes")[0]
    y_val = None if holdout is None else holdout.labels
    return reader.classes(y_known, y_val, given)


def _strategies(
    learner: Any, reader: Reader, training: TrainingSet, holdout: Rows | None
) -> tuple[Strategy, Strategy | None]:
    """Return the strategies, after a check of their needs."""
    has_rows = holdout is not None or training.n_held_out > 0
    has_labels = training.n_held_out > 0 or (holdout is not None and holdout.labels is not None)
    seen_through = learner.estimator if learner.surrogate is None else learner.surrogate
    known = last_layer.knows(seen_through)
    maps = reader.classify and training.y.ndim > 2
    strategies: dict[str, Strategy | None] = {
        "strategy": as_strategy(learner.strategy),
        "initial": None if learner.replay_budget is None else (Random if maps else ColdStart)(),
    }
    if learner.initial is not None:
        strategies["initial"] = as_strategy(learner.initial)
    if learner.strategy is None:
        strategies["strategy"] = default_strategy(seen_through, reader.classify, maps)
    for role, strategy in strategies.items():
        if strategy is not None:
            _checks.check_strategy(
                strategy,
                role,
                estimator=seen_through,
                classify=reader.classify,
                has_holdout=has_labels,
                has_holdout_rows=has_rows,
                has_last_layer=known,
                has_modules=wraps_net(seen_through),
            )
    if maps:
        check_works_on_maps(strategies["strategy"])
    initial = strategies["initial"]
    return clone(strategies["strategy"]), initial if initial is None else clone(initial)


def default_strategy(estimator: Any, classify: bool, maps: bool) -> Strategy:
    """Return the default strategy for an estimator."""
    if maps:
        return Spread(Margin(), factor=20)
    if is_gaussian_process(estimator):
        return Spread(PredictiveStd(), factor=20)
    if classify:
        return UncertaintyHerding("margin", factor=10)
    return Spread(Random()) if last_layer.knows(estimator) else Random()
