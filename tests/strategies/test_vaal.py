"""A discriminator of labelled and unlabelled rows."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression, Ridge

from skal import ActiveLearner
from skal.strategies import Spread, Vaal
from skal.strategies.vaal import _standard

torch = pytest.importorskip("torch", reason="nets need torch")

X, TRUTH = make_blobs(240, 6, centers=4, random_state=1)
Y = np.where((np.arange(240) < 80) & (TRUTH < 3), TRUTH, -1)


def learner(strategy=None, X=X, y=Y, **kwargs):
    kwargs = {"missing_label": -1, "random_state": 0, **kwargs}
    return ActiveLearner(LogisticRegression(), strategy or Vaal(), **kwargs).fit(X, y)


def test_finds_what_nothing_is_known_of():
    rows = learner().query(batch_size=20)
    assert (TRUTH[rows] == 3).mean() > 0.8
    scores = learner().query_utilities()
    assert ((scores >= 0) & (scores <= 1))[~np.isnan(scores)].all()


def test_seeded_and_alone():
    """The same rows again; torch's own generator is as it was."""
    state = torch.get_rng_state()
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one = learner(Vaal(max_epochs=3)).query(batch_size=9)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    np.testing.assert_array_equal(learner(Vaal(max_epochs=3)).query(batch_size=9), one)
    other = learner(Vaal(max_epochs=3), random_state=1).query(batch_size=9)
    assert not np.array_equal(one, other)
    torch.set_rng_state(state)


def test_features_are_standardised():
    """Units make no difference, however large, nor do constant features."""
    scores = learner(Vaal(max_epochs=2)).query_utilities()
    scaled = learner(Vaal(max_epochs=2), X=X * 1024).query_utilities()
    np.testing.assert_allclose(scores, scaled, atol=1e-5)
    assert np.isfinite(
        learner(Vaal(max_epochs=2), X=np.c_[X, np.full(240, 7)]).query(batch_size=3)
    ).all()
    mean, deviation = _standard(np.c_[X, np.full(240, 7.1)])
    np.testing.assert_allclose(mean[:6], X.mean(0))
    np.testing.assert_allclose(deviation, [*X.std(0), 1])
    thin = _standard(sparse.csr_array(X))
    np.testing.assert_allclose(thin[1], X.std(0))


def test_any_rows():
    thin = sparse.csr_array(X * (np.abs(X) > 3))
    assert len(set(learner(Vaal(max_epochs=2), X=thin).query(batch_size=5))) == 5
    small = ActiveLearner(
        LogisticRegression(), Vaal(max_epochs=2, n_codes=1, net_batch_size=1)
    ).fit(X[:5], [0, 1, None, None, None])
    assert len(set(small.query(batch_size=3))) == 3
    numbers = np.where(np.arange(240) < 30, X[:, 0], np.nan)
    assert (
        len(
            ActiveLearner(Ridge(), Vaal(max_epochs=2), random_state=0)
            .fit(X, numbers)
            .query(batch_size=4)
        )
        == 4
    )
    assert len(learner(Spread(Vaal(max_epochs=2))).query(batch_size=4)) == 4


@pytest.mark.parametrize(
    "params",
    [{"n_codes": 0}, {"n_hidden": 1.5}, {"max_epochs": -1}, {"net_batch_size": 0}],
    ids=str,
)
def test_sizes(params):
    with pytest.raises(ValueError, match="must be an int in the range"):
        learner(Vaal(**params))


@pytest.mark.parametrize(
    "params", [{"learning_rate": -1}, {"beta": "much"}, {"adversary": np.inf}], ids=str
)
def test_weights(params):
    with pytest.raises(ValueError, match="must be a float in the range"):
        learner(Vaal(**params))


def test_without_torch(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r'pip install "skal\[nets\]"'):
        Vaal().check()
