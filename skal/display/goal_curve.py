"""Whether a strategy reaches its goal, and whether the goal was worth reaching."""

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
    """Goal curves: what a strategy was after, against the number of labels, below its score.

    A strategy such as `GoalInfluence` raises a goal that can be computed, in the hope that the
    score follows.  Two panels tell whether it does: a goal that climbs while the score does not
    is the wrong goal.

    Parameters
    ----------
    curves : dict of str to object
        For each strategy an object with `n_labelled` (p numbers of labels) and `values` (seeds × p
        goals).
    value_name : str, default="score"
        What stands on the vertical axis.
    confidence : float or None, default=0.95
        That of the bands; None draws none.
    order : list of str, default=None
        All strategies that there are, drawn here or not: gives each its looks.
    title : str, default=None
        What stands above the axes.
    learning_curve : LearningCurveDisplay, default=None
        What to draw above; None draws the goal alone.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Axes of the goal, and the figure.
    lines_ : list of matplotlib Line2D
        One a strategy.
    bands_ : list of matplotlib artists or None
        One a strategy; None where there is a single seed.
    learning_curve : LearningCurveDisplay or None
        The panel above, with `ax_`, `lines_` and `bands_` of its own.

    See Also
    --------
    LearningCurveDisplay : The score alone.
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
            One row a round: what `skal.experiments.compare` returns.
        goal : str
            The column that holds the goal's value.
        score : str, default=None
            The column to draw above; None draws the goal alone.
        data, estimator : str, default=None
            Which data set and estimator, where the frame has several.
        strategies : list of str, default=None
            Which strategies; None is all of them.
        confidence : float or None, default=0.95
            That of the bands; None draws none.
        ax : matplotlib Axes, or two of them, default=None
            Axes to draw on, with a score one for it and one for the goal; None makes a new figure.
        **plot_kw : dict
            Passed to `plot`: `highlight`, `legend`, `line_kw`, `band_kw`.

        Returns
        -------
        display : GoalCurveDisplay
            With `ax_`, `figure_`, `lines_`, `bands_`, `learning_curve`.

        See Also
        --------
        LearningCurveDisplay.from_results : The score alone.
        skal.experiments.compare : The comparison that is drawn.

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
            Axes to draw on, with a learning curve one for it and one for the goal; None makes a
            new figure.
        highlight : str or list of str, default=None
            Strategies to be seen first: the others become thin, without their bands.
        legend : bool, default=True
            Whether to name the strategies, in the order in which their curves end (once, above).
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
        GoalCurveDisplay.from_results : Makes the display of a comparison.
        LearningCurveDisplay.plot : Draws the score alone.

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
        axes: Any = ax  # their number is told at run time
        if self.learning_curve is None:
            return super().plot(axes, legend=legend, **how)
        if axes is None:
            axes = axes_for(self, nrows=2, sharex=True, figsize=(6.4, 6.4))
        if np.shape(axes) != (2,):
            raise ValueError(
                "The score and the goal go on two axes: ax= a pair of them, or score=None."
            )
        above, below = axes
        self.learning_curve.plot(above, legend=legend, **how)
        super().plot(below, legend=False, **how)
        if self.learning_curve.title is not None:
            below.set_title("")  # it is written above
        if below.get_shared_x_axes().joined(above, below):
            above.set_xlabel("")
        return self
