"""What a label would tell of other labels: I(y; y*), for linear regressions and for classes.

For a Gaussian posterior of the weights with covariance Σ (in units of the noise), the outputs at x
and x* have the covariance matrix [[s + 1, c], [c, t + 1]] with s = zᵀΣz, t = z*ᵀΣz*, c = zᵀΣz*, and

    I(y; y*) = ½ log((s + 1)(t + 1)) − ½ log((s + 1)(t + 1) − c²) = −½ log(1 − ρ²),

where ρ² = c²/((s + 1)(t + 1)).

For classes, y and y* are independent given the weights: p(y, y*) is the mean over draws of the
weights of p(y|x)·p(y*|x*), and I(y; y*) = H(y) + H(y*) − H(y, y*).
"""

from collections.abc import Iterator

import numpy as np

from skal._array import (
    Array,
    as_float64,
    asarray_like,
    augmented,
    device,
    float64_like,
    namespace,
    row_slices,
    to_numpy,
)
from skal.kernels.influence.inverse_hessian import InverseHessian
from skal.kernels.softmax import contrasts, curvature, softmax


class Regression:
    """Candidates (n) and targets (m) of a linear regression, and the rows picked so far.

    A row that is labelled takes Σzzᵀ Σ/(1 + s) off Σ, whatever its label: its vector of covariances
    a = zᵢᵀΣz/√(1 + s) is kept, for candidates and for targets.
    """

    def __init__(self, inverse: InverseHessian, Z: Array, targets: Array):
        self.inverse, self.Z, self.targets = inverse, Z, targets
        self.F, self.F_targets = inverse.coordinates(Z), inverse.coordinates(targets)
        self.s, self.t = inverse.seen_by(Z, self.F)[:, 0, 0], inverse.seen_by(targets)[:, 0, 0]
        xp = namespace(self.F)
        self._known = xp.zeros((Z.shape[0], 0), dtype=xp.float64, device=device(self.F))
        self._known_targets = xp.zeros((len(self.t), 0), dtype=xp.float64, device=device(self.F))

    def gains(self) -> np.ndarray:
        """The mean of I(y; y*) over targets, of each candidate (n)."""
        gains = np.empty(len(self.s))
        for rows in row_slices(len(self.s), 4 * len(self.t), self.F):
            C = self._covariances(rows, self.targets, self.F_targets, self._known_targets)
            share = C * C / ((self.s[rows][:, None] + 1) * (self.t + 1))
            xp = namespace(share)
            gains[rows] = to_numpy(xp.mean(-xp.log1p(-xp.clip(share, 0, 1 - 1e-15)), axis=1)) / 2
        return gains

    def push(self, j: int) -> None:
        """Label a candidate."""
        xp = namespace(self.F)
        own = (self.Z[[j]], self.F[[j]], self._known[[j]])
        length = float(self.s[j] + 1) ** 0.5
        a = self._covariances(slice(None), *own) / length
        a_targets = self._between(self.targets, self.F_targets, self._known_targets, *own) / length
        self.s = xp.clip(self.s - a[:, 0] ** 2, 0, None)
        self.t = xp.clip(self.t - a_targets[:, 0] ** 2, 0, None)
        self._known = xp.concat([self._known, a], axis=1)
        self._known_targets = xp.concat([self._known_targets, a_targets], axis=1)

    def _covariances(self, rows, others, F_others, known_others):
        """zᵢᵀΣz of some candidates and other rows."""
        return self._between(
            self.Z[rows], self.F[rows], self._known[rows], others, F_others, known_others
        )

    def _between(self, Z, F, known, others, F_others, known_others):
        """zᵢᵀΣz of rows and others, once the picks are labelled."""
        M = self.inverse.matrix
        left, right = (augmented(part, self.inverse.intercept) for part in (F, F_others))
        C = left @ M @ right.T - known @ known_others.T
        rest = self.inverse.rest_between(others, F_others, Z, F)
        return C if rest is None else C + rest.T


class Classes:
    """Draws of a softmax layer's weights around the fitted ones, as labels would narrow them.

    θ = θ̂ + δ with δ ~ N(0, H⁻¹): δ = H⁻¹(Σ zᵢ⊗λᵢ + √ridge·ε), where λᵢ has the covariance Λ̃ᵢ of the
    labelled row i.  A picked row joins H by its expected curvature Λ̃; the draws follow by
    δ −= H⁻¹(z⊗I)(I + Λ̃N)⁻¹(Λ̃zᵀδ + λ), whose covariance is the new H⁻¹.
    """

    def __init__(self, inverse: InverseHessian, deltas: Array, rng: np.random.Generator):
        self.inverse, self.deltas, self.rng = inverse, deltas, rng  # deltas: D×draws×q

    def proba(self, Z: Array, logits: Array) -> Array:
        """p of some rows (r×d; logits r×k at θ̂) under each draw (r×draws×k)."""
        z = as_float64(augmented(Z, self.inverse.intercept))
        D, n_draws, q = self.deltas.shape
        moved = (z @ self.deltas.reshape(D, n_draws * q)).reshape(z.shape[0], n_draws, q)
        B = contrasts(q + 1, moved)
        return softmax(as_float64(logits)[:, None, :] + moved @ B.T)

    def push(self, z: Array, p: Array) -> None:
        """Label a row z (1×d) whose class is unknown; p (1×k) are its probabilities."""
        inverse, q = self.inverse, self.inverse.q
        row = inverse.one_row(z)
        xp = namespace(row)
        L, N = curvature(as_float64(p))[0], inverse.seen_by(z)[0]
        eye = xp.eye(q, dtype=row.dtype, device=device(row))
        W = xp.stack([inverse.times(row[:, None] * eye[a]) for a in range(q)], axis=-1)  # D×q×q
        seen = (row[:, None, None] * self.deltas).sum(0)  # draws×q
        noise = curvature_noise(as_float64(p), seen.shape[0], self.rng)[0]  # draws×q
        step = xp.linalg.solve(eye + L @ N, (seen @ L + noise).T)  # q×draws
        change = (W.reshape(-1, q) @ step).reshape(W.shape[0], q, -1)
        self.deltas = self.deltas - xp.moveaxis(change, 2, 1)
        self.inverse = inverse.with_row(z, L)


def draw_classes(
    inverse: InverseHessian,
    Z: Array,
    P: Array,
    ridge: np.ndarray,
    weights: np.ndarray | None,
    n_draws: int,
    rng: np.random.Generator,
) -> Classes:
    """Draws of the weights, from the labelled rows Z (n×d) and their probabilities P (n×k)."""
    noise = curvature_noise(as_float64(P), n_draws, rng)  # n×draws×q
    xp = namespace(noise)
    if weights is not None:
        noise = noise * float64_like(weights, noise)[:, None, None] ** 0.5
    n, q = noise.shape[0], noise.shape[2]
    flat = noise.reshape(n, n_draws * q)
    pull = as_float64(Z).T @ flat
    if inverse.intercept:
        pull = xp.concat([pull, flat.sum(0)[None]])
    pull = pull.reshape(-1, n_draws, q)
    free = rng.standard_normal((len(ridge), n_draws, q)) * np.sqrt(ridge)[:, None, None]
    pull = pull + float64_like(free, noise)
    deltas = [inverse.times(pull[:, g]) for g in range(n_draws)]
    return Classes(inverse, xp.stack(deltas, axis=1), rng)


def curvature_noise(P: Array, n_draws: int, rng: np.random.Generator) -> Array:
    """Draws of λ with covariance Λ̃ for each row (n×draws×q): Λ = EEᵀ, E = diag √p − p√pᵀ."""
    n, k = P.shape
    xp = namespace(P)
    roots = P**0.5
    e = asarray_like(rng.standard_normal((n, n_draws, k)), P) * roots[:, None, :]
    return (e - P[:, None, :] * xp.sum(e, axis=-1)[..., None]) @ contrasts(k, P)


def class_information(P: Array, T: Array) -> np.ndarray:
    """The mean of I(y; y*) over targets, of each row (n), from draws P (n×G×k) and T (m×G×k)."""
    xp = namespace(P)
    (n, draws, k), m = P.shape, T.shape[0]
    flat = xp.moveaxis(T, 1, 0).reshape(draws, m * k) / draws
    of_targets = float(xp.sum(_entropies(xp.mean(T, axis=1)))) / m
    gains = np.empty(n)
    for rows in row_slices(n, 4 * m * k * k, P):
        joint = xp.moveaxis(P[rows], 2, 1) @ flat  # r×k×mk
        both = xp.sum(_entropies(joint), axis=-1) / m
        gains[rows] = to_numpy(_entropies(xp.mean(P[rows], axis=1)).sum(-1) - both.sum(-1))
    return np.clip(gains + of_targets, 0, None)


def proba_blocks(classes: Classes, Z: Array, logits: Array) -> Iterator[tuple[slice, Array]]:
    """Blocks (rows, p of the rows under each draw)."""
    D, n_draws, q = classes.deltas.shape
    for rows in row_slices(Z.shape[0], n_draws * (q + 1) + D, Z):
        yield rows, classes.proba(Z[rows], logits[rows])


def _entropies(P: Array) -> Array:
    """−p log p, 0 where p is 0."""
    xp = namespace(P)
    return -P * xp.log(xp.clip(P, 1e-300, None))
