"""Frozen features, pretraining by rotations, perturbed images, prior thresholds."""

import functools
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_digits, make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from skal import ActiveLearner
from skal.models import last_layer
from skal.nets import FrozenFeatures, PriorThreshold, RotationNoise, pretrain_rotations
from skal.strategies import FisherKernel, Margin

RNG = np.random.default_rng(0)


# ------------------------------------------------------------------ prior thresholds: no torch
@parametrize_with_checks([PriorThreshold(LogisticRegression())])
def test_sklearn_contract(estimator, check):
    check(estimator)


def imbalanced(k=3):
    weights = [0.85, 0.12, 0.03][:k] if k == 3 else [0.93, 0.07]
    return make_classification(
        600,
        8,
        n_informative=6,
        n_redundant=0,
        n_classes=k,
        weights=weights,
        class_sep=0.6,
        random_state=0,
    )


def test_prior_threshold_is_division_by_shares():
    X, y = imbalanced()
    plain = LogisticRegression().fit(X, y)
    ours = PriorThreshold(LogisticRegression()).fit(X, y)
    expected = plain.predict_proba(X) / (np.bincount(y) / len(y))
    np.testing.assert_allclose(ours.predict_proba(X), expected / expected.sum(1, keepdims=True))
    np.testing.assert_array_equal(ours.predict(X), expected.argmax(1))

    def balanced(model):
        return np.mean([(model.predict(X)[y == c] == c).mean() for c in range(3)])

    assert balanced(ours) > balanced(plain) + 0.1
    given = PriorThreshold(LogisticRegression(), priors=[2, 2, 2]).fit(X, y)
    np.testing.assert_allclose(given.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("k", [2, 3])
def test_prior_threshold_has_a_last_layer(k, fit_intercept):
    X, y = imbalanced(k)
    model = PriorThreshold(LogisticRegression(fit_intercept=fit_intercept)).fit(X, y)
    layer = last_layer(model, X)
    np.testing.assert_allclose(layer.proba, model.predict_proba(X), atol=1e-12)
    scores = np.exp(layer.decision)
    np.testing.assert_allclose(scores / scores.sum(1, keepdims=True), layer.proba, atol=1e-10)
    assert layer.penalty is None
    assert last_layer.knows(PriorThreshold(LogisticRegression()))


def test_prior_threshold_in_the_loop():
    X, y = imbalanced()
    partly = np.where(np.arange(600) < 80, y, -1)
    learner = ActiveLearner(
        PriorThreshold(LogisticRegression()),
        FisherKernel(),
        missing_label=-1,
        validation_fraction=0.3,
        random_state=0,
    ).fit(X, partly)
    rows = learner.query(batch_size=5)
    learner.teach(rows, y[rows])
    with pytest.raises(AttributeError, match="predict_proba"):
        PriorThreshold(LinearSVC()).fit(X, y).predict_proba(X)
    search = GridSearchCV(PriorThreshold(LogisticRegression()), {"estimator__C": [0.1, 1]}, cv=2)
    assert search.fit(X, y).best_params_


def test_prior_threshold_weighs_classes():
    """A weight of 2 is a row twice; weights are routed."""
    X, y = imbalanced()
    weights = 1 + (np.arange(600) % 2)
    weighted = PriorThreshold(LogisticRegression(max_iter=500, tol=1e-8)).fit(
        X, y, sample_weight=weights
    )
    twice = np.repeat(np.arange(600), weights)
    repeated = PriorThreshold(LogisticRegression(max_iter=500, tol=1e-8)).fit(X[twice], y[twice])
    np.testing.assert_allclose(weighted.priors_, repeated.priors_)
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-5)
    with config_context(enable_metadata_routing=True):
        inner = LogisticRegression(max_iter=500, tol=1e-8).set_fit_request(sample_weight=True)
        routed = PriorThreshold(inner).fit(X, y, sample_weight=weights)
        np.testing.assert_allclose(routed.predict_proba(X), weighted.predict_proba(X))
        learner = ActiveLearner(PriorThreshold(inner), Margin(), missing_label=-1)
        learner.fit(X, np.where(np.arange(600) < 90, y, -1), sample_weight=weights)
        assert not np.allclose(learner.estimator_.priors_, np.bincount(y[:90]) / 90)


def test_prior_threshold_refusals():
    X, y = imbalanced()
    for priors in ([1, 2], [1, 0, 2], [1, np.inf, 1], [1, np.nan, 1]):
        with pytest.raises(ValueError, match="must be 3 numbers above 0, one a class"):
            PriorThreshold(LogisticRegression(), priors=priors).fit(X, y)
    with pytest.raises(ValueError, match=r"y has shape \(600, 3\): shares are of one class a row"):
        PriorThreshold(KNeighborsClassifier()).fit(X, np.eye(3, dtype=int)[y])


def test_prior_threshold_counts_by_the_weights_of_the_fit():
    """Whatever they are called, and at the end of a pipeline."""
    X, y = imbalanced()
    weights = 1.0 + (y == 2)
    expected = np.bincount(y, weights) / weights.sum()
    pipe = make_pipeline(StandardScaler(), LogisticRegression())
    ours = PriorThreshold(pipe).fit(X, y, logisticregression__sample_weight=weights)
    np.testing.assert_allclose(ours.priors_, expected)
    ours = PriorThreshold(pipe).fit(X, y, standardscaler__sample_weight=weights)
    np.testing.assert_allclose(ours.priors_, np.bincount(y) / len(y))
    with config_context(enable_metadata_routing=True):
        inner = LogisticRegression().set_fit_request(sample_weight="w")
        np.testing.assert_allclose(PriorThreshold(inner).fit(X, y, w=weights).priors_, expected)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        ours = PriorThreshold(make_pipeline(scaler, inner)).fit(X, y, w=weights)
        np.testing.assert_allclose(ours.priors_, expected)


# ------------------------------------------------------------------ frozen features
torch = pytest.importorskip("torch", reason="nets need torch")
skorch = pytest.importorskip("skorch", reason="nets need skorch")

IMAGES = RNG.normal(size=(70, 3, 8, 8)).astype(np.float32)
TRUTH = RNG.integers(0, 3, 70)
IMAGES[np.arange(70), TRUTH] += 1


class Net(torch.nn.Module):
    rows = 0

    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(
            torch.nn.Conv2d(3, 5, 3),
            torch.nn.BatchNorm2d(5),
            torch.nn.ReLU(inplace=True),
            torch.nn.Dropout(0.5),
        )
        self.head = torch.nn.Linear(5, 4)

    def forward(self, x):
        Net.rows += len(x)
        return self.head(self.body(x).mean((2, 3)))


@pytest.fixture
def module():
    torch.manual_seed(0)
    module = Net()
    module(torch.as_tensor(IMAGES))  # moves the running means
    return module


def by_hand(module, name):
    kept = []
    handle = dict(module.named_modules())[name].register_forward_hook(
        lambda m, i, o: kept.append(o)
    )
    training = module.training
    module.eval()
    with torch.no_grad():
        module(torch.as_tensor(IMAGES))
    module.train(training)
    handle.remove()
    output = kept[0]
    return (output.mean((2, 3)) if output.ndim == 4 else output).numpy()


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


def test_kept_on_disk_by_content(module, tmp_path):
    def features(module=module, X=IMAGES, **kwargs):
        kwargs = {"layer": "body.0", "memory": str(tmp_path), **kwargs}
        return FrozenFeatures(module, **kwargs).transform(X)

    first = features()
    Net.rows = 0
    np.testing.assert_array_equal(features(), first)
    np.testing.assert_array_equal(features(batch_size=7), first)
    np.testing.assert_array_equal(features(pickle.loads(pickle.dumps(module))), first)
    np.testing.assert_array_equal(features(X=IMAGES.copy()), first)
    assert Net.rows == 0
    changed = IMAGES.copy()
    changed[3, 0, 0, 0] += 1
    assert not np.array_equal(features(X=changed), first)
    assert not np.array_equal(features(preprocess=lambda X: 2 * X), first)
    assert not np.array_equal(
        features(preprocess=lambda X: 3 * X), features(preprocess=lambda X: 2 * X)
    )
    for factor in (2, 3):  # what a function holds counts
        np.testing.assert_allclose(
            features(preprocess=lambda X, f=factor: f * X), features(X=factor * IMAGES), atol=1e-6
        )
        np.testing.assert_allclose(
            features(preprocess=scaled(factor)), features(X=factor * IMAGES), atol=1e-6
        )
    assert features(pool=None).shape != first.shape
    with torch.no_grad():
        module.body[0].weight *= 2
    assert not np.array_equal(features(), first)

    class Other(Net):
        def forward(self, x):
            return super().forward(-x)

    other = Other()
    other.load_state_dict(module.state_dict())
    assert not np.array_equal(features(other), features())


def scaled(factor):
    return lambda X: factor * X


def times(factor):
    return lambda X: factor * torch.as_tensor(X)


class Scaled(torch.nn.Module):
    """Plain attributes, a buffer that is not saved, a function held, a counter."""

    def __init__(self, scale=1.0, shift=0.0, act=torch.relu):
        super().__init__()
        torch.manual_seed(0)
        self.linear = torch.nn.Linear(3, 4)
        self.scale, self.act, self.calls = scale, act, 0
        self.register_buffer("shift", torch.tensor(shift), persistent=False)

    def forward(self, x):
        self.calls += 1
        return self.act(self.linear(x) * self.scale + self.shift)


def hooked(factor):
    module = Scaled()
    module.linear.register_forward_hook(eval(f"lambda part, inputs, output: {factor} * output"))
    return module


def named_global(value):
    names = {"MEAN": np.float32(value)}
    exec("def centred(X): return X - MEAN", names)
    return names["centred"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"module": Scaled(1.0)}, {"module": Scaled(3.0)}),
        ({"module": Scaled(shift=1.0)}, {"module": Scaled(shift=3.0)}),
        ({"module": Scaled(act=torch.relu)}, {"module": Scaled(act=torch.tanh)}),
        ({"module": Scaled(act=torch.nn.functional.relu)}, {"module": Scaled(act=scaled(2))}),
        ({"module": hooked(2)}, {"module": hooked(3)}),
        ({"preprocess": named_global(1)}, {"preprocess": named_global(2)}),
        (
            {"preprocess": lambda X: np.array([[2 * v for v in row] for row in X])},
            {"preprocess": lambda X: np.array([[3 * v for v in row] for row in X])},
        ),
        (
            {"preprocess": lambda X: np.array([*map(lambda row: np.sin(row), X)])},
            {"preprocess": lambda X: np.array([*map(lambda row: np.cos(row), X)])},
        ),
        (
            {"preprocess": functools.partial(lambda X, by: by * X, by=2)},
            {"preprocess": functools.partial(lambda X, by: by * X, by=3)},
        ),
        ({"pool": lambda output: 1 * output}, {"pool": lambda output: 2 * output}),
    ],
)
def test_what_differs_is_not_taken_from_disk(one, other, tmp_path):
    X = RNG.normal(size=(7, 3)).astype(np.float32)

    def features(memory, *, module=None, **kwargs):
        module = Scaled() if module is None else module
        return FrozenFeatures(module, memory=memory, **kwargs).transform(X)

    assert not np.array_equal(features(None, **one), features(None, **other))
    for kwargs in (one, other, one):
        np.testing.assert_array_equal(features(tmp_path, **kwargs), features(None, **kwargs))


def test_what_is_the_same_is_taken_from_disk(tmp_path):
    module = Scaled()
    X = RNG.normal(size=(7, 3)).astype(np.float32)
    np.save(tmp_path / "X.npy", X)
    frozen = FrozenFeatures(module, memory=tmp_path, preprocess=times(torch.tensor(2.0)))
    first = frozen.transform(X)
    assert module.calls == 1
    module.train()
    for same in (X.copy(), np.load(tmp_path / "X.npy", mmap_mode="r")):
        np.testing.assert_array_equal(clone(frozen).transform(same), first)
    frozen.set_params(preprocess=times(torch.tensor(2.0))).transform(X)
    assert module.calls == 1
    frozen.transform(torch.as_tensor(X))
    frozen.transform(torch.as_tensor(X.copy()))
    assert module.calls == 2


def test_the_digest_is_that_of_every_process(tmp_path):
    """Also of names that are hashed anew, and of code that was compiled elsewhere."""
    code = (
        "import numpy as np, torch\n"
        "from tests.nets.test_skal_nets import Scaled, hooked, scaled\n"
        "from skal.nets.content import content\n"
        "nets = Scaled(), hooked(2), torch.nn.LSTM(2, 3), torch.nn.TransformerEncoderLayer(4, 2)\n"
        "print(content(nets, scaled(2), torch.arange(3), {'a', 'b'}, np.ones(2), {'b': 1, 'a': 2}))"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "12"
    }
    assert len(digests) == 1


def test_what_cannot_be_told_is_refused(module, tmp_path):
    module.held = threading.Lock()
    with pytest.raises(TypeError, match="Leave memory=None"):
        FrozenFeatures(module, memory=tmp_path).transform(IMAGES)
    FrozenFeatures(module).transform(IMAGES)


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
    refused("made an array of shape \\(1, 5, 6, 6\\)", layer="body.0", pool=lambda a: a)
    refused("module=int is no torch.nn.Module.*give a net", TypeError, net=3)
    refused("batch_size=0 must be a whole number", batch_size=0)
    with pytest.raises(ValueError, match="X has no rows"):
        FrozenFeatures(module).transform(IMAGES[:0])
    refused("layer=1 must be the name of a module", TypeError, layer=1)
    refused(r"pool=\['mean'\] is not known", pool=["mean"])
    refused("sparse, and nets want dense", TypeError, torch.nn.Linear(3, 4), csr_array(np.eye(3)))
    refused("X holds <U1", TypeError, X=["a", "b"])
    refused(r"shape \(2, 4\) of a batch of 1", pool=lambda a: torch.cat([a, a]))
    refused(r"shape \(1,\) of a batch of 1", pool=lambda a: a.sum(1))

    class Named(Net):
        def forward(self, x):
            return {"logits": super().forward(x)}

    refused("puts out a dict: name a layer=", TypeError, Named())

    class Idle(Net):
        def __init__(self):
            super().__init__()
            self.idle = torch.nn.ReLU()

    refused("'idle' is not used", net=Idle(), layer="idle")


# ------------------------------------------------------------------ rotations
def lenet():
    torch.manual_seed(1)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(288, 32),
        torch.nn.ReLU(),
        torch.nn.Linear(32, 10),
    )


def digits():
    X, y = load_digits(return_X_y=True)
    return (X.reshape(-1, 1, 8, 8) / 16).astype(np.float32)[:400], y[:400]


def test_rotations_are_learned():
    X, y = digits()
    module = lenet()
    before = {name: values.clone() for name, values in module.state_dict().items()}
    state = torch.get_rng_state()
    trained = pretrain_rotations(module, X, max_epochs=15, learning_rate=0.05, random_state=0)
    assert torch.equal(torch.get_rng_state(), state)
    for name, values in module.state_dict().items():
        assert torch.equal(values, before[name])
    assert trained[5].out_features == 10
    assert trained.training == module.training
    assert all(p.grad is None for p in trained.parameters())
    # a linear model on what it learned knows which way up unseen digits are

    def upright(net):
        frozen = FrozenFeatures(net, layer="4")
        turned = np.concatenate([np.rot90(X, turn, (2, 3)) for turn in range(4)])
        which = np.repeat(np.arange(4), len(X))
        unseen = np.tile(np.arange(len(X)) % 2 == 0, 4)
        Z = frozen.fit_transform(turned)
        return (
            LogisticRegression(max_iter=2000)
            .fit(Z[~unseen], which[~unseen])
            .score(Z[unseen], which[unseen])
        )

    assert upright(trained) > upright(module)
    assert upright(trained) > 0.9


def test_rotations_are_seeded():
    X, _ = digits()
    once, again, other = (
        pretrain_rotations(lenet(), X[:50], max_epochs=1, random_state=s) for s in (0, 0, 1)
    )
    for a, b, c in zip(once.parameters(), again.parameters(), other.parameters()):
        assert torch.equal(a, b)
        assert not torch.equal(a, c)


def test_rotations_leave_modes_as_they_were():
    X, _ = digits()
    module = lenet()
    module[3].eval()
    pretrained = pretrain_rotations(module, X[:8], max_epochs=1)
    assert [part.training for part in pretrained] == [part.training for part in module]


def test_rotations_then_the_loop():
    X, truth = digits()
    module = pretrain_rotations(lenet(), X[:, 0][:, None], max_epochs=2, random_state=0)
    net = skorch.NeuralNetClassifier(
        module,
        criterion=torch.nn.CrossEntropyLoss,
        max_epochs=30,
        lr=0.2,
        verbose=0,
        train_split=None,
    )
    first = module[0].weight.detach().clone()
    y = np.where(np.arange(400) < 60, truth, -1)
    learner = ActiveLearner(net, Margin(), batch_size=10, missing_label=-1, random_state=0).fit(
        X, y
    )
    rows = learner.query()
    learner.teach(rows, truth[rows])
    assert torch.equal(module[0].weight, first)  # every fit starts from the same pretrained net
    assert learner.score(X, truth) > 0.4


def test_rotations_refusals():
    X, _ = digits()
    with pytest.raises(TypeError, match="module=LogisticRegression is no torch"):
        pretrain_rotations(LogisticRegression(), X)
    with pytest.raises(ValueError, match=r"X has shape \(400, 1, 8, 5\); rotations want square"):
        pretrain_rotations(lenet(), X[..., :5])
    with pytest.raises(ValueError, match="X has no images"):
        pretrain_rotations(lenet(), X[:0])
    with pytest.raises(ValueError, match="max_epochs=0 must be"):
        pretrain_rotations(lenet(), X, max_epochs=0)
    with pytest.raises(TypeError, match="The net is one nn"):
        pretrain_rotations(torch.nn.Linear(8, 2), X[:, 0])
    with pytest.raises(TypeError, match="has no nn"):
        pretrain_rotations(torch.nn.Conv2d(1, 2, 3), X)


# ------------------------------------------------------------------ perturbed images
def test_rotation_noise():
    rng = np.random.default_rng(0)
    image = np.zeros((1, 1, 41, 41), dtype=np.float32)
    image[0, 0, 20:23, 30] = 1  # right of the centre
    turned = RotationNoise(degrees=0, noise=0)(image, rng)
    np.testing.assert_allclose(turned, image, atol=1e-4)
    angles = []
    many = RotationNoise(degrees=5, noise=0)(np.repeat(image, 500, 0), rng)
    for one in many[:, 0]:
        weight = one / one.sum()
        down, right = (
            (weight.sum(1) * np.arange(41)).sum() - 20,
            (weight.sum(0) * np.arange(41)).sum() - 20,
        )
        angles.append(np.degrees(np.arctan2(down, right)))
    angles = np.array(angles) - np.degrees(np.arctan2(1, 10))
    assert 4.5 < angles.max() < 5.5
    assert -5.5 < angles.min() < -4.5
    assert abs(angles.mean()) < 0.5
    flat = RotationNoise()(np.zeros((2, 6, 9)), rng)  # two dimensions, float64, not square
    assert flat.shape == (2, 6, 9)
    assert flat.dtype == np.float64
    assert RotationNoise()(np.zeros((2, 6, 6), dtype=np.uint8), rng).dtype == np.float32
    noise = RotationNoise(degrees=0, noise=0.2)(RNG.normal(size=(50, 20, 20)) * 3, rng)
    assert np.isfinite(noise).all()
    with pytest.raises(ValueError, match=r"X has shape \(4, 7\); images are"):
        RotationNoise()(np.zeros((4, 7)), rng)
    with pytest.raises(ValueError, match="degrees=-1 must be a number"):
        RotationNoise(degrees=-1)
    assert repr(RotationNoise()) == "RotationNoise(degrees=5, noise=0.1)"


def test_rotations_of_oblong_images_keep_angles():
    rng = np.random.default_rng(0)
    image = np.zeros((1, 61, 31))
    image[0, 30, 20:30] = 1
    turned = RotationNoise(degrees=30, noise=0)(np.repeat(image, 300, 0), rng)
    weight = turned / turned.sum((1, 2), keepdims=True)
    down = (weight.sum(2) * np.arange(61)).sum(1) - 30
    right = (weight.sum(1) * np.arange(31)).sum(1) - 15
    np.testing.assert_allclose(np.hypot(down, right), 9.5, atol=0.3)
    assert 28 < np.degrees(np.arctan2(down, right)).max() < 32
