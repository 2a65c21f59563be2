"""The order of the gallery: what most people come for first."""

from pathlib import Path

ORDER = [
    "plot_table",
    "plot_default",
    "plot_regression",
    "plot_text",
    "images_frozen_features",
    "net",
    "plot_forest",
    "plot_imbalanced_pool",
    "plot_biased_pool",
    "plot_compare",
    "plot_cross_validation",
    "plot_notebook",
    "segmentation",
]


class Order:
    """A sort key for sphinx-gallery: an example that is not named is an error."""

    def __init__(self, src_dir):
        pass

    def __call__(self, filename):
        return ORDER.index(Path(filename).stem)
