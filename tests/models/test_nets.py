"""Nets: their last layer, passes counted in the loop, training taken up where it stopped."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.models import last_layer
from skal.strategies import Badge, Bald, CoreSet, Diversify, Margin, MarginShift, Random
from tests.models.small_nets import F32, LABELS, SmallNet, small_net

torch = pytest.importorskip("torch", reason="nets need torch")
skorch = pytest.importorskip("skorch", reason="nets need skorch")

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(0, 4, 300)
X = (RNG.normal(size=(300, 8)) + 2 * RNG.normal(size=(4, 8))[TRUTH]).astype(np.float32)
Y = np.where(np.arange(300) < 40, TRUTH, np.nan)


# ---------------------------------------------------------------------- the last layer
@pytest.mark.parametrize(
    ("end", "criterion"),
    [
        ("logits", torch.nn.CrossEntropyLoss),
        ("softmax", torch.nn.NLLLoss),
        ("log", torch.nn.CrossEntropyLoss),
    ],
)
def test_net(end, criterion):
    one = small_net(module__end=end, criterion=criterion).fit(F32, LABELS)
    layer = last_layer(one, F32)
    assert isinstance(layer.features, torch.Tensor)
    assert not layer.features.requires_grad
    one.module_.eval()
    with torch.no_grad():
        hidden = torch.relu(one.module_.hidden(torch.as_tensor(F32)))
        proba = one.module_.head(hidden).softmax(1)
    np.testing.assert_allclose(layer.features, hidden, atol=1e-6)
    np.testing.assert_allclose(layer.proba, proba, atol=1e-6)
    np.testing.assert_allclose(layer.proba, one.predict_proba(F32), atol=1e-6)
    assert not one.module_.head._forward_pre_hooks


def test_binary_net_and_regression_net():
    binary = small_net(
        skorch.NeuralNetBinaryClassifier,
        criterion=torch.nn.BCEWithLogitsLoss,
        module__end="squeeze",
        module__outputs=1,
    )
    binary.fit(F32, (LABELS > 0).astype(np.float32))
    layer = last_layer(binary, F32)
    np.testing.assert_allclose(layer.proba, binary.predict_proba(F32), atol=1e-6)
    regressor = small_net(skorch.NeuralNetRegressor, criterion=torch.nn.MSELoss, module__outputs=1)
    regressor.fit(F32, F32[:, :1])
    layer = last_layer(regressor, F32)
    np.testing.assert_allclose(layer.prediction, regressor.predict(F32), atol=1e-6)


def test_a_head_that_is_not_the_end():
    one = small_net(module__end="tanh").fit(F32, LABELS)
    with pytest.raises(TypeError, match=r"not those of its last nn.Linear"):
        last_layer(one, F32)


def test_a_named_layer():
    class Two(SmallNet):
        last_layer = "head"

        def __init__(self):
            super().__init__()
            self.unused = torch.nn.Linear(2, 2)  # the last one of all

    one = skorch.NeuralNetClassifier(
        Two, criterion=torch.nn.CrossEntropyLoss, max_epochs=1, verbose=0, train_split=None
    )
    assert last_layer(one.fit(F32, LABELS), F32).features.shape == (120, 5)


def test_a_name_that_is_no_linear_layer():
    class Wrong(SmallNet):
        last_layer = "drop"

    one = skorch.NeuralNetClassifier(
        Wrong, criterion=torch.nn.CrossEntropyLoss, max_epochs=1, verbose=0, train_split=None
    )
    with pytest.raises(
        TypeError,
        match=r"last_layer = 'drop' of Wrong must be the name of an nn.Linear; it has \['hidden",
    ):
        last_layer(one.fit(F32, LABELS), F32)


def test_a_binary_net_in_the_loop():
    binary = small_net(
        skorch.NeuralNetBinaryClassifier,
        criterion=torch.nn.BCEWithLogitsLoss,
        module__end="squeeze",
        module__outputs=1,
    )
    y = np.where(np.arange(120) < 40, LABELS > 0, np.nan)
    for strategy in (Badge(), Bald(draws=3)):
        learner = ActiveLearner(binary, strategy, random_state=0).fit(F32, y)
        learner.teach(learner.query(), [1])
        assert set(learner.predict(F32)) <= {0, 1}


# ---------------------------------------------------------------------- the loop
class Net(torch.nn.Module):
    """Ten outputs, and a count of the rows that passed in evaluation."""

    passed = 0

    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(
            torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Dropout(0.2)
        )
        self.head = torch.nn.Linear(16, 10)

    def forward(self, x):
        if not self.training:
            Net.passed += len(x)
        return self.head(self.body(x))


def net(**kwargs):
    kwargs = {
        "max_epochs": 5,
        "lr": 0.1,
        "verbose": 0,
        "train_split": None,
        "batch_size": 32,
        **kwargs,
    }
    return skorch.NeuralNetClassifier(Net, criterion=torch.nn.CrossEntropyLoss, **kwargs)


@pytest.mark.parametrize(
    ("strategy", "passes"),
    [
        (Random(), [0, 0]),
        (Margin(), [1, 1]),
        (Badge(), [1, 1]),
        (Diversify(Margin(), classes="current"), [1, 1]),
        (MarginShift(), [1, 2]),  # the previous model is asked again
        (Diversify(MarginShift()), [1, 2]),
        (Bald(draws=3), [3, 3]),
    ],
    ids=repr,
)
def test_passes_over_the_pool(strategy, passes):
    """A query looks at each row of the pool as often as its formula needs, and no more."""
    learner = ActiveLearner(net(), strategy, batch_size=10, random_state=0).fit(X, Y)
    for expected in passes:
        n_pool = len(learner.query_state().pool)
        Net.passed = 0
        rows = learner.query()
        assert Net.passed == expected * n_pool
        learner.teach(rows, TRUTH[rows])


def test_core_set_passes_pool_and_labels_once():
    learner = ActiveLearner(net(), CoreSet(), random_state=0).fit(X, Y)
    Net.passed = 0
    learner.query()
    assert Net.passed == 300


def test_the_loop_learns_and_never_says_an_unseen_class():
    learner = ActiveLearner(net(max_epochs=30), Badge(), batch_size=20, random_state=0).fit(X, Y)
    for _ in range(3):
        rows = learner.query()
        learner.teach(rows, TRUTH[rows])
    assert learner.predict_proba(X).shape == (300, 4)
    assert set(learner.predict(X)) <= {0, 1, 2, 3}
    assert learner.score(X, TRUTH) > 0.8


@pytest.mark.parametrize(
    "wrap", [lambda e: e, lambda e: make_pipeline(StandardScaler(), e)], ids=["net", "pipeline"]
)
def test_a_warm_net_goes_on(wrap):
    """Epochs add up round by round; without warm_start every round starts anew."""
    for warm, epochs in ((True, [5, 10, 15]), (False, [5, 5, 5])):
        learner = ActiveLearner(wrap(net(warm_start=warm)), Margin(), random_state=0).fit(X, Y)
        seen = []
        for _ in range(3):
            model = learner.estimator_
            seen.append(len((model[-1] if hasattr(model, "steps") else model).history))
            rows = learner.query()
            learner.teach(rows, TRUTH[rows])
        assert seen == epochs
        assert learner.previous_estimator_ is not learner.estimator_


def test_warm_starts_of_scikit_learn():
    X64 = X.astype(float)
    perceptron = MLPClassifier(max_iter=400, warm_start=True, random_state=0, tol=1e-3)
    learner = ActiveLearner(perceptron).fit(X64, Y)
    before = learner.estimator_
    learner.teach([100], TRUTH[[100]])
    assert learner.estimator_.n_iter_ < before.n_iter_  # it began near its optimum
    learner.teach([101], [7])  # a class it has no output for: it starts anew
    assert learner.estimator_.classes_.tolist() == [0, 1, 2, 3, 7]
    forest = ActiveLearner(RandomForestClassifier(5, warm_start=True), random_state=0).fit(X64, Y)
    first = forest.estimator_.estimators_[0]
    forest.teach([100], TRUTH[[100]])
    assert forest.estimator_.estimators_[0] is not first
    assert len(forest.estimator_.estimators_) == 5
    warm = ActiveLearner(LogisticRegression(warm_start=True, max_iter=500)).fit(X64, Y)
    warm.teach([100], [9])
    assert 9 in warm.estimator_.classes_


def test_a_warm_start_begins_anew_where_it_cannot_go_on():
    X64 = X.astype(float)
    y = np.where(np.arange(300) < 40, TRUTH % 2, np.nan)
    y[0] = 2
    learner = ActiveLearner(MLPClassifier(max_iter=50, warm_start=True, tol=1), random_state=0).fit(
        X64, y
    )
    learner.teach([0], [1])  # the only row of class 2
    assert learner.estimator_.classes_.tolist() == [0, 1]
    learner.set_params(estimator__alpha=9.0).teach([50], [1])
    assert learner.estimator_.alpha == 9.0
    learner.set_params(estimator=LogisticRegression(warm_start=True, max_iter=500)).teach([51], [1])
    assert isinstance(learner.estimator_, LogisticRegression)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_features_stay_on_the_device():
    learner = ActiveLearner(net(device="cuda"), Badge(), batch_size=10, random_state=0).fit(X, Y)
    assert learner.query_state().pool.features.device.type == "cuda"
    assert len(set(learner.query())) == 10
    learner.set_params(strategy=CoreSet()).fit(X, Y)
    assert len(set(learner.query())) == 10


# ---------------------------------------------------------------------- halves, and NaN
class HalfNet(SmallNet):
    """A net in another type, with outputs in float32 where `wide`."""

    def __init__(self, kind=torch.float16, wide=False, **params):
        super().__init__(**params)
        self.wide = wide
        self.to(kind)

    def forward(self, x):
        outputs = super().forward(x.to(self.head.weight.dtype))
        return outputs.float() if self.wide else outputs


def half_net(kind, **params):
    return skorch.NeuralNetClassifier(
        HalfNet,
        module__kind=kind,
        criterion=torch.nn.CrossEntropyLoss,
        max_epochs=2,
        verbose=0,
        train_split=None,
        **{f"module__{name}": value for name, value in params.items()},
    )


@pytest.mark.parametrize(
    ("kind", "wide"),
    [
        (torch.float16, False),
        (torch.float16, True),
        (torch.bfloat16, False),
        (torch.bfloat16, True),
    ],
)
def test_a_net_of_halves(kind, wide):
    net = half_net(kind, wide=wide).fit(F32, LABELS)
    layer = last_layer(net, F32)
    assert layer.features.dtype == layer.weights.dtype == layer.proba.dtype == torch.float32
    net.module_.eval()
    with torch.no_grad():
        proba = net.module_(torch.as_tensor(F32)).float().softmax(1)
    np.testing.assert_allclose(layer.proba, proba, atol=0.02)


def test_bfloat16_out_of_a_net():
    y = np.where(np.arange(120) < 40, LABELS, -1)
    learner = ActiveLearner(half_net(torch.bfloat16), Margin(), missing_label=-1).fit(F32, y)
    with pytest.raises(TypeError, match=r"bfloat16, a type that NumPy does not have.*\.float\(\)"):
        learner.query()
    learner.set_params(estimator=half_net(torch.bfloat16, wide=True)).fit(F32, y)
    assert len(learner.query()) == 1
    X = torch.as_tensor(F32).bfloat16().requires_grad_()
    assert len(learner.fit(X, y).query()) == 1


class Spoilt(SmallNet):
    """A net that gives NaN once it is trained."""

    def forward(self, x):
        outputs = super().forward(x)
        return outputs if self.training else outputs * float("nan")


def test_outputs_that_are_nan():
    y = np.where(np.arange(120) < 40, LABELS, -1)
    net = skorch.NeuralNetClassifier(
        Spoilt, criterion=torch.nn.CrossEntropyLoss, max_epochs=2, verbose=0, train_split=None
    )
    for strategy, who in (
        (CoreSet(), "Spoilt gave 80 of 80 rows outputs"),
        (Margin(), "NeuralNet"),
    ):
        learner = ActiveLearner(net, strategy, missing_label=-1).fit(F32, y)
        with pytest.raises(ValueError, match=f"{who}.* that are NaN or infinite"):
            learner.query()
