"""Features of a net against hooks, in pipelines, among threads."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skal import ActiveLearner
from skal.nets import FrozenFeatures
from skal.strategies import Margin
from tests.nets.small_net import IMAGES, RNG, TRUTH, Net, by_hand

torch = pytest.importorskip("torch", reason="nets need torch")
skorch = pytest.importorskip("skorch", reason="nets need skorch")


def test_features_against_a_hook(module):
    module.body[3].eval()  # a mixture of modes is restored as it was
    modes = [part.training for part in module.modules()]
    FrozenFeatures(module, device="cpu").fit_transform(IMAGES)
    assert modes == [part.training for part in module.modules()]
    for layer in ("body.0", "body.3", "head"):
        ours = FrozenFeatures(module, layer=layer, batch_size=16).fit_transform(IMAGES)
        assert ours.dtype == np.float32
        # the ReLU works in place: by_hand would see its result in body.1
        np.testing.assert_allclose(ours, by_hand(module, layer), atol=1e-6)
    np.testing.assert_allclose(
        FrozenFeatures(module).fit_transform(IMAGES), by_hand(module, "head"), atol=1e-6
    )
    several = FrozenFeatures(module, layer=["body.0", "head"]).fit_transform(IMAGES)
    np.testing.assert_allclose(
        several, np.hstack([by_hand(module, "body.0"), by_hand(module, "head")]), atol=1e-6
    )
    assert not any(part._forward_hooks for part in module.modules())
    assert all(p.grad is None for p in module.parameters())


def test_outputs_changed_in_place(module):
    """A batch norm that a ReLU overwrites is taken as it was."""
    ours = FrozenFeatures(module, layer="body.1").fit_transform(IMAGES)
    assert (ours < 0).any()
    module.body[2].inplace = False
    np.testing.assert_allclose(ours, by_hand(module, "body.1"), atol=1e-6)


def test_poolings(module):
    flat = FrozenFeatures(module, layer="body.0", pool=None).fit_transform(IMAGES)
    assert flat.shape == (70, 5 * 6 * 6)
    largest = FrozenFeatures(module, layer="body.0", pool=lambda a: a.amax((2, 3))).fit_transform(
        IMAGES
    )
    np.testing.assert_allclose(largest, flat.reshape(70, 5, 36).max(2))
    words = torch.nn.Embedding(9, 4)
    tokens = RNG.integers(0, 9, (6, 7))
    ours = FrozenFeatures(words, pool="tokens").fit_transform(tokens)
    np.testing.assert_allclose(
        ours, words(torch.as_tensor(tokens)).mean(1).detach().numpy(), atol=1e-6
    )


def test_preprocessing_and_containers(module):
    plain = FrozenFeatures(module).fit_transform(IMAGES)
    half = FrozenFeatures(module, preprocess=lambda X: X / 2)
    np.testing.assert_allclose(half.fit_transform(2 * IMAGES), plain, atol=1e-6)
    np.testing.assert_allclose(
        FrozenFeatures(module).fit_transform(IMAGES.astype(float)), plain, atol=1e-6
    )
    np.testing.assert_allclose(
        FrozenFeatures(module).fit_transform(torch.as_tensor(IMAGES)), plain, atol=1e-6
    )
    np.testing.assert_allclose(FrozenFeatures(module).fit_transform(list(IMAGES)), plain, atol=1e-6)
    np.testing.assert_allclose(
        FrozenFeatures(module).fit_transform({"x": IMAGES}), plain, atol=1e-6
    )
    double = FrozenFeatures(Net().double()).fit_transform(IMAGES)
    assert double.dtype == np.float64
    assert FrozenFeatures(Net().bfloat16()).fit_transform(IMAGES).dtype == np.float32
    images = (255 * RNG.random((4, 8, 8, 3))).astype(np.uint8)
    chw = FrozenFeatures(module, preprocess=lambda X: X.transpose(0, 3, 1, 2) / 255)
    assert chw.fit_transform(images).shape == (4, 4)


def test_a_transformer_like_any_other(module):
    frozen = FrozenFeatures(module, layer="body.3", batch_size=16)
    copy = clone(frozen)
    assert copy is not frozen
    assert copy.module is module
    assert copy.get_params() == frozen.get_params()
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(frozen)).transform(IMAGES), frozen.transform(IMAGES)
    )
    assert frozen.fit(IMAGES).get_feature_names_out().tolist() == [
        f"frozenfeatures{i}" for i in range(5)
    ]
    pandas = pytest.importorskip("pandas")
    assert isinstance(
        clone(frozen).set_output(transform="pandas").fit_transform(IMAGES), pandas.DataFrame
    )
    pipe = make_pipeline(frozen, LogisticRegression())
    assert cross_val_score(pipe, IMAGES, TRUTH, cv=2).shape == (2,)
    search = GridSearchCV(pipe, {"frozenfeatures__layer": ["body.0", ["body.0", "head"]]}, cv=2)
    assert search.fit(IMAGES, TRUTH).predict(IMAGES).shape == (70,)


def test_in_the_loop(module):
    y = np.where(np.arange(70) < 15, TRUTH, -1)
    pipe = make_pipeline(FrozenFeatures(module, layer="body.0"), LogisticRegression())
    learner = ActiveLearner(pipe, Margin(), batch_size=5, missing_label=-1).fit(IMAGES, y)
    rows = learner.query()
    learner.teach(rows, TRUTH[rows])
    around = make_pipeline(
        FrozenFeatures(module, layer="body.0"),
        ActiveLearner(LinearSVC(), Margin(), missing_label=-1),
    )
    assert around.fit(IMAGES, y)[-1].query().shape == (1,)


def test_skorch_nets():
    net = skorch.NeuralNetClassifier(
        Net, max_epochs=1, verbose=0, train_split=None, criterion=torch.nn.CrossEntropyLoss
    )
    with pytest.raises(TypeError, match="call its fit or initialize first"):
        FrozenFeatures(net).fit(IMAGES)
    net.fit(IMAGES, TRUTH)
    frozen = FrozenFeatures(net, layer="body.0")
    expected = by_hand(net.module_, "body.0")
    np.testing.assert_allclose(frozen.fit_transform(IMAGES), expected, atol=1e-6)
    np.testing.assert_allclose(
        clone(frozen).fit_transform(IMAGES), expected, atol=1e-6
    )  # still fitted


def test_clones_share_a_net_among_threads(module):
    module.train()
    expected = FrozenFeatures(module, layer="body.3").transform(IMAGES)

    def features(_):
        return FrozenFeatures(module, layer="body.3", batch_size=2).transform(IMAGES)

    with ThreadPoolExecutor(4) as pool:
        for ours in pool.map(features, range(12)):
            np.testing.assert_allclose(ours, expected, atol=1e-6)
    assert all(part.training for part in module.modules())


def test_rows_of_any_container(module):
    """Frames, arrays that run backwards, numbers of another machine."""
    linear = torch.nn.Linear(3, 4)
    X = RNG.normal(size=(7, 3)).astype(np.float32)
    expected = FrozenFeatures(linear).transform(X)
    np.testing.assert_array_equal(FrozenFeatures(linear).transform(X.astype(">f4")), expected)
    np.testing.assert_array_equal(FrozenFeatures(linear).transform(X[::-1]), expected[::-1])
    np.testing.assert_array_equal(
        FrozenFeatures(module).transform(IMAGES[:, ::-1]),
        FrozenFeatures(module).transform(IMAGES[:, ::-1].copy()),
    )
    pandas = pytest.importorskip("pandas")
    np.testing.assert_array_equal(FrozenFeatures(linear).transform(pandas.DataFrame(X)), expected)
    scaler = StandardScaler().set_output(transform="pandas")
    assert make_pipeline(scaler, FrozenFeatures(linear)).fit_transform(X).shape == (7, 4)


def test_frozen_refusals(module):
    def refused(match, error=ValueError, net=module, X=IMAGES, **kwargs):
        with pytest.raises(error, match=match):
            FrozenFeatures(net, **kwargs).fit(X).transform(X)

    refused(r"Net has no module named 'conv9': it has \['body', 'body.0'", layer="conv9")
    refused("pool='max' is not known", pool="max")
    refused("returned an array of shape \\(1, 5, 6, 6\\)", layer="body.0", pool=lambda a: a)
    refused("module=int is neither a torch.nn.Module.*pass a net", TypeError, net=3)
    refused("batch_size=0 must be a whole number", batch_size=0)
    with pytest.raises(ValueError, match="X has no rows"):
        FrozenFeatures(module).transform(IMAGES[:0])
    refused("layer=1 must be the name of a module", TypeError, layer=1)
    refused(r"pool=\['mean'\] is not known", pool=["mean"])
    refused(
        "sparse, and nets require dense", TypeError, torch.nn.Linear(3, 4), csr_array(np.eye(3))
    )
    refused("X has type <U1", TypeError, X=["a", "b"])
    refused(r"shape \(2, 4\) for a batch of 1", pool=lambda a: torch.cat([a, a]))
    refused(r"shape \(1,\) for a batch of 1", pool=lambda a: a.sum(1))

    class Named(Net):
        def forward(self, x):
            return {"logits": super().forward(x)}

    refused("returns a dict.*set layer=", TypeError, Named())

    class Idle(Net):
        def __init__(self):
            super().__init__()
            self.idle = torch.nn.ReLU()

    refused("'idle' is not used", net=Idle(), layer="idle")
