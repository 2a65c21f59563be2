"""Whether what was labelled is balanced."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from skal.display._curves import CurveDisplay
from skal.metrics import score_column

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class ImbalanceDisplay(CurveDisplay):
    """The imbalance of what each strategy had labelled, against the number of labels.

    Imbalance is the standard deviation of the class counts over their mean: 0 where all classes
    are labelled alike often, larger where some are missed.  Random sampling shows the imbalance
    of the pool; a strategy below it finds rare classes.

    Parameters
    ----------
    curves : dict of str to object
        For each strategy an object with `n_labelled` (p numbers of labels) and `values` (seeds × p
        ratios).
    value_name : str, default="score"
        What stands on the vertical axis.
    confidence : float or None, default=0.95
        That of the bands; None draws none.
    order : list of str, default=None
        All strategies that there are, drawn here or not: gives each its looks.
    title : str, default=None
        What stands above the axes.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        What was drawn on.
    lines_ : list of matplotlib Line2D
        One a strategy.
    bands_ : list of matplotlib artists or None
        One a strategy; None where there is a single seed.

    See Also
    --------
    LearningCurveDisplay : The score against the number of labels.
    skal.metrics.imbalance_ratio : The number that is drawn.

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
            One row a round: what `skal.experiments.compare` returns.
        data, estimator : str, default=None
            Which data set and estimator, where the frame has several.
        strategies : list of str, default=None
            Which strategies; None is all of them.
        confidence : float or None, default=0.95
            That of the bands; None draws none.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.
        **plot_kw : dict
            Passed to `plot`: `highlight`, `legend`, `line_kw`, `band_kw`.

        Returns
        -------
        display : ImbalanceDisplay
            With `ax_`, `figure_`, `lines_`, `bands_`.

        See Also
        --------
        skal.metrics.imbalance_ratio : The number that is drawn.
        skal.experiments.compare : The comparison that is drawn.

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
