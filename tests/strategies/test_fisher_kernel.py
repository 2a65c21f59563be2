"""FisherKernel on convolutional nets, against equations 6 and 12 worked out row by row."""

import itertools

import numpy as np
import pytest

from skal import ActiveLearner
from skal.strategies import FisherKernel

torch = pytest.importorskip("torch", reason="nets need torch")
skorch = pytest.importorskip("skorch", reason="nets need skorch")
F = torch.nn.functional

K, N, M, KNOWN = 3, 50, 24, 18


class Functional(torch.nn.Module):
    """ReLU and pooling are calls, the pooling first."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = torch.nn.Conv2d(1, 4, 3), torch.nn.Conv2d(4, 7, 3)
        self.fc1, self.fc2 = torch.nn.Linear(28, 11), torch.nn.Linear(11, K)

    def taps(self, x):
        """What becomes of each layer, in the order of the names; the logits last."""
        one = torch.relu(F.max_pool2d(self.conv1(x), 2))
        two = F.relu(F.avg_pool2d(self.conv2(one), 2))
        three = self.fc1(two.flatten(1)).relu()
        return one, two, three, self.fc2(three)

    def forward(self, x):
        return self.taps(x)[-1]


class Modules(Functional):
    """ReLU in place and pooling are modules, after a batch norm and before dropout."""

    def __init__(self):
        super().__init__()
        self.norm, self.relu = torch.nn.BatchNorm2d(4), torch.nn.ReLU(inplace=True)
        self.pool, self.drop = torch.nn.MaxPool2d(2), torch.nn.Dropout(0.5)

    def taps(self, x):
        one = self.pool(self.relu(self.norm(self.conv1(x))))
        two = self.pool(self.drop(self.relu(self.conv2(one))))
        three = self.drop(self.relu(self.fc1(two.flatten(1))))
        return one, two, three, self.fc2(three)


class InPlace(Functional):
    """The value of a ReLU in place is not used but its effect; what comes after branches."""

    def taps(self, x):
        one = self.conv1(x)
        one.relu_()
        both = F.max_pool2d(one, 2) + F.avg_pool2d(one, 2)  # two use it: no pooling of its own
        two = F.gelu(F.max_pool2d(self.conv2(both), 2))
        three = torch.tanh(self.fc1(two.flatten(1)))
        return one, two, three, self.fc2(three)


LAYERS = ["conv1", "conv2", "fc1"]
NETS = {"functional": Functional, "modules": Modules, "in place": InPlace}
RULES = [
    {"kernel": "feature"},
    {"pseudo_label": "neighbour"},
    {"pseudo_label": "predicted"},
    {"pseudo_label": "neighbour", "scale_weights": "equal"},
    {"pseudo_label": "predicted", "order": "match"},
]


def images(seed):
    rng = np.random.default_rng(seed)
    truth, y_val = rng.integers(0, K, N), np.arange(M) % K
    places = 0.7 * rng.normal(size=(K, 1, 14, 14))
    X, X_val = (places[y] + rng.normal(size=(len(y), 1, 14, 14)) for y in (truth, y_val))
    y = np.where(np.arange(N) < KNOWN, truth, -1)
    return X.astype(np.float32), y, X_val.astype(np.float32), y_val


def fitted(kind, seed, strategy):
    X, y, X_val, y_val = images(seed)
    torch.manual_seed(seed)
    net = skorch.NeuralNetClassifier(
        NETS.get(kind, Residual),
        criterion=torch.nn.CrossEntropyLoss,
        max_epochs=3,
        lr=0.1,
        verbose=0,
        train_split=None,
        batch_size=16,
    )
    learner = ActiveLearner(net, strategy, missing_label=-1, random_state=seed)
    return learner.fit(X, y, X_val=X_val, y_val=y_val)


# ------------------------------------------------------------------ the slow way
def standard(vector):
    """Zero mean and unit variance."""
    centred = np.asarray(vector, dtype=np.float64) - np.mean(vector, dtype=np.float64)
    deviation = np.sqrt(np.mean(centred**2))
    return centred / deviation if deviation > 1e-9 else 0 * centred


def means(tensor):
    """Over all positions of one image."""
    return tensor[0].detach().double().reshape(tensor.shape[1], -1).mean(1).numpy()


def described(module, image, label):
    """For each layer (z, g) of one image: its values and the slopes of log p(label) in them."""
    *taps, logits = module.eval().taps(torch.as_tensor(image[None]))
    slopes = torch.autograd.grad(torch.log_softmax(logits, 1)[0, label], taps)
    return [(standard(means(z)), standard(means(g))) for z, g in zip(taps, slopes, strict=True)]


def kernel(v, x, features_only, equal):
    """Equation 6 or 12 for one pair of images."""
    total = 0.0
    for (z, g), (z_x, g_x) in zip(v, x, strict=True):
        weight = 1 / len(z) if equal else 1
        alike = weight * sum(a * b for a, b in zip(z, z_x, strict=True))
        if not features_only:
            alike *= weight * sum(a * b for a, b in zip(g, g_x, strict=True))
        total += alike
    return total


def algorithm_1(learner, data, b, order="loss", kernel_of="fisher", **rules):
    """Rows that algorithm 1 asks for, in turns."""
    X, y, X_val, y_val = data
    module, pool = learner.estimator_.module_, np.flatnonzero(y == -1)
    equal, only = rules.get("scale_weights") == "equal", kernel_of == "feature"
    holdout = [described(module, *pair) for pair in zip(X_val, y_val, strict=True)]
    labels = learner.predict(X[pool])
    if rules.get("pseudo_label") == "neighbour":
        rows = [described(module, image, 0) for image in X[pool]]
        R = np.array([[kernel(v, x, True, equal) for x in rows] for v in holdout])
        labels = y_val[R.argmax(axis=0)]
    rows = [described(module, *pair) for pair in zip(X[pool], labels, strict=True)]
    loss = -np.log(learner.predict_proba(X_val)[np.arange(M), y_val])
    wrong = np.flatnonzero(learner.predict(X_val) != y_val)
    assert len(wrong) > 3
    centres = [int(i) for i in wrong[np.argsort(-loss[wrong], kind="stable")]]
    if len(centres) > b:
        first = 0
        if order == "match":
            first = int(
                np.random.default_rng(learner.query_state().rng.bit_generator.seed_seq).integers(
                    len(centres)
                )
            )
        chosen = [centres[first]]
        apart = {
            (i, j): kernel(holdout[i], holdout[i], only, equal)
            + kernel(holdout[j], holdout[j], only, equal)
            - 2 * kernel(holdout[i], holdout[j], only, equal)
            for i, j in itertools.product(centres, centres)
        }
        while len(chosen) < b:
            left = [i for i in centres if i not in chosen]
            chosen.append(max(left, key=lambda i: min(apart[i, c] for c in chosen)))
        centres = chosen
    R = np.array([[kernel(holdout[i], x, only, equal) for x in rows] for i in centres])
    if order == "match":
        R = R[np.argsort(-R.max(axis=1), kind="stable")]
    picks = []
    while len(picks) < b:
        for line in R:
            if len(picks) < b:
                left = [j for j in range(len(pool)) if j not in picks]
                picks.append(max(left, key=lambda j: (line[j], -j)))
    return pool[picks]


# ------------------------------------------------------------------ tests
@pytest.mark.slow
@pytest.mark.parametrize("rules", RULES, ids=lambda rules: " ".join(rules.values()))
@pytest.mark.parametrize("kind", NETS)
def test_equations_6_and_12(kind, rules):
    """3 nets × 5 rules × 2 seeds × 2 batches: 60 selections."""
    for seed in range(2):
        learner = fitted(kind, seed, FisherKernel(LAYERS, **rules))
        for b in (3, 12):
            params = {"kernel_of" if name == "kernel" else name: v for name, v in rules.items()}
            expected = algorithm_1(learner, images(seed), b, **params)
            np.testing.assert_array_equal(learner.query(batch_size=b), expected)


class Residual(Functional):
    """The second convolution's output goes into a sum before its ReLU."""

    def __init__(self):
        super().__init__()
        self.same = torch.nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        one = torch.relu(F.max_pool2d(self.conv1(x), 2))
        two = torch.relu(self.same(one) + one)
        return self.fc2(self.fc1(F.relu(F.avg_pool2d(self.conv2(two), 2)).flatten(1)).relu())


def test_a_convolution_whose_output_goes_into_a_sum_is_refused():
    with pytest.raises(
        ValueError, match=r"'same' after the non-linearity.* goes into (__add__|add) first"
    ):
        fitted("residual", 0, FisherKernel(["same"])).query(batch_size=3)
    rows = fitted("residual", 0, FisherKernel(["same"], after="module")).query(batch_size=3)
    assert len(set(rows)) == 3
