"""Several opinions of one model: passes with dropout on, or the members of an ensemble."""

from typing import Any

import numpy as np
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.ensemble._forest import ForestClassifier
from sklearn.pipeline import Pipeline

from skal.models.kinds import is_net
from skal.models.outputs import align_proba, class_proba

# Ensembles whose members are fitted on 0, 1, … in place of the classes.
ENCODED = (ForestClassifier, BaggingClassifier, VotingClassifier)

# Modules of estimators whose members see to a part of the task, or feed another model.
PARTS_OF_ONE = ("sklearn.multiclass", "sklearn.multioutput", "sklearn.ensemble._stacking")


def can_draw(estimator: Any) -> bool:
    """Whether a fitted model has several opinions."""
    if isinstance(estimator, Pipeline):
        return can_draw(estimator.steps[-1][1])
    if hasattr(estimator, "best_estimator_"):
        return can_draw(estimator.best_estimator_)
    return bool(_members(estimator)) or is_net(estimator)


def draws(estimator: Any, X: Any, n: int, classes: np.ndarray | None) -> np.ndarray:
    """n opinions of the rows X: probabilities (n×rows×k), or numbers where `classes` is None.

    A net is asked n times with dropout on; an ensemble's members are asked, n of them at most.
    """
    if hasattr(estimator, "best_estimator_"):
        return draws(estimator.best_estimator_, X, n, classes)
    if isinstance(estimator, Pipeline):
        for _, step in estimator.steps[:-1]:
            if step not in (None, "passthrough"):
                X = step.transform(X)
        return draws(estimator.steps[-1][1], X, n, classes)
    if is_net(estimator):
        return _dropout_draws(estimator, X, n, classes)
    members = _members(estimator)
    if not members:
        raise TypeError(
            f"{type(estimator).__name__} has one opinion only: wrap a net with dropout under "
            "skorch or an ensemble with estimators_ (a forest, bagging), or use "
            "QueryByCommittee(committee=10) for refits on resampled labels."
        )
    subsets = getattr(estimator, "estimators_features_", [None] * len(members))
    opinions = []
    for member, columns in list(zip(members, subsets))[:n]:
        part = X if columns is None else _columns(X, columns)
        if hasattr(part, "columns") and not hasattr(member, "feature_names_in_"):
            part = np.asarray(part)  # as the ensemble has made it for its members
        if classes is None:
            opinions.append(member.predict(part))
        elif isinstance(estimator, ENCODED):
            P = np.zeros((part.shape[0], len(estimator.classes_)))
            P[:, np.asarray(member.classes_).astype(int)] = class_proba(
                member, part, member.classes_
            )
            opinions.append(align_proba(estimator, P, classes))
        else:
            opinions.append(class_proba(member, part, classes))
    return np.stack(opinions)


def _columns(X, columns):
    return (
        X[:, columns]
        if hasattr(X, "shape") and not hasattr(X, "columns")
        else np.asarray(X)[:, columns]
    )


def _members(estimator: Any) -> list[Any]:
    """The fitted members of an ensemble each of which has an opinion of its own."""
    members = getattr(estimator, "estimators_", None)
    one_task_each = type(estimator).__module__.startswith(PARTS_OF_ONE)
    table = isinstance(members, np.ndarray) and members.ndim > 1  # of boosted trees
    return [] if members is None or table or one_task_each else list(members)


def _dropout_draws(net, X, n, classes):
    import torch
    from torch.nn.modules.dropout import _DropoutNd

    dropout = [part for part in net.module_.modules() if isinstance(part, _DropoutNd)]
    if not dropout:
        raise TypeError(
            f"{type(net.module_).__name__} has no dropout, so that every pass would say the same: "
            "add some, or use QueryByCommittee(committee=10) for refits on resampled labels."
        )

    def awake(module, inputs):
        module.training = True  # the rest of the net stays in evaluation mode

    hooks = [part.register_forward_pre_hook(awake) for part in dropout]
    try:
        with torch.no_grad():
            if classes is None:
                return np.stack([net.predict(X) for _ in range(n)])
            return np.stack([class_proba(net, X, classes) for _ in range(n)])
    finally:
        for hook in hooks:
            hook.remove()
        net.module_.eval()
