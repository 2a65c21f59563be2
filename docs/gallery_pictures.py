"""The pictures of the examples that want torch, which the docs are built without.

    python docs/gallery_pictures.py

runs these and writes what they show to docs/_static.
"""

import runpy
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

DOCS = Path(__file__).parent


def save(name):
    """The last figure that was drawn."""
    plt.savefig(DOCS / "_static" / f"gallery-{name}.png", dpi=90)
    plt.close("all")


def main():
    for name in ("net", "images_frozen_features", "segmentation"):
        runpy.run_path(str(DOCS / "examples" / f"{name}.py"), run_name="__main__")
        save(name)


if __name__ == "__main__":
    main()
