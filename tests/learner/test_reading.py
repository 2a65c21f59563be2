"""Every container of rows, every way to write labels."""

import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.fixes import parse_version

from skal import ActiveLearner
from skal._rows import as_container, concatenate, take
from skal.strategies import Margin


def go_round(learner, X, y, truth, pool=None):
    """Two rounds on the X of fit, one on a pool of its own; the rows that were asked for."""
    learner.fit(X, y)
    asked = []
    for _ in range(2):
        rows = learner.query()
        asked.append(rows)
        learner.teach(rows, np.asarray(truth, dtype=object)[rows].tolist())
    pool = X if pool is None else pool
    rows = learner.query(pool)
    learner.teach(rows, np.asarray(truth, dtype=object)[rows].tolist(), X=pool)
    asked.append(rows)
    learner.predict(X)
    return np.concatenate(asked)


KINDS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "list": lambda X: X.tolist(),
    "tuple": lambda X: tuple(map(tuple, X.tolist())),
    "csr": sparse.csr_matrix,
    "csc": sparse.csc_matrix,
    "coo": sparse.coo_array,
    "dia": sparse.dia_array,
    "csr_array": sparse.csr_array,
    "pandas": lambda X: pd.DataFrame(X, columns=["a", "b"], index=np.arange(90)[::-1] * 7),
    "polars": lambda X: pl.DataFrame(X, schema=["a", "b"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_x_are_asked_alike(kind, blobs):
    X, truth, y = blobs

    def learner():
        return ActiveLearner(LogisticRegression(tol=1e-10), Margin(), batch_size=3)

    expected = go_round(learner(), X, y, truth)
    np.testing.assert_array_equal(go_round(learner(), KINDS[kind](X), y, truth), expected)


def test_frames_of_mixed_types(blobs):
    X, truth, y = blobs
    expected = None
    columns = {"size": X[:, 0], "colour": np.where(X[:, 1] > 0, "red", "blue")}
    frames = [pd.DataFrame(columns)]
    if parse_version(sklearn.__version__) >= parse_version("1.9"):  # its ColumnTransformer can
        frames.append(pl.DataFrame(columns))
    for frame in frames:
        pipeline = make_pipeline(
            make_column_transformer((StandardScaler(), ["size"]), (OneHotEncoder(), ["colour"])),
            LogisticRegression(),
        )
        learner = ActiveLearner(pipeline, Margin(), batch_size=3)
        asked = go_round(learner, frame, y, truth)
        assert learner.feature_names_in_.tolist() == ["size", "colour"]
        expected = asked if expected is None else expected
        np.testing.assert_array_equal(asked, expected)


def test_a_pipeline_that_imputes_may_have_nan(blobs):
    X, truth, y = blobs
    X = X.copy()
    X[::9, 1] = np.nan
    learner = ActiveLearner(make_pipeline(SimpleImputer(), LogisticRegression()))
    assert len(go_round(learner, X, y, truth)) == 3


def test_texts():
    texts = [f"{word} {i}" for i, word in enumerate(["good fine", "bad poor", "so so"] * 20)]
    truth = np.array(["pos", "neg", "mid"] * 20)
    y = [label if i < 9 else None for i, label in enumerate(truth)]
    learner = ActiveLearner(
        make_pipeline(TfidfVectorizer(), LogisticRegression()), batch_size=4, random_state=0
    )
    asked = go_round(learner, texts, y, truth)
    assert len(asked) == 12
    assert set(learner.predict(["good", "poor"])) == {"pos", "neg"}
    for kind in (lambda texts: np.array(texts, dtype=object), pd.Series, pl.Series):
        np.testing.assert_array_equal(asked, go_round(learner, kind(texts), y, truth))
    pool = pd.Series(["nice film", "poor", "fine"])
    rows = learner.fit(pd.Series(texts), y).query(pool, batch_size=2)
    assert learner.teach(rows, ["pos", "neg"], X=pool).history_[-1]["n_labelled"] == 11
    # a fit starts afresh: there are no features any more that rows must have
    learner = ActiveLearner(LogisticRegression()).fit(np.zeros((60, 2)), truth)
    learner.set_params(estimator=make_pipeline(TfidfVectorizer(), LogisticRegression()))
    assert learner.fit(np.array(texts, dtype=object), y).predict(np.array(texts)).shape == (60,)
    assert not hasattr(learner, "n_features_in_")


def test_categories_of_a_pool_stay_categories(blobs):
    """Whatever categories the pool lists: some, others, in another order."""
    X, truth, y = blobs
    letters = np.array(list("uvw"))

    def frame(values, rows):
        return pd.DataFrame({"letter": pd.Categorical(values), "x": X[rows, 0]})

    learner = ActiveLearner(
        HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=2), Margin()
    )
    own = frame(letters[truth], np.arange(90))
    for values in ("uuv", "wvu", "zzu"):
        pool = frame(list(values), [0, 1, 2])
        learner.fit(own, y).teach([1, 0], [0, 1], X=pool).teach([2], [2], X=pool)
        assert learner.history_[-1]["n_labelled"] == 15
        assert learner.query().shape == (1,)
        letter = learner.query_state().labelled.X["letter"]
        assert isinstance(letter.dtype, pd.CategoricalDtype)
        assert sorted(letter.tolist()[-3:]) == sorted(values)
    twice = own.set_axis(["a", "a"], axis=1)  # columns of one name are left as they come
    assert concatenate(twice, twice).shape == (180, 2)


def test_none_among_numbers_is_found_before_the_first_query(blobs):
    X, _, y = blobs
    frame = pd.DataFrame(X, dtype=object)
    ActiveLearner(LogisticRegression()).fit(frame, y)
    frame.iloc[40, 1] = None
    with pytest.raises(ValueError, match="LogisticRegression does not accept it"):
        ActiveLearner(LogisticRegression()).fit(frame, y)


@pytest.fixture
def net():
    """A small net on images, or on a dictionary of them."""
    torch = pytest.importorskip("torch", reason="nets need torch")
    skorch = pytest.importorskip("skorch", reason="nets need skorch")

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = torch.nn.Sequential(
                torch.nn.Flatten(), torch.nn.Dropout(0.1), torch.nn.Linear(12, 3)
            )

        def forward(self, image):
            return self.layers(image)

    return skorch.NeuralNetClassifier(
        Net, criterion=torch.nn.CrossEntropyLoss, max_epochs=2, verbose=0, train_split=None
    )


def test_images_and_dictionaries_for_a_net(net):
    torch = pytest.importorskip("torch", reason="nets need torch")
    rng = np.random.default_rng(0)
    images = rng.normal(size=(40, 1, 3, 4)).astype(np.float32)
    truth = rng.integers(0, 3, 40)
    truth[:3] = [0, 1, 2]
    y = np.where(np.arange(40) < 8, truth, -1)
    before = torch.random.get_rng_state()
    ActiveLearner(net, missing_label=-1).fit(images, y)
    assert torch.equal(before, torch.random.get_rng_state())
    answers = []
    for X in (images, images, {"image": images}, torch.as_tensor(images)):
        learner = ActiveLearner(net, Margin(), batch_size=3, missing_label=-1, random_state=0)
        answers.append(go_round(learner, X, y, truth))
    for answer in answers[1:]:
        np.testing.assert_array_equal(answer, answers[0])
    with pytest.raises(ValueError, match="entries differ in length"):
        learner.fit({"image": images, "mask": images[:3]}, y)


WAYS = {
    "float NaN": lambda y: np.where(y < 0, np.nan, y),
    "object None": lambda y: np.array([None if v < 0 else int(v) for v in y], dtype=object),
    "list None": lambda y: [None if v < 0 else int(v) for v in y],
    "object NaN": lambda y: np.array([np.nan if v < 0 else float(v) for v in y], dtype=object),
    "Int64": lambda y: pd.Series(np.where(y < 0, np.nan, y)).astype("Int64"),
    "Float64": lambda y: pd.Series(np.where(y < 0, np.nan, y)).astype("Float64"),
    "pandas float": lambda y: pd.Series(np.where(y < 0, np.nan, y)),
    "object NA": lambda y: pd.Series([pd.NA if v < 0 else int(v) for v in y], dtype=object),
    "categorical": lambda y: pd.Series([None if v < 0 else int(v) for v in y], dtype="category"),
    "polars": lambda y: pl.Series([None if v < 0 else int(v) for v in y]),
    "masked": lambda y: np.ma.masked_array(np.where(y < 0, 7, y).astype(int), mask=y < 0),
    "column": lambda y: np.where(y < 0, np.nan, y)[:, None],
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
@pytest.mark.parametrize("way", WAYS)
def test_integers_with_missing_ones_come_back_as_integers(way, blobs):
    X, truth, y = blobs
    marked = np.where(np.isnan(y), -1, y)
    learner = ActiveLearner(GaussianNB(), batch_size=3)
    asked = go_round(learner, X, WAYS[way](marked), truth)
    assert learner.classes_.dtype == np.int64
    assert learner.predict(X).dtype == np.int64
    expected = ActiveLearner(GaussianNB(), batch_size=3, missing_label=-1)
    np.testing.assert_array_equal(asked, go_round(expected, X, marked.astype(int), truth))


WORDS = {
    "object": lambda y: np.array(y, dtype=object),
    "string": lambda y: pd.Series(y, dtype="string"),
    "categorical": lambda y: pd.Series(y, dtype="category"),
    "polars": lambda y: pl.Series(y),
    "polars categorical": lambda y: pl.Series(y, dtype=pl.Categorical),
    "marked": lambda y: np.array(["?" if v is None else v for v in y]),
}


@pytest.mark.parametrize("way", WORDS)
def test_strings(way, blobs):
    X, truth, y = blobs
    names = np.array(["ant", "bee", "caterpillar"])
    words = [None if np.isnan(v) else str(names[int(v)]) for v in y]
    learner = ActiveLearner(
        GaussianNB(), batch_size=3, missing_label="?" if way == "marked" else None
    )
    go_round(learner, X, WORDS[way](words), names[truth])
    assert learner.classes_.tolist() == names.tolist()
    assert set(learner.predict(X)) == set(names)
    numbers = ActiveLearner(GaussianNB(), batch_size=3)
    go_round(numbers, X, y, truth)
    np.testing.assert_array_equal(learner.predict(X), names[numbers.predict(X)])
    assert learner.score(X, names[truth]) == numbers.score(X, truth)


def test_booleans(blobs):
    X, truth, y = blobs
    known = [None if np.isnan(v) else bool(v) for v in y]
    for way in (known, pd.Series(known, dtype="boolean"), np.array(known, dtype=object)):
        learner = ActiveLearner(GaussianNB(), batch_size=3)
        go_round(learner, X, way, truth > 0)
        assert learner.classes_.dtype == bool
        learner.teach([50], [1])
        assert learner.classes_.tolist() == [False, True]


def test_minus_one_is_a_class_unless_said_otherwise(blobs):
    X, truth, _ = blobs
    learner = ActiveLearner(GaussianNB()).fit(X, truth - 1)
    assert learner.classes_.tolist() == [-1, 0, 1]


def test_regression_keeps_float32_labels(blobs):
    X, _, _ = blobs
    y = np.where(np.arange(90) < 9, X[:, 0], np.nan).astype(np.float32)
    learner = ActiveLearner(Ridge(), random_state=0).fit(X.astype(np.float32), y)
    learner.teach([50], [1.5])
    assert learner.predict(X.astype(np.float32)).dtype == np.float32
    for way in (pd.Series(y).astype("Float64"), [None if np.isnan(v) else v for v in y]):
        assert ActiveLearner(Ridge()).fit(X, way).history_[0]["n_labelled"] == 9


def test_concatenation_keeps_the_kind():
    X = np.arange(180.0, dtype=np.float32).reshape(90, 2)
    for make in KINDS.values():
        whole = as_container(make(X))
        joined = concatenate(take(whole, np.arange(40)), take(whole, np.arange(40, 90)))
        assert type(joined) is type(whole) or sparse.issparse(joined)
        as_array = joined.toarray() if sparse.issparse(joined) else np.asarray(joined)
        np.testing.assert_array_equal(as_array, X)


def peak_memory(function) -> int:
    """Bytes that a call takes beyond what is there before it."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "estimator", [LogisticRegression(max_iter=50), SGDClassifier(loss="log_loss")]
)
def test_no_copy_of_the_pool(estimator):
    """A float32 pool of 256 MB, its labelled rows scattered, is looked at in small blocks."""
    X, t = make_classification(2000, 64, n_informative=8, random_state=0)
    X = np.tile(X.astype(np.float32), (500, 1))
    y = np.full(len(X), np.nan)
    scattered = np.sort(np.random.default_rng(0).choice(len(X), 100, replace=False))
    y[scattered] = t[scattered % 2000]
    pool_bytes = X.nbytes
    learner = ActiveLearner(estimator, Margin(), batch_size=10)
    assert peak_memory(lambda: learner.fit(X, y)) < 0.15 * pool_bytes
    # a block of 16 MiB, what the estimator makes of it, and n×k probabilities
    assert peak_memory(learner.query) < 0.4 * pool_bytes
    assert learner._session.training.X is X


def test_blocks_follow_working_memory(blobs):
    """However small the blocks, the answer is the same."""
    from sklearn import config_context

    X, _, y = blobs
    learner = ActiveLearner(RandomForestClassifier(5), Margin(), random_state=0).fit(X, y)
    whole = learner.query_utilities()
    with config_context(working_memory=0.02):  # 20 rows a block
        np.testing.assert_array_equal(learner.query_utilities(), whole)


def test_a_net_with_more_outputs_than_classes(net):
    """It never says a class that nobody has seen, unless `classes` names it."""
    rng = np.random.default_rng(0)
    images = rng.normal(size=(60, 1, 3, 4)).astype(np.float32)
    y = rng.integers(0, 2, 60)  # class 2 has an output, and no label
    learner = ActiveLearner(net, Margin(), random_state=0).fit(images, y)
    assert learner.classes_.tolist() == [0, 1]
    inner = learner.estimator_.predict_proba(images)
    assert inner.shape == (60, 3)
    expected = inner[:, :2] / inner[:, :2].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(learner.predict_proba(images), expected, rtol=1e-6)
    np.testing.assert_array_equal(learner.predict(images), expected.argmax(axis=1))
    assert (inner.argmax(axis=1) == 2).any()
    assert learner.score(images, y) == np.mean(learner.predict(images) == y)
    state = learner.query_state(images)
    np.testing.assert_allclose(state.pool.proba, expected, rtol=1e-6)
    np.testing.assert_array_equal(state.pool.prediction, learner.predict(images))
    named = ActiveLearner(net, Margin(), classes=[0, 1, 2], random_state=0).fit(images, y)
    np.testing.assert_allclose(named.predict_proba(images), inner, rtol=1e-6)
    assert 2 in named.predict(images)
    replayed = ActiveLearner(net, replay_budget=20, batch_size=5, random_state=0).fit(images, y)
    assert replayed.predict_proba(images).shape == (60, 2)


def test_a_column_of_targets_for_a_net():
    torch = pytest.importorskip("torch", reason="nets need torch")
    skorch = pytest.importorskip("skorch", reason="nets need skorch")
    X = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    net = skorch.NeuralNetRegressor(
        torch.nn.Linear, module__in_features=2, module__out_features=1, max_epochs=30, lr=0.1,
        verbose=0, train_split=None,
    )  # fmt: skip
    y = np.where(np.arange(60)[:, None] < 40, X[:, :1], np.nan).astype(np.float32)
    learner = ActiveLearner(net, random_state=0).fit(X, y)
    assert learner.score(X, X[:, :1]) > 0.99
    rows = learner.query(batch_size=3)
    learner.teach(rows, X[rows, 0])
    assert learner.score(X, X[:, :1]) > 0.99


def test_nan_among_strings_of_a_list_is_a_missing_label():
    X = np.arange(8.0)[:, None]
    learner = ActiveLearner(LogisticRegression()).fit(X, ["a", "b"] * 2 + [np.nan, None] * 2)
    assert learner.classes_.tolist() == ["a", "b"]
    assert learner.history_[0]["n_labelled"] == 4
