"""The leaf of each tree that rows fall into: of forests, boosting and whatever is made of trees."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.ensemble._forest import BaseForest
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.tree import BaseDecisionTree

from skal.models.steps import transformed

Reader = Callable[[Any, Any], np.ndarray]  # (fitted trees, X) ↦ n×T
SCIKIT_LEARN = (BaseForest, BaseDecisionTree, GradientBoostingClassifier, GradientBoostingRegressor)


def _a_row_each(numbers: np.ndarray) -> np.ndarray:
    """Trees side by side, be it one, or one for each round and class."""
    return numbers.reshape(len(numbers), -1)


def _of_scikit_learn(trees: Any, X: Any) -> np.ndarray:
    return _a_row_each(trees.apply(X))


def _of_xgboost(trees: Any, X: Any) -> np.ndarray:
    return _a_row_each(np.asarray(trees.apply(X)))


def _of_lightgbm(trees: Any, X: Any) -> np.ndarray:
    return _a_row_each(np.asarray(trees.predict(X, pred_leaf=True)))


def _of_catboost(trees: Any, X: Any) -> np.ndarray:
    return _a_row_each(np.asarray(trees.calc_leaf_indexes(X)))


# By full name of a type, so that nothing is imported for it.
ELSEWHERE: dict[str, Reader] = {
    "xgboost.sklearn.XGBModel": _of_xgboost,
    "lightgbm.sklearn.LGBMModel": _of_lightgbm,
    "catboost.core.CatBoost": _of_catboost,
}


def has_leaves(model: Any) -> bool:
    """Whether a fitted model is made of trees that say which leaf a row falls into."""
    if (inner := _inside(model)) is not None:
        return has_leaves(inner)
    return _reader(model) is not None or (
        bool(members := _members(model)) and all(map(has_leaves, members))
    )


def leaves(model: Any, X: Any) -> np.ndarray:
    """The leaf that each row of X falls into, of each tree (n×T, small whole numbers)."""
    if isinstance(model, Pipeline):
        return leaves(model.steps[-1][1], transformed(model, X))
    if (inner := _inside(model)) is not None:
        return leaves(inner, X)
    if (read := _reader(model)) is not None:
        return _small(read(model, X))
    members = _members(model)
    subsets = getattr(model, "estimators_features_", [None] * len(members))
    parts = zip(members, subsets, strict=True)
    return np.hstack([leaves(member, _columns(X, member, columns)) for member, columns in parts])


def _inside(model: Any) -> Any:
    """The model that another one wraps, itself made of trees or not; None if it wraps none."""
    if isinstance(model, Pipeline):
        return model.steps[-1][1]
    if isinstance(model, BaseSearchCV):
        return model.best_estimator_
    if isinstance(model, CalibratedClassifierCV):
        return model.calibrated_classifiers_[0].estimator
    return model.regressor_ if isinstance(model, TransformedTargetRegressor) else None


def _reader(model: Any) -> Reader | None:
    if isinstance(model, SCIKIT_LEARN):
        return _of_scikit_learn
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(model).__mro__)
    found = next((ELSEWHERE[name] for name in names if name in ELSEWHERE), None)
    no_trees = getattr(model, "booster", None) == "gblinear"  # xgboost's linear model
    return None if no_trees else found


def _members(model: Any) -> list[Any]:
    """The fitted members of bagging, voting, stacking or one-vs-rest."""
    members = getattr(model, "estimators_", None)
    return list(members) if isinstance(members, list) else []


def _columns(X: Any, member: Any, columns: Any) -> Any:
    """What a member sees: a frame as the array that its ensemble has made of it, some columns."""
    if hasattr(X, "columns") and not hasattr(member, "feature_names_in_"):
        X = np.asarray(X)
    return X if columns is None else X[:, columns]


def _small(numbers: np.ndarray) -> np.ndarray:
    """Leaf numbers in the smallest type that holds them: n×T of them stay in memory."""
    largest = int(numbers.max(initial=0))
    return numbers.astype(np.min_scalar_type(largest))
