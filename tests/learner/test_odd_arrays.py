"""Arrays that few pass: each gives what the plain one gives, or a sentence."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skal import ActiveLearner
from skal.strategies import (
    Badge,
    Bait,
    CoreSet,
    Determinantal,
    GoalInfluence,
    Lcmd,
    Margin,
    Spread,
    TypiClust,
)

QUICK = [None, Badge(), CoreSet(), Bait()]
OTHERS = [
    Margin(),
    Lcmd(),
    TypiClust(),
    Spread(Margin()),
    Determinantal(),
    GoalInfluence("entropy"),
]
slow = [pytest.param(strategy, marks=pytest.mark.slow) for strategy in OTHERS]
strategies = pytest.mark.parametrize("strategy", [*QUICK, *slow], ids=repr)

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 4)).astype(np.float16).astype(np.float64)  # halves hold it too
TRUTH = (X[:, 0] > 0).astype(int)
Y = np.where(np.arange(80) < 16, TRUTH, np.nan)


def rounds(X, strategy, estimator=None, y=Y):
    """The rows of two rounds, and those of a query on X as a pool of its own."""
    learner = ActiveLearner(
        LogisticRegression() if estimator is None else estimator,
        strategy,
        batch_size=3,
        random_state=0,
    ).fit(X, y)
    rows = learner.query()
    learner.teach(rows, TRUTH[rows])
    return np.concatenate([rows, learner.query(), learner.query(X, exclude=range(16))]).tolist()


def long_indices(X):
    """A CSR matrix whose indices have 64 bits."""
    S = sparse.csr_array(np.where(np.abs(X) < 0.5, 0, X))
    S.indices, S.indptr = S.indices.astype(np.int64), S.indptr.astype(np.int64)
    return S


# ---------------------------------------------------------------------- like the plain array
@strategies
def test_csr_with_long_indices(strategy):
    S = long_indices(X)
    assert rounds(S, strategy) == rounds(sparse.csr_array(S.toarray()), strategy)
    assert S.indices.dtype == S.indptr.dtype == np.int64  # the user's own is as it was


@strategies
def test_long_indices_that_a_pipeline_makes(strategy):
    pipeline = make_pipeline(FunctionTransformer(long_indices), LogisticRegression())
    assert rounds(X, strategy, pipeline) == rounds(long_indices(X), strategy)


def test_values_of_long_indices_are_not_copied():
    S = long_indices(X)
    learner = ActiveLearner(LogisticRegression(), Margin()).fit(S, Y)
    assert np.shares_memory(learner.query_state().pool.data.container.data, S.data)


@strategies
def test_float16(strategy):
    half = X.astype(np.float16)
    assert rounds(half, strategy) == rounds(half.astype(np.float32), strategy)


@strategies
@pytest.mark.parametrize("kind", ["float64", "a gradient", "float16"])
def test_tensors(strategy, kind):
    torch = pytest.importorskip("torch", reason="tensors")
    tensor = torch.tensor(X, dtype=torch.float16 if kind == "float16" else torch.float64)
    tensor.requires_grad_(kind == "a gradient")
    plain = X.astype(np.float32) if kind == "float16" else X
    assert rounds(tensor, strategy) == rounds(plain, strategy)


def test_a_gradient_in_what_is_predicted():
    torch = pytest.importorskip("torch", reason="tensors")
    learner = ActiveLearner(LogisticRegression()).fit(X, Y)
    tensor = torch.tensor(X, requires_grad=True)
    for method in ("predict", "predict_proba", "decision_function"):
        predict = getattr(learner, method)
        np.testing.assert_array_equal(predict(tensor), predict(X))
    assert tensor.requires_grad
    assert learner.score(tensor, TRUTH) == learner.score(X, TRUTH)


@strategies
def test_dask_arrays(strategy):
    array = pytest.importorskip("dask.array", reason="dask")
    y = array.from_array(Y, chunks=30)
    assert rounds(array.from_array(X, chunks=(30, 4)), strategy, y=y) == rounds(X, strategy)


def test_a_mask_that_masks_nothing():
    for strategy in (CoreSet(), GoalInfluence("entropy")):  # which broke on masked arrays
        assert rounds(np.ma.array(X), strategy) == rounds(X, strategy)


def test_masked_labels_are_missing():
    masked = np.ma.array(TRUTH, mask=np.isnan(Y))
    assert rounds(X, Margin(), y=masked) == rounds(X, Margin())
    learner = ActiveLearner(LogisticRegression()).fit(X, masked)
    with pytest.raises(ValueError, match="label of row 21 is missing"):
        learner.teach([20, 21], np.ma.array([0, 1], mask=[False, True]))


def test_labels_in_tensors():
    torch = pytest.importorskip("torch", reason="tensors")
    for y in (torch.tensor(Y, requires_grad=True), torch.tensor(Y).bfloat16()):
        assert rounds(X, Margin(), y=y) == rounds(X, Margin())


# ---------------------------------------------------------------------- a sentence
def test_a_masked_entry_is_refused_wherever_x_is_given():
    masked = np.ma.array(X, mask=False)
    masked[70, 2] = np.ma.masked
    learner = ActiveLearner(LogisticRegression(), Margin()).fit(X, Y)
    for call in (
        lambda: learner.fit(masked, Y),
        lambda: learner.query(masked),
        lambda: learner.teach([0], [1], X=masked),
        lambda: learner.predict(masked),
        lambda: learner.predict_proba(masked),
        lambda: learner.fit({"a": masked}, Y),
        lambda: learner.fit(X, Y, X_val=masked, y_val=TRUTH),
    ):
        with pytest.raises(ValueError, match="X is a masked array with 1 masked entries"):
            call()
    boosted = ActiveLearner(HistGradientBoostingClassifier(max_iter=2), Margin())
    assert len(boosted.fit(masked.filled(np.nan), Y).query()) == 1  # as the sentence says


def test_masked_arrays_within_dask_arrays():
    array = pytest.importorskip("dask.array", reason="dask")
    masked = array.ma.masked_greater(array.from_array(X, chunks=(30, 4)), 1)
    learner = ActiveLearner(LogisticRegression(), Margin()).fit(X, Y)
    for call in (lambda: learner.fit(masked, Y), lambda: learner.predict(masked)):
        with pytest.raises(ValueError, match="X is a dask array of masked arrays"):
            call()
    boosted = ActiveLearner(HistGradientBoostingClassifier(max_iter=2), Margin())
    filled = array.ma.filled(masked, np.nan)  # as the sentence says
    assert boosted.fit(filled, Y).query() == boosted.fit(np.where(X > 1, np.nan, X), Y).query()


def test_bfloat16_for_what_reads_arrays():
    torch = pytest.importorskip("torch", reason="tensors")
    tensor = torch.tensor(X).bfloat16()
    for estimator in (LogisticRegression(), make_pipeline(StandardScaler(), LogisticRegression())):
        with pytest.raises(TypeError, match=r"X is a bfloat16 tensor.*pass X\.float\(\)"):
            ActiveLearner(estimator).fit(tensor, Y)
    ActiveLearner(LogisticRegression()).fit(tensor.float(), Y).query()


def test_dask_frames():
    pandas = pytest.importorskip("pandas")
    frames = pytest.importorskip("dask.dataframe", reason="dask")
    frame = frames.from_pandas(pandas.DataFrame(X, columns=list("abcd")), npartitions=3)
    with pytest.raises(TypeError, match=r"X is a dask data frame.*X\.compute\(\)"):
        ActiveLearner(LogisticRegression()).fit(frame, Y)
    ActiveLearner(LogisticRegression()).fit(frame.compute(), Y).query()
    ActiveLearner(LogisticRegression()).fit(frame.to_dask_array(lengths=True), Y).query()


class OnScaled(LogisticRegression):
    """A logistic regression fitted on rows divided by `scale`, with weights for the rows."""

    def __init__(self, scale=1.0):
        super().__init__()
        self.scale = scale

    def fit(self, X, y):
        super().fit(np.asarray(X, dtype=np.float64) / self.scale, y)
        self.coef_ = self.coef_ / self.scale
        return self


@pytest.mark.parametrize(("dtype", "scale"), [(np.float32, 1e30), (np.float64, 1e160)])
@strategies
def test_features_whose_products_overflow(strategy, dtype, scale):
    huge = (X * scale).astype(dtype)
    learner = ActiveLearner(OnScaled(scale), strategy, batch_size=3, random_state=0).fit(huge, Y)
    if isinstance(strategy, Margin):  # which looks at probabilities alone
        plain = ActiveLearner(OnScaled(), Margin(), batch_size=3).fit(X, Y)
        assert learner.query().tolist() == plain.query().tolist()
        return
    with pytest.raises(ValueError, match=r"reach .*e\+.* overflow float.*: scale X"):
        learner.query()


@pytest.mark.parametrize("initial", [TypiClust(), CoreSet()])
def test_before_there_is_a_model(initial):
    for dtype, scale in ((np.float32, 1e30), (np.float64, 1e160)):
        learner = ActiveLearner(LogisticRegression(), initial=initial, initial_size=4)
        learner.fit((X * scale).astype(dtype), np.full(80, np.nan))
        with pytest.raises(ValueError, match=r"overflow float.*: scale X"):
            learner.query()


@strategies
def test_scaled_in_a_pipeline_they_are_right(strategy):
    huge = (X * 1e30).astype(np.float32)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    assert len(set(rounds(huge, strategy, pipeline)[:6])) == 6
