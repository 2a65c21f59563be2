"""The learning curve behind rows that were predicted before their labels: a posterior on a grid.

The loss of a model of n labels is taken to fall by a power law to a floor,

    loss(n) = L · (1 − u + u·(n/N)^−c),        N labels known today,

where L is today's loss, u the share of it that any number of labels would remove, and c how fast.
Each row says what the model of its time lost, and the models' own probabilities say how far apart
they are.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from skal.metrics.lags import lags_of_classes, lags_of_numbers
from skal.metrics.random_rows import UNSURE

if TYPE_CHECKING:
    from skal._audits import Audits

REMOVABLE = np.linspace(0.0, 1.0, 11)  # u
POWERS = np.array([0.25, 0.5, 0.75, 1.0, 1.5, 2.0])  # c
N_LOSSES = 80  # L
SCALES = np.exp(np.linspace(-2.0, 2.0, 7) * UNSURE)  # of the lags: how wrong a model may be
LEAST_SHARE = 0.25  # of today's labels, of models whose lag counts


class Curves(NamedTuple):
    """Learning curves that may be, flat arrays, and how probable each is."""

    loss: np.ndarray
    removable: np.ndarray
    power: np.ndarray
    weight: np.ndarray
    n_known: int

    def at(self, n: float) -> np.ndarray:
        """The loss of each curve at n labels."""
        left = (max(n, 1) / self.n_known) ** -self.power  # a model before any label has a loss
        return self.loss * (1 - self.removable + self.removable * left)

    def mean(self, values: np.ndarray) -> float:
        """The expectation of a number that each curve has."""
        return float(self.weight @ values)

    def quantiles(self, values: np.ndarray, levels: list[float]) -> list[float]:
        """Quantiles of a number that each curve has."""
        order = np.argsort(values)
        below = np.cumsum(self.weight[order])
        places = np.minimum(np.searchsorted(below, levels), len(order) - 1)
        return [float(value) for value in values[order][places]]


def curves_of(audits: "Audits", losses: np.ndarray) -> Curves:
    """The curves that may lie behind the losses of audit rows, 0 or 1 of classes.

    Rows of classes have a binomial likelihood.  Of numbers it is that of gamma distributions with
    the coefficient of variation that the losses have.
    """
    today = _losses(audits, losses)
    loss, removable, power = (
        one.ravel() for one in np.meshgrid(today, REMOVABLE, POWERS, indexing="ij")
    )
    curves = Curves(loss, removable, power, np.empty(0), max(audits.n_known, 1))
    fit = _of_rows(curves, audits, losses) + _of_lags(curves, audits, losses)
    fit = np.exp(fit - fit.max())
    return curves._replace(weight=fit / fit.sum())


def _losses(audits: "Audits", losses: np.ndarray) -> np.ndarray:
    """Today's losses: shares even under Jeffreys' prior, numbers in their logarithm."""
    if audits.classes is not None:
        return np.sin(np.pi / 2 * (np.arange(N_LOSSES) + 0.5) / N_LOSSES) ** 2
    return _middle(losses) * np.exp(np.linspace(-3, 3, N_LOSSES))


def _middle(losses: np.ndarray) -> float:
    """The mean loss of numbers; a model that makes no error has a tiny one."""
    return max(float(np.mean(losses)), 1e-300) if len(losses) else 1.0


def _of_rows(curves: Curves, audits: "Audits", losses: np.ndarray) -> np.ndarray:
    """The log-likelihood of the rows, by the models that predicted them."""
    fit = np.zeros(len(curves.loss))
    variation = float(np.var(losses) / np.mean(losses) ** 2) if np.any(losses) else 1.0
    for n in np.unique(audits.n_labelled):
        here = losses[audits.n_labelled == n]
        expected = curves.at(n)
        if audits.classes is None:
            each = here.mean() / expected + np.log(expected)
            fit -= len(here) * each / max(variation, 1e-12)
        else:
            expected = np.clip(expected, 1e-6, 1 - 1e-6)
            wrong = here.sum()
            fit += wrong * np.log(expected) + (len(here) - wrong) * np.log1p(-expected)
    return fit


def _of_lags(curves: Curves, audits: "Audits", losses: np.ndarray) -> np.ndarray:
    """The log-likelihood of how far earlier models are behind, by what today's model says.

    A model may be too sure of itself or not sure enough: all of its lags have one unknown scale.
    """
    lags, n_labelled, noise = _lags(audits, losses)
    if not len(lags):
        return np.zeros(len(curves.loss))
    behind = np.array([curves.at(n) - curves.loss for n in n_labelled])  # (models, curves)
    fits = []
    for scale in SCALES:
        off = (lags[:, np.newaxis] - scale * behind) / noise[:, np.newaxis]
        prior = 0.5 * (np.log(scale) / UNSURE) ** 2
        fits.append(-0.5 * (off**2).sum(axis=0) - prior)
    return np.logaddexp.reduce(fits, axis=0)


def _lags(audits: "Audits", losses: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lags of the loss, the labels that each model had, and the lags' standard errors."""
    n_models, w = len(audits.watched) - 1, audits.watched.shape[1]
    n_labelled = np.full(n_models, np.nan)
    n_labelled[audits.round] = audits.n_labelled
    used = n_labelled >= LEAST_SHARE * audits.n_known
    if not w or not used.any():
        return np.empty(0), np.empty(0), np.empty(0)
    if audits.classes is None:
        lags = lags_of_numbers(audits)
        noise = 0.3 * lags + 0.02 * _middle(losses)
    else:
        lags = lags_of_classes(audits, audits.classes, "accuracy")
        differ = np.mean(audits.watched[:-1] != audits.watched[-1], axis=1)
        noise = np.sqrt(differ / w) + 0.005
    return lags[used], n_labelled[used], (noise * np.sqrt(used.sum()))[used]
