"""Plots of a strategy's goal, to see whether the score improves with it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from skal.display._curves import CurveDisplay
from skal.display._drawing import axes_for
from skal.display._results import Curve
from skal.display.learning_curve import LearningCurveDisplay
from skal.metrics import score_column

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class GoalCurveDisplay(CurveDisplay):
    """Draw goal curves: the goal of a strategy against the number of labels, below its score.

    A strategy such as `GoalInfluence` optimises a goal that can be computed, assuming that the
    score improves with it.  Two panels show whether it does: if the goal improves while the score
    does not, it is the wrong goal.

    Parameters
    ----------
    curves : dict of str to object
        For each strategy, an object with `n_labelled` (p numbers of labels) and `values` (seeds × p
        goals).
    value_name : str, default="score"
        The label of the vertical axis.
    confidence : float or None, default=0.95
        The confidence level of the bands; None draws no bands.
    order : list of str, default=None
        All strategies, drawn here or not; the order determines the style of each.
    title : str, default=None
        The title of the axes.
    learning_curve : LearningCurveDisplay, default=None
        The curves to draw above; None draws the goal only.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        The axes of the goal, and the figure.
    lines_ : list of matplotlib Line2D
        One per strategy.
    bands_ : list of matplotlib artists or None
        One per strategy; None if there is a single seed.
    learning_curve : LearningCurveDisplay or None
        The panel above, with its own `ax_`, `lines_` and `bands_`.

    See Also
    --------
    LearningCurveDisplay : Draw the score only.
    skal.strategies.GoalInfluence : A strategy with a goal.

    References
    ----------
    Xu and Kazantsev, Understanding goal-oriented active learning via influence functions, 2019,
    Figures 6 and 8.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.display import GoalCurveDisplay
    >>> frame = pd.DataFrame({
    ...     "data": "letter", "estimator": "logistic", "strategy": "GoalInfluence", "seed": 0,
    ...     "round": [0, 1], "n_labelled": [10, 20], "accuracy": [0.6, 0.7], "goal": [-5.0, -3.0],
    ... })
    >>> display = GoalCurveDisplay.from_results(frame, goal="goal", score="accuracy")
    >>> display.lines_[0].get_ydata(), display.learning_curve.lines_[0].get_ydata()
    (array([-5., -3.]), array([0.6, 0.7]))
    """

    def __init__(
        self,
        curves: Mapping[str, Curve],
        *,
        value_name: str = "score",
        confidence: float | None = 0.95,
        order: Sequence[str] | None = None,
        title: str | None = None,
        learning_curve: LearningCurveDisplay | None = None,
    ):
        super().__init__(
            curves, value_name=value_name, confidence=confidence, order=order, title=title
        )
        self.learning_curve = learning_curve

    @classmethod
    def from_results(
        cls,
        frame: "pd.DataFrame",
        *,
        goal: str,
        score: str | None = None,
        data: str | None = None,
        estimator: str | None = None,
        strategies: Sequence[str] | None = None,
        confidence: float | None = 0.95,
        ax: "Axes | Sequence[Axes] | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the goal curves of a comparison.

        Parameters
        ----------
        frame : pandas DataFrame
            One row per round, as returned by `skal.experiments.compare`.
        goal : str
            The column of the goal.
        score : str, default=None
            The column to draw above; None draws the goal only.
        data, estimator : str, default=None
            The data set and estimator, if the data frame has several.
        strategies : list of str, default=None
            The strategies to draw; None is all of them.
        confidence : float or None, default=0.95
            The confidence level of the bands; None draws no bands.
        ax : matplotlib Axes, or two of them, default=None
            Axes to draw on: with a score, one for the score and one for the goal; None creates a
            new figure.
        **plot_kw : dict
            Passed to `plot`: `highlight`, `legend`, `line_kw`, `band_kw`.

        Returns
        -------
        display : GoalCurveDisplay
            With `ax_`, `figure_`, `lines_`, `bands_`, `learning_curve`.

        See Also
        --------
        LearningCurveDisplay.from_results : Draw the score only.
        skal.experiments.compare : Run the comparison.

        Examples
        --------
        >>> import pandas as pd
        >>> from skal.display import GoalCurveDisplay
        >>> frame = pd.DataFrame({
        ...     "data": "letter", "estimator": "logistic",
        ...     "strategy": ["Random"] * 4 + ["Margin"] * 4,
        ...     "seed": [0, 0, 1, 1] * 2, "round": [0, 1] * 4, "n_labelled": [10, 20] * 4,
        ...     "accuracy": [0.5, 0.6, 0.4, 0.7, 0.5, 0.7, 0.4, 0.8],
        ...     "goal": [-5.0, -4.0, -5.0, -4.0, -5.0, -3.0, -5.0, -2.0],
        ... })
        >>> display = GoalCurveDisplay.from_results(frame, goal="goal", score="accuracy")
        >>> display.lines_[1].get_ydata(), display.learning_curve.lines_[1].get_ydata()
        (array([-5. , -2.5]), array([0.45, 0.75]))
        """
        column, chosen = score_column(frame, goal), (data, estimator, strategies, confidence)
        display = cls._of(frame, column, *chosen)
        if score is not None:
            column = score_column(frame, score)
            display.learning_curve = LearningCurveDisplay._of(frame, column, *chosen)
        return display.plot(ax, **plot_kw)

    def plot(
        self,
        ax: "Axes | Sequence[Axes] | None" = None,
        *,
        highlight: str | Sequence[str] | None = None,
        legend: bool = True,
        line_kw: dict[str, Any] | None = None,
        band_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the goal curves, and the learning curves above them if there are any.

        Parameters
        ----------
        ax : matplotlib Axes, or two of them, default=None
            Axes to draw on: with a learning curve, one for it and one for the goal; None creates a
            new figure.
        highlight : str or list of str, default=None
            Strategies to emphasise: the others become thin, without their bands.
        legend : bool, default=True
            Whether to draw a legend of the strategies, in the order in which their curves end
            (once, above).
        line_kw : dict, default=None
            Passed to matplotlib's `plot`.
        band_kw : dict, default=None
            Passed to matplotlib's `fill_between`.

        Returns
        -------
        display : GoalCurveDisplay
            With `ax_`, `figure_`, `lines_` and `bands_`.

        See Also
        --------
        GoalCurveDisplay.from_results : Create the display of a comparison.
        LearningCurveDisplay.plot : Draw the score only.

        Examples
        --------
        >>> import pandas as pd
        >>> from skal.display import GoalCurveDisplay
        >>> frame = pd.DataFrame({
        ...     "data": "letter", "estimator": "logistic",
        ...     "strategy": ["Random"] * 4 + ["Margin"] * 4,
        ...     "seed": [0, 0, 1, 1] * 2, "round": [0, 1] * 4, "n_labelled": [10, 20] * 4,
        ...     "accuracy": [0.5, 0.6, 0.4, 0.7, 0.5, 0.7, 0.4, 0.8],
        ...     "goal": [-5.0, -4.0, -5.0, -4.0, -5.0, -3.0, -5.0, -2.0],
        ... })
        >>> display = GoalCurveDisplay.from_results(frame, goal="goal")
        >>> display.plot(legend=False).ax_.get_legend() is None
        True
        """
        how: dict[str, Any] = {"highlight": highlight, "line_kw": line_kw, "band_kw": band_kw}
        axes: Any = ax  # their number is known at run time only
        if self.learning_curve is None:
            return super().plot(axes, legend=legend, **how)
        if axes is None:
            axes = axes_for(self, nrows=2, sharex=True, figsize=(6.4, 6.4))
        if np.shape(axes) != (2,):
            raise ValueError(
                "The score and the goal require two axes: pass a pair of axes as ax=, or set "
                "score=None."
            )
        above, below = axes
        self.learning_curve.plot(above, legend=legend, **how)
        super().plot(below, legend=False, **how)
        if self.learning_curve.title is not None:
            below.set_title("")  # the upper axes have the title
        if below.get_shared_x_axes().joined(above, below):
            above.set_xlabel("")
        return self
