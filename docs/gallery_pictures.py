"""The pictures of the examples that want torch, which the docs are built without.

    python docs/gallery_pictures.py

runs these and writes what they show to docs/_static.
"""

import runpy
from pathlib import Path
from types import SimpleNamespace

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from skal.display import LearningCurveDisplay

DOCS = Path(__file__).parent


def save(name):
    """The last figure that was drawn."""
    plt.savefig(DOCS / "_static" / f"gallery-{name}.png", dpi=90)
    plt.close("all")


def draw_segmentation(draw, run, seeds=3, rounds=5):
    """Some images with their masks, and the curves that the script prints, with their intervals."""
    images, masks = draw(6, np.random.default_rng(0))
    left, right = plt.figure(figsize=(10, 4), layout="constrained").subfigures(1, 2)
    axes = left.subplots(4, 3)
    for shown, rows in ((images, (0, 2)), (masks, (1, 3))):
        for ax, pixels in zip(axes[rows, :].ravel(), shown):
            ax.imshow(pixels, cmap="gray" if shown is images else "viridis")
            ax.set_axis_off()
    labels = 4 + 2 * np.arange(rounds + 1)
    curves = {
        name: SimpleNamespace(
            n_labelled=labels, values=np.array([run(name, seed, rounds) for seed in range(seeds)])
        )
        for name in ("random", "wrong prediction")
    }
    LearningCurveDisplay(curves, value_name="Mean overlap").plot(right.subplots())


def main():
    for name in ("net", "images_frozen_features"):
        runpy.run_path(str(DOCS / "examples" / f"{name}.py"), run_name="__main__")
        save(name)
    found = runpy.run_path(str(DOCS / "examples" / "segmentation.py"))
    draw_segmentation(found["draw"], found["run"])
    save("segmentation")


if __name__ == "__main__":
    main()
