"""Positions of rows on a map."""

import numpy as np
import pytest
from scipy import sparse

from skal.display import QueryMapDisplay
from tests.display.pictured import replayed

pd = pytest.importorskip("pandas")


def test_principal_axes_of_all_kinds_of_tables():
    learner, X, _ = replayed()
    centred = X - X.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    wanted = np.abs(centred @ axes[:2].T)
    for table in (X, pd.DataFrame(X), X.tolist(), X.astype(np.float32)):
        places = QueryMapDisplay.from_learner(learner, table).positions
        np.testing.assert_allclose(np.abs(places), wanted, atol=1e-4)
    places = QueryMapDisplay.from_learner(learner, sparse.csr_array(X)).positions
    _, _, axes = np.linalg.svd(X, full_matrices=False)
    np.testing.assert_allclose(np.abs(places), np.abs(X @ axes[:2].T), atol=1e-6)
