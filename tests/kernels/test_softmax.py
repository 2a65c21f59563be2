"""The softmax and its logarithm against SciPy's; its information against autograd."""

import numpy as np
import pytest
from scipy import special

from skal._array import to_numpy
from skal.kernels.softmax import contrasts, information, log_softmax, softmax


@pytest.fixture(params=["numpy", "torch"])
def kind(request):
    if request.param == "numpy":
        return np.asarray
    return pytest.importorskip("torch").as_tensor


@pytest.mark.parametrize("shape", [(5, 3), (2, 4, 3)])
@pytest.mark.parametrize("size", [1.0, 1e4])
def test_like_scipy(shape, size, kind):
    logits = np.random.default_rng(0).normal(size=shape) * size
    ours = [to_numpy(f(kind(logits))) for f in (softmax, log_softmax)]
    np.testing.assert_allclose(ours[0], special.softmax(logits, axis=-1), atol=1e-15)
    np.testing.assert_allclose(ours[1], special.log_softmax(logits, axis=-1), rtol=1e-12)


def test_information_is_the_second_derivative_of_the_log_loss():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    Z, k = rng.normal(size=(6, 3)), 4
    Theta = torch.as_tensor(rng.normal(size=(4, k)))
    Z1 = torch.as_tensor(np.column_stack([Z, np.ones(6)]))
    P = torch.softmax(Z1 @ Theta, dim=1).numpy()
    weights = rng.random(6)

    def loss(Theta):
        logits = Z1 @ Theta.reshape(4, k)
        return (torch.as_tensor(weights) * (torch.logsumexp(logits, 1) - logits[:, 0])).sum()

    H = torch.autograd.functional.hessian(loss, Theta.reshape(-1)).numpy()
    basis = np.kron(np.eye(4), contrasts(k, Z))
    np.testing.assert_allclose(information(Z, P, True, weights), basis.T @ H @ basis, atol=1e-12)
