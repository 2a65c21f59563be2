"""Moves of logits against the weights that a step makes, in float64."""

import numpy as np
import pytest

from skal.kernels.influence import moves as module
from skal.kernels.influence.moves import Candidates, is_far, moves
from tests.kernels.influence.reference import SHAPES, Case


@pytest.mark.parametrize("centred", [False, True])
@SHAPES
def test_moves_are_those_of_the_weights(n, d, k, intercept, centred):
    """Less those of the last class, or their mean; no move is longer than the bound says."""
    case = Case(n, d, k, intercept)
    columns = np.tile(np.arange(k), (len(case.Z), 1))
    some = Candidates.of(case.Z, case.logits, columns, case.inverse)
    steps = case.rng.normal(size=(*columns.shape, k - 1))
    P = case.rng.dirichlet(np.ones(k), size=len(case.Z_v)) if centred else None
    wide, Z, Z_v = np.kron(np.eye(len(case.theta)), case.basis), case.with_one(case.Z), case.Z_v
    for part, blocks in moves(some, steps, case.inverse, Z_v, P=P):
        rows = case.with_one(Z_v)[part]
        for block in blocks:
            assert block.near
            assert not block.far()
            for i, found in zip(range(len(case.Z))[block.which], block.change, strict=True):
                for label, change in enumerate(found):
                    step = -np.linalg.solve(case.H, np.kron(Z[i], steps[i, label]))
                    true = rows @ (wide @ step).reshape(case.theta.shape)
                    less = (P[part] * true).sum(1) if centred else true[:, -1]
                    true = (true - less[:, None])[:, : k if centred else k - 1]
                    np.testing.assert_allclose(change, true.T, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("n", [30, 4])
def test_the_bound_holds_for_the_longest_moves(n, intercept, monkeypatch):
    """In the span of the labelled rows and outside it; and what may be far is looked at."""
    case = Case(n, 6, 4, intercept)
    columns = np.tile(np.arange(4), (len(case.Z), 1))
    some = Candidates.of(case.Z, case.logits, columns, case.inverse)
    steps = 50 * case.rng.normal(size=(*columns.shape, 3))
    start = 100 * case.rng.normal(size=(4, len(case.Z_v), 4))

    def largest():
        how = some, steps, case.inverse, case.Z_v
        return [
            (abs(block.change).max(), block.near, block.far())
            for _, blocks in moves(*how, start=start)
            for block in blocks
        ]

    longest = max(size for size, _, _ in largest())
    monkeypatch.setattr(module, "NEAR", longest)
    assert not any(near for _, near, _ in largest())
    assert [far for _, _, far in largest()] == [size >= longest for size, _, _ in largest()]
    monkeypatch.setattr(module, "NEAR", 20 * longest)
    assert all(near and not far for _, near, far in largest())


def test_far_is_up_or_down():
    assert is_far(np.array([0.0, 400.0]))
    assert is_far(np.array([0.0, -400.0]))
    assert not is_far(np.array([200.0, -200.0]))
