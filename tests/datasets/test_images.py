"""Images: large pictures, and the sets where they are."""

import io
import sys

import numpy as np
import pytest

from skal import datasets
from skal.datasets import images
from tests.datasets.loading import check_classes, loaded


def test_a_huge_picture_is_read():
    Image = pytest.importorskip("PIL.Image")
    limit = Image.MAX_IMAGE_PIXELS
    file = io.BytesIO()
    Image.fromarray(np.arange(12, dtype=np.uint8).reshape(2, 2, 3)).save(file, "png")
    assert images.decoded(file.getvalue()).ravel().tolist() == list(range(12))
    assert limit == Image.MAX_IMAGE_PIXELS


def test_cifar10():
    pytest.importorskip("PIL")
    X, y = loaded("cifar10", "test")
    assert X.shape == (10000, 32, 32, 3)
    assert X.dtype == np.uint8
    assert np.bincount(y).tolist() == [1000] * 10


@pytest.mark.parametrize(
    ("part", "shape", "total", "counts"),
    [
        ("train", (60000, 28, 28), 1567298545, (6742, 5421)),
        ("test", (10000, 28, 28), 264923200, (1135, 892)),
    ],
)
def test_mnist(part, shape, total, counts):
    check_classes(*loaded("mnist", part), shape, total, counts)


@pytest.mark.parametrize("load", [datasets.load_mnist, datasets.load_cifar10])
def test_images_of_no_such_split(load):
    with pytest.raises(ValueError, match="split='valid'"):
        load("valid")


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r'PIL.* pip install "skal\[data\]"'):
        images.decoded(b"")
