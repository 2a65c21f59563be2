"""Curves of several strategies over the number of labels, with confidence bands."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from skal._checks import check_fraction
from skal.display._drawing import axes_for, curve_style
from skal.display._results import Curve, check_strategies, curves, one_setting
from skal.metrics.intervals import t_reach

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.collections import FillBetweenPolyCollection
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

MOST_MARKERS = 12  # per line
MOST_INSIDE = 6  # maximum number of names before the legend moves beside the axes
FEW = 3  # maximum number of overlapping bands that can still be told apart


class CurveDisplay:
    """Draw curves of means over seeds, with bands; the base class of the displays of curves."""

    _bottom: float | None = None  # lower limit of the vertical axis
    ax_: "Axes"
    figure_: "Figure"
    lines_: "list[Line2D]"
    bands_: "list[FillBetweenPolyCollection | None]"

    def __init__(
        self,
        curves: Mapping[str, Curve],
        *,
        value_name: str = "score",
        confidence: float | None = 0.95,
        order: Sequence[str] | None = None,
        title: str | None = None,
    ):
        self.curves = curves
        self.value_name = value_name
        self.confidence = confidence
        self.order = order
        self.title = title

    @classmethod
    def _of(
        cls,
        frame: "pd.DataFrame",
        column: str,
        data: str | None,
        estimator: str | None,
        strategies: Sequence[str] | None,
        confidence: float | None,
        value_name: str | None = None,
    ) -> Self:
        """Return the display of one column, before it is drawn."""
        order = frame["strategy"].unique().tolist()
        setting, title = one_setting(frame, data, estimator)
        there = setting["strategy"].unique().tolist()
        drawn = there if strategies is None else check_strategies(strategies, there, "strategies")
        return cls(
            curves(setting, column, drawn),
            value_name=readable(column) if value_name is None else value_name,
            confidence=confidence,
            order=order,
            title=title,
        )

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        highlight: str | Sequence[str] | None = None,
        legend: bool = True,
        line_kw: dict[str, Any] | None = None,
        band_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates a new figure.
        highlight : str or list of str, default=None
            Strategies to emphasise: the others become thin, without their bands.
        legend : bool, default=True
            Whether to draw a legend of the strategies, in the order in which their curves end.
        line_kw : dict, default=None
            Passed to matplotlib's `plot`.
        band_kw : dict, default=None
            Passed to matplotlib's `fill_between`.

        Returns
        -------
        display : object
            This display, with `ax_`, `figure_`, `lines_` and `bands_` (lists with one entry per
            strategy; None for a curve without a band).

        See Also
        --------
        LearningCurveDisplay : Draw a score.
        ImbalanceDisplay : Draw the imbalance of the labelled classes.

        Examples
        --------
        >>> import pandas as pd
        >>> from skal.display import LearningCurveDisplay
        >>> frame = pd.DataFrame({
        ...     "data": "letter", "estimator": "logistic",
        ...     "strategy": ["Random"] * 4 + ["Margin"] * 4,
        ...     "seed": [0, 0, 1, 1] * 2, "round": [0, 1] * 4, "n_labelled": [10, 20] * 4,
        ...     "accuracy": [0.5, 0.6, 0.4, 0.7, 0.5, 0.7, 0.4, 0.8],
        ... })
        >>> display = LearningCurveDisplay.from_results(frame)
        >>> again = display.plot(highlight="Margin")
        >>> [line.get_label() for line in again.lines_]
        ['Random', 'Margin']
        """
        check_fraction(self.confidence, "confidence")
        first = None if highlight is None else check_strategies(highlight, self.curves, "highlight")
        axes = axes_for(self, ax)
        order = list(self.curves if self.order is None else self.order)
        alpha = 0.18 if len(first or self.curves) <= FEW else 0.09
        self.lines_, self.bands_ = [], []
        for name, curve in self.curves.items():
            behind = first is not None and name not in first
            look = {**curve_style(order.index(name)), **_emphasis(behind, first is not None)}
            look |= {"label": name, "markevery": _marked(order.index(name), len(curve.n_labelled))}
            mean = curve.values.mean(axis=0)
            reach = t_reach(curve.values, self.confidence or 0.95)
            (line,) = axes.plot(curve.n_labelled, mean, **{**look, **(line_kw or {})})
            self.lines_.append(line)
            band = None
            if self.confidence is not None and len(curve.values) > 1 and not behind:
                shade = {"color": line.get_color(), "alpha": alpha, "linewidth": 0, "zorder": 1}
                shade |= band_kw or {}
                band = axes.fill_between(curve.n_labelled, mean - reach, mean + reach, **shade)
            self.bands_.append(band)
        self.ax_, self.figure_ = axes, axes.figure
        axes.set(xlabel="Number of labels", ylabel=self.value_name)
        axes.xaxis.get_major_locator().set_params(integer=True)
        if self.title is not None:
            axes.set_title(self.title)
        if self._bottom is not None:
            axes.set_ylim(bottom=self._bottom)
        if legend:
            self._name_lines(first or ())
        return self

    def _name_lines(self, first):
        """Draw a legend in the order in which the curves end, the highest on top."""
        lines = sorted(self.lines_, key=lambda line: -np.asarray(line.get_ydata())[-1])
        beside = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
        legend = self.ax_.legend(
            handles=lines,
            frameon=False,
            handlelength=3.2,
            title=self._says(),
            title_fontsize="small",
            alignment="left",
            **(beside if len(lines) > MOST_INSIDE else {"loc": "best"}),
        )
        for text in legend.get_texts():
            if text.get_text() in first:
                text.set_fontweight("bold")

    def _says(self):
        """Return the description of line and band."""
        seeds = sorted({len(curve.values) for curve in self.curves.values()})
        if seeds == [1]:
            return None
        number = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
        band = "" if self.confidence is None else f", {100 * self.confidence:.3g}% interval"
        return f"mean of {number} seeds{band}"


def readable(column: str) -> str:
    """Convert a column's name to words: neg_log_loss becomes 'Negative log loss'."""
    words = column.replace("_", " ")
    words = f"negative {words[4:]}" if words.startswith("neg ") else words
    return words[:1].upper() + words[1:]


def _emphasis(behind, any_first):
    """Return line widths that emphasise some strategies."""
    if not any_first:
        return {}
    if behind:
        return {"linewidth": 0.9, "markersize": 3.5, "alpha": 0.75, "zorder": 2}
    return {"linewidth": 2.4, "markersize": 6.5, "zorder": 3}


def _marked(i, n_points):
    """Return the few points of a line that have markers, different for each line."""
    step = max(1, -(-n_points // MOST_MARKERS))
    return (i % step, step)
