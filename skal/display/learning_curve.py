"""Plots of learning curves: scores against the number of labels."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from skal.display._curves import CurveDisplay
from skal.display._learner import check_learner
from skal.display._results import Curve
from skal.metrics import score_column

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class LearningCurveDisplay(CurveDisplay):
    """Draw learning curves: the score of each strategy against the number of labels.

    Create one with `from_results` from a comparison, or with `from_learner` from a single learner.
    A line is the mean over seeds, and its band is the t interval of that mean,

        mean ± t₍₁₊confidence₎/₂,ₛ₋₁ · standard deviation / √s        for s seeds.

    Strategies differ in dashes and markers as well as in colour, so the plot is legible in
    greyscale, and they have the same style in all plots of one data frame.

    Parameters
    ----------
    curves : dict of str to object
        For each strategy, an object with `n_labelled` (p numbers of labels) and `values` (seeds × p
        scores).
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
    GoalCurveDisplay : Draw the goal of a strategy below its score.
    skal.metrics.area_under_curve : Summarise each curve as one number.
    skal.experiments.compare : Run the comparison.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.display import LearningCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> learner = ActiveLearner(
    ...     LogisticRegression(max_iter=500), replay_budget=40, batch_size=10, store_rounds=True,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> display = LearningCurveDisplay.from_learner(learner, X, y)
    >>> display.lines_[0].get_xdata()
    array([10, 20, 30, 40])
    """

    @classmethod
    def from_results(
        cls,
        frame: "pd.DataFrame",
        *,
        score: str | None = None,
        data: str | None = None,
        estimator: str | None = None,
        strategies: Sequence[str] | None = None,
        confidence: float | None = 0.95,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the learning curves of a comparison.

        Parameters
        ----------
        frame : pandas DataFrame
            One row per round, as returned by `skal.experiments.compare`.
        score : str, default=None
            The column to draw; None is the only score in the data frame.
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
        display : LearningCurveDisplay
            With `ax_`, `figure_`, `lines_`, `bands_`.

        See Also
        --------
        LearningCurveDisplay.from_learner : Draw the curve of a single learner.
        skal.experiments.compare : Run the comparison.

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
        >>> display = LearningCurveDisplay.from_results(frame, strategies=["Margin"])
        >>> display.lines_[0].get_ydata()
        array([0.45, 0.75])
        """
        column = score_column(frame, score)
        display = cls._of(frame, column, data, estimator, strategies, confidence)
        return display.plot(ax, **plot_kw)

    @classmethod
    def from_learner(
        cls,
        learner: Any,
        X: Any,
        y: Any,
        *,
        name: str | None = None,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the learning curve of one learner, using its `staged_score`.

        Parameters
        ----------
        learner : ActiveLearner
            A learner fitted with ``store_rounds=True``.
        X, y : same kinds as in its fit
            Rows to score on, and their labels.
        name : str, default=None
            The name of the curve; None is the name of the strategy's class.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates a new figure.
        **plot_kw : dict
            Passed to `plot`: `highlight`, `legend`, `line_kw`, `band_kw`.

        Returns
        -------
        display : LearningCurveDisplay
            With `ax_`, `figure_`, `lines_`, `bands_`.

        See Also
        --------
        LearningCurveDisplay.from_results : Draw the curves of a comparison.
        skal.ActiveLearner : Its `staged_score` computes the curve.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.display import LearningCurveDisplay
        >>> X, y = load_iris(return_X_y=True)
        >>> learner = ActiveLearner(
        ...     LogisticRegression(max_iter=500), replay_budget=30, batch_size=10, random_state=0,
        ...     store_rounds=True,
        ... ).fit(X, y)
        >>> display = LearningCurveDisplay.from_learner(learner, X, y, name="default")
        >>> display.lines_[0].get_label()
        'default'
        """
        check_learner(learner)
        scores = np.array([list(learner.staged_score(X, y))])  # (1, rounds)
        n_labelled = np.array([then.n_labelled for then in learner.rounds()])
        name = type(learner.strategy_).__name__ if name is None else name
        display = cls({name: Curve(n_labelled, scores)}, value_name="Score")
        return display.plot(ax, **plot_kw)
