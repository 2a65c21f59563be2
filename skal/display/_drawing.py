"""Where matplotlib comes in, and what all pictures look like."""

from types import ModuleType
from typing import Any

# Okabe and Ito's colours, told apart by colour-blind eyes, less the yellow that white paper
# swallows; neighbours differ in lightness, for print without colour.  Markers go with colours,
# dashes and filling have cycles of their own: 70 strategies before two look alike.
COLOURS = ("#000000", "#D55E00", "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9")
MARKERS = ("o", "s", "^", "D", "P", "v", "X")
DASHES = ("-", (0, (4, 1.5)), (0, (7, 1.5, 1, 1.5)), (0, (1, 1.2)), (0, (5, 1.2, 1, 1.2, 1, 1.2)))


def load_matplotlib(display: object) -> ModuleType:
    """matplotlib with its pyplot, or an error that says how to get it."""
    try:
        import matplotlib.pyplot
    except ImportError as error:
        raise ImportError(
            f'{type(display).__name__} draws with matplotlib: pip install "skal[plot]".'
        ) from error
    return matplotlib


def axes_for(display: object, ax: Any = None, **subplots: Any) -> Any:
    """The axes given, or new ones; without the two lines of the frame that carry no scale."""
    plt = load_matplotlib(display).pyplot
    if ax is None:
        _, ax = plt.subplots(layout="constrained", **subplots)
    for one in ax.flat if hasattr(ax, "flat") else [ax]:
        one.spines[["top", "right"]].set_visible(False)
    return ax


def curve_style(i: int) -> dict:
    """How the i-th strategy is drawn, wherever it is drawn."""
    look = i % len(COLOURS)
    return {
        "color": COLOURS[look],
        "marker": MARKERS[look],
        "markerfacecolor": "white" if i % 2 else COLOURS[look],
        "linestyle": DASHES[i % len(DASHES)],
        "markersize": 5.5,
        "linewidth": 1.4,
    }
