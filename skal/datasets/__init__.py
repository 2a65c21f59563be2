"""Benchmark data: real sets that ship inside packages, and the papers' synthetic ones."""

from skal.datasets.features import load_cifar10_features, load_rt_polarity_features
from skal.datasets.images import load_cifar10, load_mnist
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
]
