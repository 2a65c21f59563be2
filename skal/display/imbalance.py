"""Plots of the imbalance of the labelled classes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from skal.display._curves import CurveDisplay
from skal.metrics import score_column

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class ImbalanceDisplay(CurveDisplay):
    """Draw the imbalance of the labelled classes of each strategy against the number of labels.

    Imbalance is the standard deviation of the class counts over their mean: 0 if all classes have
    the same number of labels, larger if some have few.  Random sampling shows the imbalance of the
    pool; a strategy below it finds rare classes.

    Parameters
    ----------
    curves : dict of str to object
        For each strategy, an object with `n_labelled` (p numbers of labels) and `values` (seeds × p
        ratios).
    value_name : str, default="score"
        The label of the vertical axis.
    confidence : float or None, default=0.95
        The confidence level of the bands; None draws no bands.
    order : list of str, default=None
        All strategies, drawn here or not; the order determines the style of each.
    title : str, default=None
        The title of the axes.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        The axes and the figure of the plot.
    lines_ : list of matplotlib Line2D
        One per strategy.
    bands_ : list of matplotlib artists or None
        One per strategy; None if there is a single seed.

    See Also
    --------
    LearningCurveDisplay : Draw the score against the number of labels.
    skal.metrics.imbalance_ratio : Compute the imbalance.

    References
    ----------
    Aggarwal, Popescu and Hudelot, Optimizing active learning for low annotation budgets, 2021,
    Figure 4.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.display import ImbalanceDisplay
    >>> frame = pd.DataFrame({
    ...     "data": "cells", "estimator": "logistic", "strategy": "Margin", "seed": [0, 0, 1, 1],
    ...     "round": [0, 1, 0, 1], "n_labelled": [10, 20, 10, 20],
    ...     "imbalance": [0.8, 0.5, 0.6, 0.3],
    ... })
    >>> ImbalanceDisplay.from_results(frame).lines_[0].get_ydata()
    array([0.7, 0.4])
    """

    _bottom = 0.0

    @classmethod
    def from_results(
        cls,
        frame: "pd.DataFrame",
        *,
        data: str | None = None,
        estimator: str | None = None,
        strategies: Sequence[str] | None = None,
        confidence: float | None = 0.95,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the imbalance of a comparison.

        Parameters
        ----------
        frame : pandas DataFrame
            One row per round, as returned by `skal.experiments.compare`.
        data, estimator : str, default=None
            The data set and estimator, if the data frame has several.
        strategies : list of str, default=None
            The strategies to draw; None is all of them.
        confidence : float or None, default=0.95
            The confidence level of the bands; None draws no bands.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates a new figure.
        **plot_kw : dict
            Passed to `plot`: `highlight`, `legend`, `line_kw`, `band_kw`.

        Returns
        -------
        display : ImbalanceDisplay
            With `ax_`, `figure_`, `lines_`, `bands_`.

        See Also
        --------
        skal.metrics.imbalance_ratio : Compute the imbalance.
        skal.experiments.compare : Run the comparison.

        Examples
        --------
        >>> import pandas as pd
        >>> from skal.display import ImbalanceDisplay
        >>> frame = pd.DataFrame({
        ...     "data": "letter", "estimator": "logistic",
        ...     "strategy": ["Random"] * 4 + ["Margin"] * 4,
        ...     "seed": [0, 0, 1, 1] * 2, "round": [0, 1] * 4, "n_labelled": [10, 20] * 4,
        ...     "accuracy": [0.5, 0.6, 0.4, 0.7, 0.5, 0.7, 0.4, 0.8],
        ...     "imbalance": [0.8, 0.7, 0.6, 0.7, 0.8, 0.4, 0.6, 0.2],
        ... })
        >>> display = ImbalanceDisplay.from_results(frame, strategies=["Margin"])
        >>> display.lines_[0].get_ydata()
        array([0.7, 0.3])
        """
        column = score_column(frame, "imbalance")
        name = "Imbalance of the labelled rows"
        display = cls._of(frame, column, data, estimator, strategies, confidence, name)
        return display.plot(ax, **plot_kw)
