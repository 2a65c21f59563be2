"""Labels that pool rows are taken to have before anybody has seen them."""

from collections.abc import Callable

import numpy as np

from skal._array import device, namespace, to_numpy
from skal._rows import n_rows, take
from skal.kernels.matching import dependence
from skal.kernels.matching.similarity import nearest_rows, unit_rows

# Rules that compare labels by how their gradients vary over perturbed copies of a row.
OVER_DRAWS = {
    "covariance": dependence.covariance,
    "mutual_information": dependence.mutual_information,
}
RULES = ("neighbour", "predicted", *OVER_DRAWS, "oracle")

# Share of a feature's standard deviation that the copies are perturbed by.
NOISE = 0.1
# Rows that the standard deviations are measured on.
MEASURED = 2000
# Gradients that differ by less than this share are the same, but for rounding.
ROUNDING = 1e-5


def check_rule(strategy) -> None:
    """An error where a strategy's rule wants what its other parameters do not give."""
    rule = strategy.pseudo_label
    if rule in OVER_DRAWS and strategy.layers is None:
        raise ValueError(
            f"pseudo_label={rule!r} cannot tell labels apart on the last layer: the gradients "
            "e_y − p of all labels y vary alike. Name inner layers of a net with layers=, or "
            "choose 'neighbour' or 'predicted'."
        )
    if strategy.perturb is not None and rule not in OVER_DRAWS:
        raise ValueError(
            f"perturb={strategy.perturb!r} has a part in "
            f"pseudo_label={' and '.join(map(repr, OVER_DRAWS))} only; that is {rule!r}."
        )
    if rule == "neighbour" and strategy.mistakes is not None:
        raise ValueError(
            "pseudo_label='neighbour' takes the labels of holdout rows, and with mistakes= these "
            "are not looked at: choose pseudo_label='predicted', or leave mistakes= out."
        )


def pseudo_labels(strategy, state, pool, holdout) -> Callable:
    """(features, probabilities, rows) ↦ columns of the labels that these pool rows are given."""
    rule, classes = strategy.pseudo_label, state.classes
    if rule == "predicted":
        return lambda features, proba, rows: namespace(proba).argmax(proba, axis=1)
    if rule == "neighbour":
        units = [unit_rows(part) for part in holdout.features]
        xp = namespace(holdout.proba)
        columns = xp.asarray(
            np.searchsorted(classes, state.holdout.y), device=device(holdout.proba)
        )
        return lambda features, proba, rows: columns[nearest_rows(features, units)]
    columns = (
        _true_labels(pool, classes) if rule == "oracle" else _over_draws(strategy, state, pool)
    )
    return lambda features, proba, rows: columns[rows]


def _true_labels(pool, classes):
    y = pool.y
    missing = np.array([label is None for label in y]) if y.dtype == object else np.zeros(len(y))
    if missing.any():
        raise ValueError(
            f"pseudo_label='oracle' takes the true labels of the pool, and {int(missing.sum())} of "
            f"{len(y)} are not known: it is for replays (replay_budget=) of labelled data."
        )
    return np.searchsorted(classes, y)


def _over_draws(strategy, state, pool):
    """The label of the largest dependence, row by row.

    Where the gradients of all labels vary alike, as they do if no ReLU switches between the
    copies, dependence cannot choose: the most likely label is taken.
    """
    measure = OVER_DRAWS[strategy.pseudo_label]
    perturb = strategy.perturb or feature_noise(pool.X)
    columns, n_alike = np.empty(len(pool), dtype=np.intp), 0
    draws = pool.label_draws(strategy.layers, perturb, strategy.draws, state.rng)
    for rows, copies in draws:
        scores, alike, first = [], True, None
        for column in range(len(state.classes)):
            gradients = copies.gradients(column)
            scores.append(to_numpy(measure(copies.features, gradients)))
            first = gradients if first is None else first
            alike &= to_numpy(_vary_alike(gradients, first))
        likely = to_numpy(copies.proba).mean(axis=0).argmax(axis=1)
        columns[rows] = np.where(alike, likely, np.argmax(scores, axis=0))
        n_alike += int(alike.sum())
    if n_alike == len(pool):
        raise ValueError(
            f"pseudo_label={strategy.pseudo_label!r} cannot tell labels apart on layers="
            f"{strategy.layers!r}: between these and the logits the net is linear (on all "
            f"{strategy.draws} copies of all rows), so the gradients of all labels vary alike. "
            "Name modules further inside, perturb more, or choose 'neighbour' or 'predicted'."
        )
    state.record(share_of_labels_alike=n_alike / len(pool))
    return columns


def _vary_alike(gradients, others):
    """Rows whose two sets of gradients (copies × rows × L) differ by a constant, in all scales."""
    alike = True
    for G, H in zip(gradients, others, strict=True):
        xp = namespace(G)
        difference = G - H
        varies = xp.max(xp.abs(difference - difference[:1]), axis=0)
        size = xp.maximum(xp.max(xp.abs(G), axis=0), xp.max(xp.abs(H), axis=0))
        alike = alike & (xp.max(varies, axis=1) <= ROUNDING * xp.max(size, axis=1))
    return alike


def feature_noise(X) -> Callable:
    """Gaussian noise of a tenth of each feature's standard deviation over X."""
    n = n_rows(X)
    some = np.linspace(0, n - 1, min(n, MEASURED)).astype(np.intp)
    try:
        some = np.asarray(take(X, some))
        deviation = NOISE * some.std(axis=0, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Noise can be added to arrays of numbers, and X is a {type(X).__name__}: say how its "
            f"rows are perturbed with perturb=. ({error})"
        ) from error

    def perturb(X, rng):
        X = np.asarray(X)
        if X.dtype.kind != "f":
            X = X.astype(np.float32)
        return X + (rng.standard_normal(X.shape) * deviation).astype(X.dtype)

    return perturb
