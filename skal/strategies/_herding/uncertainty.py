"""How unsure a model is of each row of the pool."""

import numpy as np

from skal.kernels.deviation import predictive_deviation
from skal.kernels.fisher.structures import Regression
from skal.kernels.sharpening import best_factor, sharpened
from skal.kernels.uncertainty import confidence, entropy, margin, variance
from skal.models import can_draw, has_std, is_gaussian_process, last_layer
from skal.state import QueryState
from skal.strategies._fisher.information import as_scale, data_of, strengths_of

# What is asked for uncertainty, by task.
OF_CLASSES = ("margin", "confidence", "entropy")
OF_NUMBERS = ("deviation", "std", "draws")
DRAWS = 100


def uncertainty_of(state: QueryState, kind: str) -> np.ndarray:
    """How unsure the model is of each row of the pool (n), never negative."""
    if state.classes is None:
        return _of_numbers(state, kind)
    P = _proba_of(state)
    if kind == "entropy":
        return entropy(P)
    return np.clip(1 - (confidence(P) if kind == "confidence" else margin(P)), 0, None)


def known_by_row(state: QueryState, kind: str) -> bool:
    """Whether a row's uncertainty follows from that row, whatever other rows the pool holds."""
    if state.classes is not None:
        return True
    return (_kind_for(state.pool.model) if kind == "auto" else kind) != "deviation"


def _proba_of(state):
    """Class probabilities of the pool; of a model that has none, as sharp as its labels allow."""
    if hasattr(state.pool.model, "predict_proba"):
        return state.pool.proba
    codes = np.searchsorted(state.classes, state.labelled.y)
    return sharpened(state.pool.decision, best_factor(state.labelled.decision, codes))


def _of_numbers(state, kind):
    model = state.pool.model
    if kind == "auto":
        kind = _kind_for(model)
    if kind == "std":
        return state.pool.std
    if kind == "draws":
        return np.sqrt(variance(state.pool.draws(DRAWS)))
    pool, labelled = data_of(state.pool), data_of(state.labelled)
    strengths = strengths_of("auto", Regression(), [pool, labelled])
    return predictive_deviation(pool.Z, labelled.Z, pool.intercept, as_scale(strengths, pool))


def _kind_for(model):
    """What tells best how unsure this model of numbers is."""
    if last_layer.knows(model) and not is_gaussian_process(model):
        return "deviation"
    if has_std(model):
        return "std"
    if can_draw(model):
        return "draws"
    raise ValueError(
        f"{type(model).__name__} has neither a last layer nor several opinions, so that there "
        "is nothing to tell how unsure it is: use MaxHerding(), or set surrogate=Ridge()."
    )
