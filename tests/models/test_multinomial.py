"""The probabilities of a multinomial logistic regression are those of `predict_proba`."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal.models.multinomial import FEW, multinomial_proba

X, y = make_classification(
    FEW + 300, 12, n_informative=8, n_classes=5, random_state=0, shift=0.4, scale=3.0
)
few = slice(0, 200)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("intercept", [True, False])
def test_it_is_what_predict_proba_gives(dtype, intercept):
    model = LogisticRegression(fit_intercept=intercept, max_iter=500)
    model.fit(X[few].astype(dtype), y[few])
    rows = X.astype(dtype)
    P, expected = multinomial_proba(model, rows), model.predict_proba(rows)
    assert P.flags.c_contiguous
    assert P.shape == (len(X), 5)
    of_float32 = np.result_type(model.coef_, np.float32)  # older versions fit in float64
    assert P.dtype == {np.float32: of_float32, np.float64: np.float64}.get(dtype, np.float32)
    np.testing.assert_allclose(P, expected, rtol=1e-11 if dtype == np.float64 else 2e-5, atol=1e-7)


def test_of_large_numbers_it_is_a_distribution():
    model = LogisticRegression(max_iter=500).fit(X[few], y[few])
    P = multinomial_proba(model, 1e6 * X)
    np.testing.assert_allclose(P, model.predict_proba(1e6 * X), atol=1e-12)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_weights_of_a_search_count_too():
    model = LogisticRegressionCV(Cs=2, cv=2, max_iter=500)
    model.fit(X[few], y[few])
    np.testing.assert_allclose(multinomial_proba(model, X), model.predict_proba(X), rtol=1e-11)


def test_at_the_end_of_a_pipeline():
    model = make_pipeline(StandardScaler(), "passthrough", LogisticRegression(max_iter=500))
    P = multinomial_proba(model.fit(X[few], y[few]), X)
    np.testing.assert_allclose(P, model.predict_proba(X), rtol=1e-11, atol=1e-300)
    with sklearn.config_context(enable_metadata_routing=True):
        assert multinomial_proba(model, X) is None


class Sharper(LogisticRegression):
    """Has probabilities of its own."""


@pytest.mark.parametrize(
    ("model", "rows"),
    [
        (LogisticRegression(max_iter=500), np.where(X > 5, np.nan, X)),
        (LogisticRegression(max_iter=500), np.where(X > 5, np.inf, X)),
        (LogisticRegression(max_iter=500), X[:, 1:]),
        (LogisticRegression(max_iter=500), X[:0]),
        (LogisticRegression(max_iter=500), X.astype(int)),
        (LogisticRegression(max_iter=500), pd.DataFrame(X)),
        (Sharper(max_iter=500), X),
    ],
    ids=["nan", "infinite", "columns", "none", "integers", "frame", "subclass"],
)
def test_predict_proba_has_to_say_the_rest(model, rows):
    assert multinomial_proba(model.fit(X[few], y[few]), rows) is None


def test_two_classes_have_a_sigmoid():
    model = LogisticRegression(max_iter=500).fit(X[few], y[few] > 2)
    assert multinomial_proba(model, X) is None


def test_nan_is_seen_where_all_weights_are_zero():
    model = LogisticRegression(max_iter=500).fit(X[few], y[few])
    model.coef_ = np.zeros_like(model.coef_)
    assert multinomial_proba(model, X) is not None
    for bad in (np.nan, np.inf, -np.inf):
        rows = X[:50].copy()
        rows[31, 4] = bad
        assert multinomial_proba(model, rows) is None
