"""The softmax and its logarithm against SciPy's, at extremes, in NumPy and torch."""

import numpy as np
import pytest
from scipy import special

from skal._array import to_numpy
from skal.kernels.softmax import log_softmax, log_sum_exp, softmax


@pytest.fixture(params=["numpy", "torch"])
def kind(request):
    if request.param == "numpy":
        return np.asarray
    return pytest.importorskip("torch").as_tensor


@pytest.mark.parametrize("shape", [(5, 3), (2, 4, 3)])
@pytest.mark.parametrize("size", [1.0, 1e4])
def test_like_scipy(shape, size, kind):
    logits = np.random.default_rng(0).normal(size=shape) * size
    ours = [to_numpy(f(kind(logits))) for f in (softmax, log_softmax, log_sum_exp)]
    np.testing.assert_allclose(ours[0], special.softmax(logits, axis=-1), atol=1e-15)
    np.testing.assert_allclose(ours[1], special.log_softmax(logits, axis=-1), rtol=1e-12)
    np.testing.assert_allclose(ours[2], special.logsumexp(logits, axis=-1), rtol=1e-12)
