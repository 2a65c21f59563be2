"""What labels tell of other labels, against closed forms in full and against sampling."""

import numpy as np
import pytest

from skal.kernels.expected_information import (
    Regression,
    class_information,
    curvature_noise,
    draw_classes,
    proba_blocks,
)
from skal.kernels.influence.inverse_hessian import inverse_hessian
from skal.kernels.softmax import contrasts, curvature, softmax


def full(X):
    return np.c_[X, np.ones(len(X))]


def log_det(covariance, rows):
    return np.linalg.slogdet(covariance[np.ix_(rows, rows)])[1]


@pytest.mark.parametrize(("n_known", "d"), [(12, 4), (5, 9)])
def test_numbers(n_known, d):
    """I(y; y* | picked) by determinants of the joint covariance of all outputs."""
    rng = np.random.default_rng(0)
    known, Z, T = (rng.normal(size=(n, d)) for n in (n_known, 20, 6))
    ridge = np.append(np.full(d, 0.7), 0.3)
    H = np.diag(ridge) + full(known).T @ full(known)
    everything = np.vstack([full(Z), full(T)])
    joint = everything @ np.linalg.inv(H) @ everything.T + np.eye(26)
    rows, picked = Regression(inverse_hessian(known, None, ridge, True), Z, T), []
    for j in (3, 11, 0):
        gains = rows.gains()
        for i in set(range(20)) - set(picked):
            told = [
                log_det(joint, [*picked, i])
                + log_det(joint, [*picked, t])
                - log_det(joint, [*picked, i, t])
                - (log_det(joint, picked) if picked else 0)
                for t in range(20, 26)
            ]
            assert gains[i] == pytest.approx(np.mean(told) / 2)
        rows.push(j)
        picked.append(j)


def test_numbers_by_sampling():
    """The entropy that labels of y take off y*, from draws of weights and noise."""
    rng = np.random.default_rng(0)
    known, Z, T = rng.normal(size=(4, 2)), rng.normal(size=(3, 2)), rng.normal(size=(1, 2))
    inverse = inverse_hessian(known, None, np.ones(2), False)
    draws = rng.multivariate_normal(np.zeros(2), inverse.matrix, 200_000)
    y = draws @ Z.T + rng.normal(size=(200_000, 3))
    y_target = (draws @ T.T + rng.normal(size=(200_000, 1)))[:, 0]
    shares = [np.corrcoef(y[:, i], y_target)[0, 1] ** 2 for i in range(3)]
    np.testing.assert_allclose(
        Regression(inverse, Z, T).gains(), -np.log1p(-np.array(shares)) / 2, atol=0.005
    )


@pytest.mark.parametrize("k", [2, 4])
def test_classes_by_sampling(k):
    """Count the pairs of labels that draws of weights give."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2 + 3, 50, k)) * 3
    P, T = softmax(logits)[:2], softmax(logits)[2:]
    of_draw = rng.integers(0, 50, 400_000)

    def labels(proba):
        return (rng.random((400_000, 1)) > proba[of_draw].cumsum(1)).sum(1)

    for i, gain in enumerate(class_information(P, T)):
        told = []
        for target in T:
            counts = np.zeros((k, k))
            np.add.at(counts, (labels(P[i]), labels(target)), 1 / 400_000)
            product = counts.sum(1)[:, None] * counts.sum(0)
            told.append(np.sum(counts * np.log(counts / product)))
        assert gain == pytest.approx(np.mean(told), abs=1e-3)


def test_no_information_without_doubt():
    P = np.tile(softmax(np.random.default_rng(0).normal(size=(6, 1, 3))), (1, 8, 1))
    np.testing.assert_allclose(class_information(P[:4], P[4:]), 0, atol=1e-12)
    certain = np.tile([1.0, 0, 0], (5, 8, 1))
    np.testing.assert_allclose(class_information(certain, certain), 0, atol=1e-12)


def test_noise_has_the_curvature_for_covariance():
    P = softmax(np.random.default_rng(0).normal(size=(2, 3)))
    noise = curvature_noise(P, 200_000, np.random.default_rng(1))
    for row, expected in zip(noise, curvature(P), strict=True):
        np.testing.assert_allclose(row.T @ row / 200_000, expected, atol=0.003)


@pytest.mark.parametrize(("n_known", "d"), [(12, 3), (5, 9)])
def test_draws_have_the_inverse_hessian_for_covariance(n_known, d):
    """Before and after a row has joined, fewer labelled rows than features or not; weights too."""
    rng = np.random.default_rng(0)
    known, z, k = rng.normal(size=(n_known, d)), rng.normal(size=(1, d)), 3
    P, p = softmax(rng.normal(size=(n_known, k))), softmax(rng.normal(size=(1, k)))
    ridge, weights = np.append(np.full(d, 2.0), 0.5), rng.uniform(0.5, 3, n_known)

    def information(X, P, weights):
        rows = zip(full(X), curvature(P), weights, strict=True)
        return sum(w * np.kron(np.outer(x, x), C) for x, C, w in rows)

    H = np.kron(np.diag(ridge), np.eye(k - 1)) + information(known, P, weights)
    inverse = inverse_hessian(known, P, ridge, True, weights)
    draws = draw_classes(inverse, known, P, ridge, weights, 20_000, rng)
    for _ in range(2):
        flat = np.moveaxis(draws.deltas, 1, 0).reshape(20_000, -1)
        expected = np.linalg.inv(H)
        np.testing.assert_allclose(np.cov(flat.T), expected, atol=0.05 * expected.max())
        draws.push(z, p)
        H = H + information(z, p, [1.0])


def test_probabilities_are_those_of_the_drawn_weights():
    rng = np.random.default_rng(0)
    known, Z, P = (
        rng.normal(size=(9, 2)),
        rng.normal(size=(30, 2)),
        softmax(rng.normal(size=(9, 3))),
    )
    weights, ridge = rng.normal(size=(3, 3)), np.ones(3)
    draws = draw_classes(inverse_hessian(known, P, ridge, True), known, P, ridge, None, 5, rng)
    ((rows, proba),) = proba_blocks(draws, Z, full(Z) @ weights)
    assert rows == slice(0, 30)
    for g in range(5):
        moved = weights + draws.deltas[:, g] @ contrasts(3, P).T
        np.testing.assert_allclose(proba[:, g], softmax(full(Z) @ moved))
