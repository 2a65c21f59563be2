"""Features that are encoded once and kept."""

import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal import datasets
from skal.datasets import archives, features
from skal.datasets.archives import data_home
from tests.datasets.loading import loaded


def test_every_beginning_of_the_turns_is_balanced():
    y = np.random.default_rng(0).permutation(np.repeat(np.arange(4), 25))
    order = features.class_turns(y)
    assert sorted(order) == list(range(100))
    for n in (1, 7, 40, 99):
        counts = np.bincount(y[order[:n]], minlength=4)
        assert np.ptp(counts) <= 1
    first = [np.flatnonzero(y == c)[:10] for c in range(4)]
    assert set(order[:40]) == set(np.concatenate(first))


def test_kept_by_what_it_was_made_of(tmp_path, monkeypatch):
    monkeypatch.setenv("SKAL_DATA", str(tmp_path))
    made = []

    def make(value):
        made.append(value)
        return np.full(3, value, np.float32)

    assert features.kept("a", ("x", 1), lambda: make(1)).tolist() == [1, 1, 1]
    assert features.kept("a", ("x", 1), lambda: make(2)).tolist() == [1, 1, 1]
    assert features.kept("a", ("x", 2), lambda: make(3)).tolist() == [3, 3, 3]
    assert made == [1, 3]
    assert all(path.suffix == ".npy" for path in (tmp_path / "features").iterdir())


def test_what_was_altered_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("SKAL_DATA", str(tmp_path))
    made = np.arange(12, dtype=np.float32).reshape(3, 4)
    features.kept("a", (), lambda: made)
    (path,) = (tmp_path / "features").iterdir()
    np.testing.assert_array_equal(np.load(path), made)  # an .npy file as any other
    whole = path.read_bytes()
    for altered in (whole[:-40] + b"!" + whole[-39:], whole[:-1], whole + b"\0", whole[:9], b""):
        path.write_bytes(altered)
        with pytest.raises(
            ValueError, match=r"a-.*\.npy does not have the content that was written"
        ):
            features.kept("a", (), lambda: made)
    path.unlink()
    np.testing.assert_array_equal(features.kept("a", (), lambda: made), made)


def test_what_was_broken_off_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("SKAL_DATA", str(tmp_path))

    def half(file, array):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "save", half)
    with pytest.raises(KeyboardInterrupt):
        features.kept("a", (), lambda: np.ones(3))
    assert not any((tmp_path / "features").iterdir())


@pytest.fixture
def small_cifar(tmp_path, monkeypatch):
    """2,500 images of one pixel value each, encoded by looking at it; says what was encoded."""
    monkeypatch.setenv("SKAL_DATA", str(tmp_path))
    (tmp_path / archives.EFFICIENTNET.file).touch()
    monkeypatch.setattr(archives, "is_whole", lambda archive, path: True)
    y = np.random.default_rng(0).permutation(np.arange(2500) % 10)
    encoded = []

    def encode(rows):
        encoded.append(len(rows))
        return np.repeat(rows[:, None], 2, axis=1).astype(np.float32)

    monkeypatch.setattr(features, "cifar10_labels", lambda split, dataset: y)
    monkeypatch.setattr(features, "load_cifar10", lambda split: (np.arange(2500), y))
    monkeypatch.setattr(features, "image_encoder", lambda size: encode)
    return y, encoded


def test_features_are_encoded_once_and_aligned(small_cifar):
    y, encoded = small_cifar
    X, labels = datasets.load_cifar10_features(n=100)
    assert encoded == [1000]
    rows = X[:, 0].astype(int)
    assert (np.diff(rows) > 0).all()  # in file order
    np.testing.assert_array_equal(labels, y[rows])
    assert np.bincount(labels).tolist() == [10] * 10
    datasets.load_cifar10_features(n=1000)
    assert encoded == [1000]
    X, labels = datasets.load_cifar10_features()
    assert encoded == [1000, 1000, 500]
    np.testing.assert_array_equal(X[:, 0], np.arange(2500))
    np.testing.assert_array_equal(labels, y)
    datasets.load_cifar10_features(n=10, size=32)
    assert encoded == [1000, 1000, 500, 1000]


@pytest.mark.usefixtures("small_cifar")
@pytest.mark.parametrize("wrong", [{"n": 0}, {"n": 2501}, {"n": 1.5}, {"size": 16}])
def test_features_refuse(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name}="):
        datasets.load_cifar10_features(**wrong)


def test_features_of_no_such_split():
    with pytest.raises(ValueError, match="split='valid'"):
        datasets.load_cifar10_features("valid")


@pytest.mark.parametrize(
    ("absent", "call"),
    [
        ("efficientnet_lite_pytorch", lambda: features.image_encoder(64)),
        ("transformers", lambda: features.encode_sentences(["a"])),
    ],
)
def test_a_missing_package_is_named(absent, call, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(ImportError, match=rf'{absent}.* pip install "skal\[data\]"'):
        call()


def has_kept(pattern):
    return any((data_home() / "features").glob(pattern))


def test_sentences_as_features():
    if not has_kept("rt-polarity-minilm-*.npy"):
        pytest.skip("not encoded yet")
    X, y = loaded("rt_polarity_features")
    assert X.shape == (10605, 384)
    assert X.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), 1, rtol=1e-5)
    assert LogisticRegression().fit(X[::4], y[::4]).score(X[1::4], y[1::4]) > 0.7


def test_photographs_as_features():
    if not has_kept("cifar10-test-160px-00-*.npy"):
        pytest.skip("not encoded yet")
    X, y = loaded("cifar10_features", "test", n=1000)
    assert X.shape == (1000, 1280)
    assert X.dtype == np.float32
    assert np.bincount(y).tolist() == [100] * 10
    half = np.arange(1000) % 2 == 0
    assert LogisticRegression(max_iter=1000).fit(X[half], y[half]).score(X[~half], y[~half]) > 0.6
