"""The import of matplotlib, and the style of all plots."""

from types import ModuleType
from typing import Any

# Okabe and Ito's colour-blind safe palette, without yellow, which is hard to see on white;
# neighbours differ in lightness, for greyscale prints.  Markers go with colours, dashes and filling
# have separate cycles: 70 strategies before two look the same.
COLOURS = ("#000000", "#D55E00", "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9")
MARKERS = ("o", "s", "^", "D", "P", "v", "X")
DASHES = ("-", (0, (4, 1.5)), (0, (7, 1.5, 1, 1.5)), (0, (1, 1.2)), (0, (5, 1.2, 1, 1.2, 1, 1.2)))


def load_matplotlib(display: object) -> ModuleType:
    """Return matplotlib.pyplot, or raise an error that says how to install it."""
    try:
        import matplotlib.pyplot
    except ImportError as error:
        raise ImportError(
            f'{type(display).__name__} requires matplotlib: pip install "skal[plot]".'
        ) from error
    return matplotlib


def axes_for(display: object, ax: Any = None, **subplots: Any) -> Any:
    """Return the given axes, or new ones, without the top and right lines of the frame."""
    plt = load_matplotlib(display).pyplot
    if ax is None:
        _, ax = plt.subplots(layout="constrained", **subplots)
    for one in ax.flat if hasattr(ax, "flat") else [ax]:
        one.spines[["top", "right"]].set_visible(False)
    return ax


def curve_style(i: int) -> dict:
    """Return the style of the i-th strategy, the same in all plots."""
    look = i % len(COLOURS)
    return {
        "color": COLOURS[look],
        "marker": MARKERS[look],
        "markerfacecolor": "white" if i % 2 else COLOURS[look],
        "linestyle": DASHES[i % len(DASHES)],
        "markersize": 5.5,
        "linewidth": 1.4,
    }
