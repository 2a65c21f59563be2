"""Multi-scale descriptors against hooks written by hand, and labels guessed from perturbed copies."""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skal import ActiveLearner
from skal.kernels.matching import dependence
from skal.strategies import FisherKernel
from skal.strategies._fisher_kernel.matched_rows import matched_rows
from skal.strategies._fisher_kernel.pseudo_labels import Copies, feature_noise, pseudo_labels
from tests.kernels.matching.test_similarity import algorithm_1, dense_kernel, unit

torch = pytest.importorskip("torch", reason="nets need torch")
skorch = pytest.importorskip("skorch", reason="nets need skorch")

RNG = np.random.default_rng(0)
N, M, K = 60, 25, 3
TRUTH, Y_VAL = RNG.integers(0, K, N), np.arange(M) % K
PLACES = RNG.normal(size=(K, 1, 8, 8))
X = (PLACES[TRUTH] + RNG.normal(size=(N, 1, 8, 8))).astype(np.float32)
X_VAL = (PLACES[Y_VAL] + RNG.normal(size=(M, 1, 8, 8))).astype(np.float32)
Y = np.where(np.arange(N) < 20, TRUTH, -1)
LAYERS = ["conv1", "conv2", "fc1"]


class LeNet(torch.nn.Module):
    """Two convolutions, ReLUs in place, and two linear maps."""

    rows_forward = rows_backward = 0

    def __init__(self, n_out=K, ending=None):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 4, 3)
        self.conv2 = torch.nn.Conv2d(4, 6, 3)
        self.relu = torch.nn.ReLU(inplace=True)
        self.drop = torch.nn.Dropout(0.5)
        self.fc1 = torch.nn.Linear(24, 10)
        self.head = torch.nn.Linear(10, n_out)
        self.ending = ending

    def forward(self, x):
        LeNet.rows_forward += len(x)
        x = self.relu(self.conv1(x))
        x = torch.nn.functional.max_pool2d(self.relu(self.conv2(x)), 2)
        x = self.drop(self.relu(self.fc1(x.flatten(1))))
        if x.requires_grad:
            x.register_hook(lambda g: setattr(LeNet, "rows_backward", LeNet.rows_backward + len(g)))
        return self.head(x) if self.ending is None else self.ending(self.head(x))


def net(module=LeNet, **kwargs):
    kwargs = {
        "max_epochs": 4,
        "lr": 0.1,
        "verbose": 0,
        "train_split": None,
        "batch_size": 16,
        **kwargs,
    }
    return skorch.NeuralNetClassifier(module, criterion=torch.nn.CrossEntropyLoss, **kwargs)


def learner(strategy, estimator=None, y=Y, y_val=Y_VAL, **kwargs):
    active = ActiveLearner(estimator or net(), strategy, missing_label=-1, random_state=0, **kwargs)
    return active.fit(X, y, X_val=X_VAL, y_val=y_val)


def by_hand(module, rows, labels, layers=LAYERS):
    """Pooled activations and gradients, a row at a time, each module's output kept by a hook."""
    module = module.eval()
    features, gradients = {name: [] for name in layers}, {name: [] for name in layers}
    for x, y in zip(rows, labels):
        kept = {}

        def hook(name, kept=kept):
            def keep(part, inputs, output):
                kept[name] = output
                output.retain_grad()
                return output * 1  # the ReLU in place works on another tensor

            return keep

        handles = [getattr(module, name).register_forward_hook(hook(name)) for name in layers]
        out = module(torch.as_tensor(x[None]))
        torch.log_softmax(out, 1)[0, y].backward()
        for name in layers:
            for table, tensor in ((features, kept[name]), (gradients, kept[name].grad)):
                table[name].append(tensor[0].detach().reshape(tensor.shape[1], -1).mean(1).numpy())
        for handle in handles:
            handle.remove()
    return [(np.array(features[name]), np.array(gradients[name])) for name in layers]


@pytest.fixture(scope="module")
def fitted():
    return learner(FisherKernel(LAYERS, after="module"), batch_size=6)


def test_descriptors(fitted):
    state = fitted.query_state()
    labels = RNG.integers(0, K, N)
    pool = state.view(X)
    rows = matched_rows(pool, state.classes, LAYERS, lambda features, proba, rows: labels[rows])
    expected = by_hand(fitted.estimator_.module_, X, labels)
    np.testing.assert_allclose(rows.proba, fitted.predict_proba(X), atol=1e-6)
    for Z, G, (Z_hand, G_hand) in zip(rows.features, rows.gradients(slice(None)), expected):
        np.testing.assert_allclose(Z, Z_hand, atol=1e-5)
        np.testing.assert_allclose(G, G_hand, atol=1e-6)
    assert [part.shape[1] for part in rows.features] == [4, 6, 10]
    assert not any(part.requires_grad for part in rows.features)


@pytest.mark.parametrize("b", [2, 6, 30])
@pytest.mark.parametrize("label", ["neighbour", "predicted"])
def test_algorithm_1_on_several_scales(fitted, b, label):
    active = fitted.set_params(strategy__pseudo_label=label).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    module, pool = active.estimator_.module_, np.flatnonzero(Y == -1)
    holdout = by_hand(module, X_VAL, Y_VAL)
    if label == "neighbour":
        features = [(z, z) for z, _ in by_hand(module, X[pool], Y[pool] * 0)]
        R = dense_kernel([(z, z) for z, _ in holdout], features, "feature")
        labels = Y_VAL[R.argmax(axis=0)]
    else:
        labels = active.predict(X[pool])
    R, between = (
        dense_kernel(holdout, by_hand(module, X[pool], labels)),
        dense_kernel(holdout, holdout),
    )
    loss = -np.log(active.predict_proba(X_VAL)[np.arange(M), Y_VAL])
    wrong = np.flatnonzero(active.predict(X_VAL) != Y_VAL)
    assert len(wrong) > 2
    expected = pool[algorithm_1(R, np.diag(between).round(9), between, loss, wrong, b)]
    np.testing.assert_array_equal(active.query(batch_size=b), expected)


def test_weak_supervision_through_modules(fitted):
    active = learner(
        FisherKernel(
            LAYERS, after="module", pseudo_label="predicted", mistakes=lambda X, p: p != Y_VAL
        ),
        y_val=Y_VAL[::-1].copy(),
    )
    module, pool = active.estimator_.module_, np.flatnonzero(Y == -1)
    prediction, P = active.predict(X_VAL), active.predict_proba(X_VAL)
    wrong = np.flatnonzero(prediction != Y_VAL)
    holdout = by_hand(module, X_VAL, prediction)
    for _, G in holdout:  # ∂ log(1 − p)/∂… = −p/(1 − p) ∂ log p/∂…
        G[wrong] *= -(P.max(1) / (1 - P.max(1)))[wrong, None]
    R = dense_kernel(holdout, by_hand(module, X[pool], active.predict(X[pool])))
    loss = np.where(prediction != Y_VAL, -np.log(1 - P.max(1)), -np.log(P.max(1)))
    between = dense_kernel(holdout, holdout)
    expected = pool[algorithm_1(R, np.diag(between).round(9), between, loss, wrong, 5)]
    np.testing.assert_array_equal(active.query(batch_size=5), expected)


def test_one_forward_and_one_backward_pass_a_row(fitted):
    active = learner(FisherKernel(LAYERS, pseudo_label="predicted"))
    LeNet.rows_forward = LeNet.rows_backward = 0
    active.query()
    assert LeNet.rows_backward == (N - 20) + M
    assert LeNet.rows_forward == (N - 20) + 2 * M  # and the holdout's predictions
    features = learner(FisherKernel(LAYERS, kernel="feature"))
    LeNet.rows_forward = LeNet.rows_backward = 0
    features.query()
    assert LeNet.rows_backward == 0


def test_frozen_parameters():
    class Frozen(LeNet):
        def __init__(self):
            super().__init__()
            for part in (self.conv1, self.conv2):
                part.requires_grad_(False)

    active = learner(FisherKernel(LAYERS), net(Frozen))
    module = active.estimator_.module_
    active.query()
    assert all(p.grad is None or not p.grad.any() for p in module.conv1.parameters())
    assert not module.conv1._forward_hooks
    assert not module.head._forward_hooks
    before = [None if p.grad is None else p.grad.clone() for p in module.parameters()]
    active.query()
    for old, p in zip(before, module.parameters()):
        assert (old is None) == (p.grad is None)
        assert old is None or torch.equal(old, p.grad)
    for p in module.parameters():
        p.requires_grad_(False)
    assert len(active.query(batch_size=5)) == 5


@pytest.mark.parametrize("ending", [torch.nn.Softmax(1), torch.nn.LogSoftmax(1)])
def test_any_ending(ending, fitted):
    plain = learner(FisherKernel(LAYERS), net(max_epochs=1))
    ended = learner(FisherKernel(LAYERS), net(max_epochs=1, module__ending=ending))
    ended.estimator_.module_.load_state_dict(plain.estimator_.module_.state_dict())
    np.testing.assert_array_equal(plain.query(batch_size=9), ended.query(batch_size=9))


def test_outputs_to_spare_and_classes_unseen():
    active = learner(FisherKernel(LAYERS), net(module__n_out=8), batch_size=5)
    assert len(active.query()) == 5
    unseen = np.where(Y_VAL == 2, 9, Y_VAL)
    active = learner(FisherKernel(LAYERS), net(), y=np.where(TRUTH == 2, -1, Y), y_val=unseen)
    assert active.classes_.tolist() == [0, 1, 9]
    assert len(set(active.query(batch_size=7))) == 7


def test_one_output_for_two_classes():
    class Single(LeNet):
        def __init__(self):
            super().__init__(1)

        def forward(self, x):
            return super().forward(x)[:, 0]

    y, y_val = np.where(Y > 1, -1, Y), Y_VAL % 2
    binary = skorch.NeuralNetBinaryClassifier(
        Single, max_epochs=2, verbose=0, train_split=None, batch_size=16
    )
    active = learner(FisherKernel(LAYERS), binary, y=y, y_val=y_val)
    assert len(set(active.query(batch_size=7))) == 7


def test_through_pipelines_and_searches(fitted):
    double = FunctionTransformer(lambda X: 2 * X)
    plain = learner(FisherKernel(LAYERS, pseudo_label="predicted"))
    piped = learner(
        FisherKernel(LAYERS, pseudo_label="predicted"), make_pipeline(double, "passthrough", net())
    )
    piped.estimator_[-1].module_.load_state_dict(plain.estimator_.module_.state_dict())
    with torch.no_grad():
        piped.estimator_[-1].module_.conv1.weight /= 2
    np.testing.assert_array_equal(plain.query(batch_size=9), piped.query(batch_size=9))
    search = GridSearchCV(net(max_epochs=1), {"lr": [0.1]}, cv=2)
    assert len(learner(FisherKernel(LAYERS), search).query(batch_size=5)) == 5


def refused(match, error=ValueError, estimator=None, **params):
    with pytest.raises(error, match=match):
        learner(FisherKernel(**params), estimator).query()


def test_refusals():
    refused(r"LeNet has no module named 'conv3': it has \['conv1'", layers=["conv3"])
    refused("'relu' is used more than once in a pass", layers=["relu"])

    class Odd(LeNet):
        def __init__(self):
            super().__init__()
            self.unused = torch.nn.ReLU()
            self.aside = torch.nn.Conv2d(1, 2, 3)
            self.several = torch.nn.Identity()

        def forward(self, x):
            self.aside(x)
            self.several((x, x))
            return super().forward(x)

    refused(
        "'unused' is not used when the net looks at rows", layers=["unused"], estimator=net(Odd)
    )
    refused(
        "'aside' has no part in the net's logits",
        layers=["aside"],
        after="module",
        estimator=net(Odd),
    )
    refused("'several' puts out a tuple", TypeError, layers=["several"], estimator=net(Odd))

    def shrink(X, rng):
        return X[:, :, :4]

    refused("it must keep the shape", layers=LAYERS, pseudo_label="covariance", perturb=shrink)


# ------------------------------------------------------------------ labels from perturbed copies
def slow_information(z, g):
    """½ log(|C_zz||C_gg|/|C_joint|) of the shrunk correlations of one row, with determinants."""
    joint = np.hstack([z, g]).astype(np.float64)
    n, p = joint.shape
    deviation = joint.std(axis=0)
    joint = (joint - joint.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    alpha = p / (p + n)
    C = (1 - alpha) * joint.T @ joint / n + alpha * np.eye(p)
    det = np.linalg.slogdet
    L = z.shape[1]
    return (det(C[:L, :L])[1] + det(C[L:, L:])[1] - det(C)[1]) / 2


@pytest.mark.parametrize("copies", [2, 5, 40])
def test_dependence(copies):
    z = [RNG.normal(size=(copies, 7, 4)), RNG.normal(size=(copies, 7, 6))]
    g = [part + RNG.normal(size=part.shape) for part in z]
    g[0][:, 3], z[1][:, :, 2], z[1][:, 5] = 1.0, 0.0, 0.3  # what never varies
    for row in range(7):
        trace = sum(
            np.trace(np.cov(a[:, row].T, b[:, row].T)[: a.shape[2], a.shape[2] :])
            for a, b in zip(z, g)
        )
        np.testing.assert_allclose(dependence.covariance(z, g)[row], trace, atol=1e-12)
        joined = [np.hstack([part[:, row] for part in parts]) for parts in (z, g)]
        np.testing.assert_allclose(
            dependence.mutual_information(z, g)[row], slow_information(*joined), atol=1e-10
        )
    assert (dependence.mutual_information(z, g) >= -1e-12).all()


def test_dependence_worked_out_by_hand():
    """Two copies, one dimension: z = ±1; g = ±3 moves with it, −1/+1 against it, 2 not at all."""
    z = [np.array([[[1.0]], [[-1.0]]])]
    for g, covariance, correlation in (([3, -3], 6, 1), ([-1, 1], -2, -1), ([2, 2], 0, 0)):
        g = [np.array(g, dtype=float).reshape(2, 1, 1)]
        assert dependence.covariance(z, g) == pytest.approx(covariance)
        # shrunk by α = 2/(2 + 2): variances 1 (a constant: ½), correlation halved
        expected = -0.5 * np.log(1 - (correlation / 2) ** 2)
        assert dependence.mutual_information(z, g) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("rule", ["covariance", "mutual_information"])
@pytest.mark.parametrize("n_draws", [3, 30])
def test_labels_over_draws(rule, n_draws, fitted):
    """The rule against copies perturbed and passed one by one."""
    copies = {}

    def perturb(X, rng):
        part = copies.setdefault(len(copies), X + 0.5 * rng.normal(size=X.shape).astype(np.float32))
        return part

    layers = ["conv1", "conv2"]
    active = learner(FisherKernel(layers))
    state = active.query_state()
    pool = state.pool.part(state.candidates[: 600 // n_draws])  # two blocks of them
    label = pseudo_labels(rule, state, pool, None, Copies(layers, n_draws, perturb))
    ours = label(None, None, slice(None))
    step = max(1, 512 // n_draws)
    module = active.estimator_.module_
    blocks, scores = [range(s, min(s + step, len(pool))) for s in range(0, len(pool), step)], []
    for block, rows in enumerate(blocks):
        drawn = [copies[block * n_draws + i] for i in range(n_draws)]
        for row in range(len(rows)):
            images, by_label = [image[row] for image in drawn], []
            for y in range(K):
                scales = by_hand(module, images, [y] * n_draws, layers)
                if rule == "covariance":
                    by_label.append(
                        sum(np.cov(z.T, g.T)[: z.shape[1], z.shape[1] :].trace() for z, g in scales)
                    )
                else:
                    by_label.append(slow_information(*(np.hstack(parts) for parts in zip(*scales))))
            scores.append(by_label)
    np.testing.assert_array_equal(ours, np.argmax(scores, axis=1))
    assert state.records["share_of_labels_alike"] < 0.2


def test_asking_twice_draws_the_same_copies():
    active = learner(FisherKernel(LAYERS, pseudo_label="covariance", draws=3))
    np.testing.assert_array_equal(active.query(batch_size=8), active.query(batch_size=8))
    again = learner(FisherKernel(LAYERS, pseudo_label="covariance", draws=3))
    np.testing.assert_array_equal(active.query(batch_size=8), again.query(batch_size=8))


def test_fewer_draws_than_dimensions(fitted):
    for rule in ("covariance", "mutual_information"):
        active = learner(FisherKernel(LAYERS, pseudo_label=rule, draws=2))
        assert len(set(active.query(batch_size=10))) == 10


def test_linear_layers_tell_no_labels_apart():
    for layers in (["head"], ["drop"], ["drop", "head"]):
        for rule in ("covariance", "mutual_information"):
            refused("cannot tell labels apart on layers=", layers=layers, pseudo_label=rule)
    for rule in ("covariance", "mutual_information"):  # one that can is enough
        learner(FisherKernel(["head", "conv1"], pseudo_label=rule)).query()


def test_feature_noise():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(5000, 3)) * [1, 10, 0] + 5
    noise = feature_noise(A)(A, rng) - A
    np.testing.assert_allclose(noise.std(axis=0), [0.1, 1, 0], rtol=0.1)
    assert feature_noise(A.astype(np.float32))(A.astype(np.float32), rng).dtype == np.float32
    assert feature_noise(A.astype(np.uint8))(A.astype(np.uint8), rng).dtype == np.float32
    with pytest.raises(TypeError, match="X is a list: say how its rows are perturbed"):
        feature_noise(["one text", "another"])


def test_unit_is_what_it_says():
    assert unit([1.0, 2.0, 3.0]) @ unit([2.0, 4.0, 6.0]) == pytest.approx(1)


@pytest.mark.parametrize(
    "params", [{}, {"pseudo_label": "predicted", "clip": True}, {"kernel": "feature"}], ids=str
)
@pytest.mark.parametrize("b", [2, 12, 40])
def test_the_last_layer_of_a_net(params, b):
    """Tensors all the way, against the loops."""
    active = learner(FisherKernel(**params), net(max_epochs=8))
    state = active.query_state()
    assert isinstance(state.pool.features, torch.Tensor)
    pool, eye = np.flatnonzero(Y == -1), np.eye(K)
    Z, Z_val = state.pool.features.numpy(), state.holdout.features.numpy()
    P, P_val = active.predict_proba(X[pool]), active.predict_proba(X_VAL)
    if params.get("pseudo_label") == "predicted":
        labels = P.argmax(1)
    else:
        labels = Y_VAL[dense_kernel([(Z_val, Z_val)], [(Z, Z)], "feature").argmax(axis=0)]
    params = {name: value for name, value in params.items() if name != "pseudo_label"}
    holdout = [(Z_val, eye[Y_VAL] - P_val)]
    R = dense_kernel(holdout, [(Z, eye[labels] - P)], **params)
    between = dense_kernel(holdout, holdout, **params)
    wrong, loss = np.flatnonzero(P_val.argmax(1) != Y_VAL), -np.log(P_val[np.arange(M), Y_VAL])
    expected = pool[algorithm_1(R, np.diag(between).round(6), between, loss, wrong, b)]
    np.testing.assert_array_equal(active.query(batch_size=b), expected)


def test_any_floating_point_type():
    double = net(module__n_out=K)
    double.set_params(module__n_out=K)
    active = learner(FisherKernel(LAYERS, pseudo_label="predicted"), double)
    rows = active.query(batch_size=8)
    active.estimator_.module_.double()

    class Doubled(torch.nn.Module):
        def __init__(self, inner):
            super().__init__()
            for name in (*LAYERS, "head"):
                setattr(self, name, getattr(inner, name))
            self.inner = [inner]
            self.last_layer = "head"

        def forward(self, x):
            return self.inner[0](x.double())

    active.estimator_.module_ = Doubled(active.estimator_.module_.eval())
    np.testing.assert_array_equal(active.query(batch_size=8), rows)
