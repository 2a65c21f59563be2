"""Labels that pool rows are taken to have before anybody has seen them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from skal._array import device, namespace, to_numpy
from skal._labels import hidden_labels
from skal._rows import n_rows, take
from skal.kernels.matching import dependence
from skal.kernels.matching.similarity import EQ_12, Match, nearest_rows, unit_rows
from skal.state import QueryState, View
from skal.strategies._fisher_kernel.matched_rows import MatchedRows

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


class Copies(NamedTuple):
    """Perturbed copies of rows, and the modules that their gradients are of."""

    layers: Sequence[str] | None
    n: int
    perturb: Callable | None  # None: noise in the features
    after: str = "module"

    def of(self, rows: View, rng: np.random.Generator) -> Iterator[tuple]:
        """Copies of the rows of a view, a block of rows at a time."""
        assert self.layers is not None  # `check_rule` demands them
        perturb = self.perturb or feature_noise(rows.X)
        return rows.label_draws(self.layers, perturb, self.n, rng, after=self.after)


def check_rule(rule: str, copies: Copies, mistakes: Callable | None) -> None:
    """An error where a rule wants what the other parameters do not give."""
    if rule in OVER_DRAWS and copies.layers is None:
        raise ValueError(
            f"pseudo_label={rule!r} cannot tell labels apart on the last layer: the gradients "
            "e_y − p of all labels y vary alike. Name inner layers of a net with layers=, or "
            "choose 'neighbour' or 'predicted'."
        )
    if copies.perturb is not None and rule not in OVER_DRAWS:
        raise ValueError(
            f"perturb={copies.perturb!r} has a part in "
            f"pseudo_label={' and '.join(map(repr, OVER_DRAWS))} only; that is {rule!r}."
        )
    if rule == "neighbour" and mistakes is not None:
        raise ValueError(
            "pseudo_label='neighbour' takes the labels of holdout rows, and with mistakes= these "
            "are not looked at: choose pseudo_label='predicted', or leave mistakes= out."
        )


def pseudo_labels(
    rule: str,
    state: QueryState,
    pool: View,
    holdout: MatchedRows | None,
    copies: Copies | None = None,
    match: Match = EQ_12,
) -> Callable:
    """(features, probabilities, rows) ↦ columns of the labels that these pool rows are given.

    `holdout` is what "neighbour" looks among, by the feature kernel with the weights of `match`;
    `copies` is what gradients vary over.
    """
    classes = state.classes
    if rule == "predicted":
        return lambda features, proba, rows: namespace(proba).argmax(proba, axis=1)
    if rule == "neighbour":
        assert classes is not None
        assert state.holdout is not None
        return _of_neighbours(holdout, np.searchsorted(classes, state.holdout.y), match)
    if rule == "oracle":
        assert classes is not None
        columns = np.searchsorted(classes, hidden_labels(pool.y, "pseudo_label='oracle'"))
    else:
        columns = _over_draws(rule, state, pool, copies)
    return lambda features, proba, rows: columns[rows]


def _of_neighbours(holdout, columns, match):
    """The label of the holdout row with the most similar features."""
    units = [unit_rows(part) for part in holdout.features]
    columns = namespace(holdout.proba).asarray(columns, device=device(holdout.proba))
    kernel = Match(scale_weights=match.scale_weights)
    return lambda features, proba, rows: columns[nearest_rows(features, units, kernel)]


def _over_draws(rule, state, pool, copies):
    """The label of the largest dependence, row by row.

    Where the gradients of all labels vary alike, as they do if no ReLU switches between the
    copies, dependence cannot choose: the most likely label is taken.
    """
    columns, n_alike = np.empty(len(pool), dtype=np.intp), 0
    for rows, drawn in copies.of(pool, state.rng):
        scores, alike = _dependence(OVER_DRAWS[rule], drawn, len(state.classes))
        likely = to_numpy(drawn.proba).mean(axis=0).argmax(axis=1)
        columns[rows] = np.where(alike, likely, np.argmax(scores, axis=0))
        n_alike += int(alike.sum())
    if n_alike == len(pool):
        raise ValueError(
            f"pseudo_label={rule!r} cannot tell labels apart on layers={copies.layers!r}: between "
            f"these and the logits the net is linear (on all {copies.n} copies of all rows), so "
            "the gradients of all labels vary alike. Name modules further inside, perturb more, or "
            "choose 'neighbour' or 'predicted'."
        )
    state.record(share_of_labels_alike=n_alike / len(pool))
    return columns


def _dependence(measure, drawn, n_classes):
    """The dependence for each label (labels × rows), and the rows where all labels vary alike."""
    scores, alike, first = [], [], None
    for column in range(n_classes):
        gradients = drawn.gradients(column)
        scores.append(to_numpy(measure(drawn.features, gradients)))
        first = gradients if first is None else first
        alike.append(to_numpy(_vary_alike(gradients, first)))
    return scores, np.logical_and.reduce(alike)


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


def feature_noise(X: Any) -> Callable:
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
