"""The files of a user of `FrozenFeatures`, and changes to them.

Each change is a kind, a name, edits (file, old, new) and the expected result: "fresh" features;
"refused"; a "hit", if nothing changes; "stale", if skal cannot read the change, in which case
another version= must give fresh features.  Row 37 of 64 is rare: only it contains a value above 5,
and it is not among the probes.
"""

RARE_ROW = 37

SETTINGS = """
SCALE = 1.0
HIGH = 5.0
HIDDEN = 5.0
"""

LATE = """
HIGH = 5.0
"""

USER = """
import functools
import json

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.utils.extmath import softmax
from skal.nets import FrozenFeatures
import settings

MEAN = 0.0
HIGH = 5.0
WORDS = {"common": 1.0, "rare": 1.0}
calls = 0


def inner(X):
    return X * 1.0


def helper(X, by=1.0):
    return inner(by * X)


@functools.lru_cache
def cached(n):
    return 1.0 if n > 0 else 2.0


@functools.lru_cache
def cached_top(n):
    return 5.0 if n > 0 else 2.0


def doubled(function):
    @functools.wraps(function)
    def wrapper(X):
        return 1.0 * function(X)

    return wrapper


def closing(offset, high):
    def add(X):
        return np.where(X > high, X + 0.1, X) + offset

    return add


class Clip:
    def __init__(self, high):
        self.high = high

    def __call__(self, X):
        return np.where(X > self.high, X - 0.1, X)


def power(X, exponent, high):
    return np.where(X > high, X + 0.1, X) ** exponent


added = closing(0.0, 5.0)
clip = Clip(5.0)
raised = functools.partial(power, exponent=1, high=5.0)


def read(name):
    with open(name) as file:
        return json.load(file)


@doubled
def preprocess(X, weight=1.0, high=5.0):
    global calls
    calls += 1
    X = raised(clip(added(helper((X - MEAN) * weight))))
    X = X * settings.SCALE * cached(3) * read("table.json")["scale"]
    X = np.where(X > high, X + 0.2, X)
    X = np.where(X > HIGH, X + 0.2, X)
    X = np.where(X > settings.HIGH, X + 0.2, X)
    X = np.where(X > getattr(settings, "HID" + "DEN"), X + 0.2, X)
    X = np.where(X > cached_top(3), X + 0.2, X)
    X = np.where(X > read("table.json")["high"], X + 0.2, X)
    from late import HIGH as late
    X = np.where(X > late, X + 0.2, X)
    X = np.array([[WORDS["rare" if v > 5 else "common"] * v for v in row] for row in X])
    for row in X:
        if row.max() > 5:
            row[0] += 0.0
    return X.astype(np.float32)


def scaling(factor):
    def hook(part, inputs, output):
        return factor * output

    return hook


def preparing(high):
    def hook(part, inputs):
        return (torch.where(inputs[0] > high, inputs[0] + 0.1, inputs[0]),)

    return hook


class Parent(torch.nn.Module):
    gain = 1.0

    def finish(self, x):
        return self.gain * x

    def __call__(self, x):
        return 1.0 * super().__call__(x)


class Net(Parent):
    _scale = 1.0
    _high = 5.0

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.linear = torch.nn.Linear(3, 6)
        self.norm = torch.nn.BatchNorm1d(6, eps=1e-5)
        self.norm.running_mean += 0.1
        self.relu = torch.nn.ReLU()
        self.drop = torch.nn.Dropout(0.5)
        self.head = torch.nn.Linear(6, 5)
        self.register_buffer("kept", torch.tensor(1.0))
        self.register_buffer("unkept", torch.tensor(1.0), persistent=False)
        self.high = 5.0
        self.by = 1.0
        self.count = 0
        self.act = torch.tanh
        self.linear.register_forward_hook(scaling(1.0))
        self.linear.register_forward_pre_hook(preparing(5.0))

    @property
    def factor(self):
        return 1.0

    @staticmethod
    def plain(x):
        return 1.0 * x

    @classmethod
    def of_class(cls, x):
        return cls._scale * x

    def forward(self, x, lift=0.0, *, high=5.0):
        self.count += 1
        rare = (x > 5).any(1, keepdim=True)
        x = torch.where(rare & (x > high), x + 0.1, x)
        x = torch.where(x > self.high, x + 0.1, x)
        x = torch.where(x > self._high, x + 0.1, x)
        x = self.norm(self.linear(x)) * self.by + lift
        x = self.drop(self.relu(x)) + 0.1 * self.act(x) + F.softplus(x) * self.kept * self.unkept
        x = torch.where(rare, x + 0.0, x)
        x = self.of_class(self.plain(x)) * self.factor * settings.SCALE
        return self.finish(self.head(x)) + 0.01 * F.elu(x[:, :1])


net = Net()
X = 2 * np.random.default_rng(0).normal(size=(64, 3)).clip(-2, 2)
X[37] = 5.5, 0.5, -0.5
# patches go here


def pool(output):
    return output * 1.0


def features(memory, version):
    frozen = FrozenFeatures(
        net, layer=None, pool=pool, preprocess=preprocess, device=None, batch_size=16,
        memory=memory, version=version,
    )
    return frozen.transform(X)
"""

FILES = {
    "user.py": USER,
    "settings.py": SETTINGS,
    "late.py": LATE,
    "table.json": '{"scale": 1.0, "high": 5.0}',
}


def change(kind, name, old, new, expected="fresh", file="user.py"):
    return kind, name, [(file, old, new)], expected


PATCHES = "# patches go here\n"
LINEAR = """
def forward(self, x):
    return F.linear(x, self.weight, self.bias) + (x > 5).any(1, keepdim=True) * (x.shape[1] == 3)

torch.nn.Linear.forward = forward
"""


def patch(kind, name, code, expected="fresh"):
    return change(kind, name, PATCHES, code, expected)


ALL, RARE = "code, for all rows", "code, for a rare row"
SAME = "nothing that matters"
DATA = "weights, options and rows"
INSTALLED = "installed code"
UNSEEN = "what skal cannot see, for a rare row"
REFUSED = "random, or of the batch"

CHANGES = [
    # code that changes the features of every row
    change(ALL, "default of forward", "lift=0.0", "lift=0.5"),
    change(ALL, "private class attribute", "_scale = 1.0", "_scale = 2.0"),
    change(ALL, "class attribute of a parent", "gain = 1.0", "gain = 2.0"),
    change(ALL, "method of a parent", "return self.gain * x", "return -self.gain * x"),
    change(ALL, "__call__ of a parent", "1.0 * super()", "2.0 * super()"),
    change(
        ALL, "property", "factor(self):\n        return 1.0", "factor(self):\n        return 2.0"
    ),
    change(ALL, "static method", "return 1.0 * x", "return 2.0 * x"),
    change(ALL, "class method", "cls._scale * x", "cls._scale * x + 1"),
    change(ALL, "a module's attribute", "SCALE = 1.0", "SCALE = 2.0", file="settings.py"),
    change(ALL, "function under lru_cache", "return 1.0 if n", "return 3.0 if n"),
    change(ALL, "closure of a hook", "scaling(1.0)", "scaling(2.0)"),
    change(ALL, "code of a hook", "return factor * output", "return factor * output + 1"),
    change(ALL, "code of preprocess", "X.astype(np.float32)", "(2 * X).astype(np.float32)"),
    change(ALL, "default of preprocess", "weight=1.0", "weight=2.0"),
    change(ALL, "closure of preprocess", "closing(0.0,", "closing(0.5,"),
    change(ALL, "global", "MEAN = 0.0", "MEAN = 0.3"),
    change(ALL, "helper", "return inner(by * X)", "return inner(by * X) + 1"),
    change(ALL, "default of a helper", "by=1.0", "by=2.0"),
    change(ALL, "helper of a helper", "return X * 1.0", "return X * 2.0"),
    change(ALL, "decorator", "1.0 * function(X)", "2.0 * function(X)"),
    change(ALL, "argument of a partial", "exponent=1", "exponent=3"),
    change(ALL, "function that a net holds", "self.act = torch.tanh", "self.act = torch.sin"),
    change(ALL, "attribute of a net", "self.by = 1.0", "self.by = 2.0"),
    change(ALL, "function pool", "return output * 1.0", "return output * 2.0"),
    change(ALL, "file that is read", '"scale": 1.0', '"scale": 2.0', file="table.json"),
    change(
        ALL,
        "a hook more",
        PATCHES,
        "net.linear.register_forward_hook(lambda p, i, o: o.bfloat16().float())\n",
    ),
    # code that changes the features of row 37 alone
    change(RARE, "if in preprocess", "row[0] += 0.0", "row[0] += 0.5"),
    change(RARE, "if in forward", "torch.where(rare, x + 0.0", "torch.where(rare, x + 0.5"),
    change(RARE, "default of preprocess", "weight=1.0, high=5.0", "weight=1.0, high=60.0"),
    change(RARE, "default of forward", "*, high=5.0", "*, high=60.0"),
    change(RARE, "global", "\nHIGH = 5.0\nW", "\nHIGH = 50.0\nW"),
    change(RARE, "a module's attribute", "\nHIGH = 5.0", "\nHIGH = 50.0", file="settings.py"),
    change(RARE, "entry of a dictionary", '"rare": 1.0', '"rare": 1.5'),
    change(RARE, "attribute of a net", "self.high = 5.0", "self.high = 50.0"),
    change(RARE, "private class attribute", "_high = 5.0", "_high = 50.0"),
    change(RARE, "closure of preprocess", "closing(0.0, 5.0)", "closing(0.0, 50.0)"),
    change(RARE, "closure of a hook", "preparing(5.0)", "preparing(50.0)"),
    change(RARE, "attribute of a callable object", "Clip(5.0)", "Clip(50.0)"),
    change(RARE, "code of a callable object", "X - 0.1, X", "X - 0.3, X"),
    change(RARE, "argument of a partial", "exponent=1, high=5.0", "exponent=1, high=50.0"),
    change(RARE, "function under lru_cache", "return 5.0 if n", "return 50.0 if n"),
    # weights, options, rows
    patch(DATA, "one weight", "with torch.no_grad():\n    net.linear.weight[0, 0] += 0.01\n"),
    patch(DATA, "weights", "with torch.no_grad():\n    net.linear.weight *= 2\n"),
    change(DATA, "buffer", '"kept", torch.tensor(1.0)', '"kept", torch.tensor(2.0)'),
    change(
        DATA,
        "buffer that is not saved",
        '"unkept", torch.tensor(1.0)',
        '"unkept", torch.tensor(2.0)',
    ),
    change(DATA, "running mean of a batch norm", "running_mean += 0.1", "running_mean += 0.4"),
    change(DATA, "eps of a batch norm", "eps=1e-5", "eps=1e-1"),
    change(DATA, "another module", "torch.nn.ReLU()", "torch.nn.LeakyReLU(0.3)"),
    patch(DATA, "number type of the net", "net.bfloat16()\n"),
    change(DATA, "layer", "layer=None", 'layer="norm"'),
    change(DATA, "several layers", "layer=None", 'layer=["norm", "head"]'),
    patch(DATA, "one element of X", "X[20, 1] += 0.5\n"),
    patch(DATA, "one element of a rare row", "X[37, 1] += 0.5\n"),
    patch(DATA, "order of the rows", "X = X[::-1]\n"),
    patch(DATA, "two rows change places", "X[[20, 21]] = X[[21, 20]]\n"),
    patch(DATA, "a row less", "X = X[:-1]\n"),
    patch(DATA, "number type of X", "X = X.astype(np.float16)\n"),
    # installed code that was patched
    patch(INSTALLED, "torch.nn.functional.softplus", "F.softplus = F.relu\n"),
    patch(INSTALLED, "torch.nn.ReLU.forward", "torch.nn.ReLU.forward = lambda self, x: x\n"),
    patch(
        INSTALLED,
        "torch.nn.Linear.forward",
        "torch.nn.Linear.forward = lambda s, x: 1.5 * F.linear(x, s.weight)\n",
    ),
    patch(
        INSTALLED,
        "numpy.where",
        "where = np.where\nnp.where = lambda c, a, b: where(c, a, b) + 0.01\n",
    ),
    # no row among the probes changes, and no code that skal reads
    change(UNSEEN, "file that is read", '"high": 5.0', '"high": 50.0', "stale", "table.json"),
    change(UNSEEN, "import within a function", "HIGH = 5.0", "HIGH = 50.0", "stale", "late.py"),
    change(
        UNSEEN,
        "attribute named by a string",
        "HIDDEN = 5.0",
        "HIDDEN = 50.0",
        "stale",
        "settings.py",
    ),
    patch(UNSEEN, "torch.nn.Linear.forward", LINEAR, "stale"),
    # what is not a function of the row
    patch(REFUSED, "noise", "clip = lambda X: X + np.random.normal(size=X.shape)\n", "refused"),
    patch(
        REFUSED,
        "dropout in evaluation",
        "net.act = lambda x: F.dropout(x, 0.5, training=True)\n",
        "refused",
    ),
    change(REFUSED, "mean of the batch", "(X - MEAN)", "(X - X.mean(0))", "refused"),
    patch(
        REFUSED,
        "batch norm without statistics",
        "net.norm = torch.nn.BatchNorm1d(6, track_running_stats=False)\n",
        "refused",
    ),
    # the same features
    change(SAME, "nothing", "\n\nMEAN", "\n\nMEAN", "hit"),
    change(SAME, "a comment", "\n\nMEAN", "\n\n# the mean\nMEAN", "hit"),
    change(
        SAME, "a function that nobody calls", "\n\nMEAN", "\n\ndef other(): pass\n\nMEAN", "hit"
    ),
    change(SAME, "batch_size", "batch_size=16", "batch_size=64", "hit"),
    change(SAME, "device by its name", "device=None", 'device="cpu"', "hit"),
    patch(SAME, "training mode", "net.eval()\n", "hit"),
    patch(SAME, "a counter", "net.count = 7\n", "hit"),
    patch(SAME, "X copied", "X = X.copy()\n", "hit"),
]
