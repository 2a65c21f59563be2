"""What is kept on disk, and what it is known by."""

import functools
import os
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest
from sklearn.base import clone

from skal.nets import FrozenFeatures
from skal.nets.content import state_of
from tests.nets.small_net import IMAGES, RNG, Net

torch = pytest.importorskip("torch", reason="nets need torch")


def test_kept_on_disk_by_content(module, tmp_path):
    def features(module=module, X=IMAGES, **kwargs):
        kwargs = {"layer": "body.0", "memory": str(tmp_path), **kwargs}
        return FrozenFeatures(module, **kwargs).transform(X)

    first = features()
    Net.rows = 0  # four hits: the net is asked about some rows each time
    np.testing.assert_array_equal(features(), first)
    np.testing.assert_array_equal(features(batch_size=7), first)
    np.testing.assert_array_equal(features(pickle.loads(pickle.dumps(module))), first)
    np.testing.assert_array_equal(features(X=IMAGES.copy()), first)
    assert Net.rows <= 4 * 16
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
        self.scale, self.act, self.rows = scale, act, 0
        self.register_buffer("shift", torch.tensor(shift), persistent=False)

    def forward(self, x):
        self.rows += len(x)
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
    X = RNG.normal(size=(70, 3)).astype(np.float32)
    np.save(tmp_path / "X.npy", X)
    frozen = FrozenFeatures(module, memory=tmp_path, preprocess=times(torch.tensor(2.0)))
    first = frozen.transform(X)
    module.train()

    def rows_asked(X):
        module.rows = 0
        np.testing.assert_array_equal(clone(frozen).transform(X), first)
        return module.rows

    for same in (X.copy(), np.load(tmp_path / "X.npy", mmap_mode="r")):
        assert rows_asked(same) <= 16
    frozen.set_params(preprocess=times(torch.tensor(2.0)))
    assert rows_asked(X) <= 16
    assert rows_asked(torch.as_tensor(X)) > 70  # another kind of rows
    assert rows_asked(torch.as_tensor(X.copy())) <= 16


def test_the_digest_is_that_of_every_process(capsys):
    """Also of names that are hashed anew, and of code that was compiled elsewhere."""
    code = (
        "import numpy as np, torch\n"
        "from tests.nets.test_content import Scaled, hooked, scaled\n"
        "from skal.nets.content import content\n"
        "nets = Scaled(), hooked(2), torch.nn.LSTM(2, 3), torch.nn.TransformerEncoderLayer(4, 2)\n"
        "print(content(nets, scaled(2), torch.arange(3), {'a', 'b'}, np.ones(2), {'b': 1, 'a': 2}))"
    )
    exec(code, {})
    here = capsys.readouterr().out
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    there = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert here == there != ""


def test_what_cannot_be_told_is_named_or_refused(module, tmp_path):
    module.held = threading.Lock()
    with pytest.raises(TypeError, match=r"cannot be read .*Set version="):
        FrozenFeatures(module, memory=tmp_path).transform(IMAGES)
    FrozenFeatures(module).transform(IMAGES)
    first = FrozenFeatures(module, memory=tmp_path, version="1").transform(IMAGES)
    Net.rows = 0
    again = FrozenFeatures(module, memory=tmp_path, version="1").transform(IMAGES)
    assert Net.rows <= 16
    np.testing.assert_array_equal(again, first)
    FrozenFeatures(module, memory=tmp_path, version="2").transform(IMAGES)
    assert Net.rows > 70
    with torch.no_grad():
        module.head.bias += 1  # weights count all the same
    other = FrozenFeatures(module, memory=tmp_path, version="1").transform(IMAGES)
    np.testing.assert_allclose(other, first + 1, atol=1e-6)
    with pytest.raises(TypeError, match="version=3 must be a string"):
        FrozenFeatures(module, memory=tmp_path, version=3).transform(IMAGES)


def test_rows_that_cannot_be_told_are_refused(tmp_path):
    class Rows(list):
        def __reduce__(self):
            raise TypeError("a lock")

    linear, X = torch.nn.Linear(3, 2), Rows(np.eye(3))
    with pytest.raises(TypeError, match=r"content of X cannot be read .a lock.*memory=None"):
        FrozenFeatures(linear, memory=tmp_path, version="1").transform(X)
    assert FrozenFeatures(linear).transform(X).shape == (3, 2)


def test_the_state_of_a_net():
    module = Scaled()
    module.register_buffer("kept", torch.ones(2))
    assert {*state_of(module)} == {"linear.weight", "linear.bias", "shift", "kept"}
