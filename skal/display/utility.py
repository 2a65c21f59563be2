"""Plots of a strategy's utilities over the pool."""

import copy
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skal.display._drawing import COLOURS, axes_for
from skal.display._learner import check_learner

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection, PathCollection
    from matplotlib.figure import Figure


class UtilityDisplay:
    """Draw a strategy's utilities: their distribution over the pool, or against true utilities.

    The distribution shows whether a few rows stand out (the choice matters) or all are alike (the
    choice is noise); short lines below it mark the rows that would be queried.  With
    `true_utilities`, the plot is a scatter of predicted against true utilities, with their Pearson
    correlation.

    Parameters
    ----------
    utilities : array of shape (n,)
        One per row; the highest is queried first.
    asked : array of int, default=None
        Positions in `utilities` of rows that would be queried.
    true_utilities : array of shape (n,), default=None
        The utilities to predict, for example computed by retraining.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        The axes and the figure of the plot.
    bars_ : matplotlib artist or None
        The distribution.
    points_ : matplotlib PathCollection or None
        The scatter, if there are true utilities.
    asked_ : matplotlib artist or None
        The markers of the rows that would be queried.
    correlation_ : float or None
        The Pearson correlation, if there are true utilities.

    See Also
    --------
    QueryMapDisplay : Draw the queried rows on a map.
    skal.ActiveLearner : Its `query_utilities` computes the utilities.

    References
    ----------
    Xu and Kazantsev, Understanding goal-oriented active learning via influence functions, 2019,
    Figures 2, 4, 7 and 9.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.display import UtilityDisplay
    >>> predicted, true = np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.5, 3.5])
    >>> round(UtilityDisplay.from_utilities(predicted, true).correlation_, 3)
    1.0
    """

    ax_: "Axes"
    figure_: "Figure"
    bars_: "Artist | None"
    points_: "PathCollection | None"
    asked_: "LineCollection | None"
    correlation_: float | None

    def __init__(
        self,
        utilities: ArrayLike,
        *,
        asked: ArrayLike | None = None,
        true_utilities: ArrayLike | None = None,
    ):
        self.utilities = utilities
        self.asked = asked
        self.true_utilities = true_utilities

    @classmethod
    def from_learner(
        cls,
        learner: Any,
        X: Any = None,
        *,
        batch_size: int | None = None,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the distribution of a learner's utilities, and the rows that it would query.

        The learner is not changed: drawing the plot makes no query.

        Parameters
        ----------
        learner : ActiveLearner
            A fitted learner whose strategy has utilities.
        X : same kind of container as in fit, default=None
            The pool; None is the unlabelled rows of the X given to fit.
        batch_size : int, default=None
            The number of rows that would be queried; None is the learner's.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates a new figure.
        **plot_kw : dict
            Passed to `plot`: `bins`, `hist_kw`.

        Returns
        -------
        display : UtilityDisplay
            With `ax_`, `figure_`, `bars_`, `asked_`.

        See Also
        --------
        UtilityDisplay.from_utilities : Draw given utilities.
        skal.ActiveLearner : Its `query_utilities` computes the utilities.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.display import UtilityDisplay
        >>> from skal.strategies import Margin
        >>> X, truth = load_iris(return_X_y=True)
        >>> y = np.where(np.arange(150) % 10 == 0, truth, np.nan)
        >>> learner = ActiveLearner(LogisticRegression(max_iter=500), Margin(), batch_size=5)
        >>> learner = learner.fit(X, y)
        >>> display = UtilityDisplay.from_learner(learner)
        >>> len(display.utilities), len(display.asked)
        (135, 5)
        """
        check_learner(learner)
        scores = learner.query_utilities(X)
        asking = copy.copy(learner)  # a copy, because a query would change the learner
        asked = asking.query(X, batch_size=batch_size)
        candidates = np.flatnonzero(~np.isnan(scores))
        display = cls(scores[candidates], asked=np.searchsorted(candidates, asked))
        return display.plot(ax, **plot_kw)

    @classmethod
    def from_utilities(
        cls,
        predicted: ArrayLike,
        true: ArrayLike | None = None,
        *,
        asked: ArrayLike | None = None,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw given utilities.

        Parameters
        ----------
        predicted : array of shape (n,)
            One per row.
        true : array of shape (n,), default=None
            The utilities to predict; None draws the distribution of `predicted`.
        asked : array of int, default=None
            Positions of rows to mark.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates a new figure.
        **plot_kw : dict
            Passed to `plot`: `bins` and `hist_kw`, or `scatter_kw`.

        Returns
        -------
        display : UtilityDisplay
            With `ax_`, `figure_`, and `bars_` or `points_`.

        See Also
        --------
        UtilityDisplay.from_learner : Draw the utilities of a learner.

        Examples
        --------
        >>> import numpy as np
        >>> from skal.display import UtilityDisplay
        >>> display = UtilityDisplay.from_utilities(np.array([0.1, 0.4, 0.2, 0.9]), asked=[3])
        >>> display.asked_.get_label()
        'asked (1)'
        """
        return cls(predicted, asked=asked, true_utilities=true).plot(ax, **plot_kw)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        bins: ArrayLike | None = None,
        hist_kw: dict[str, Any] | None = None,
        scatter_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the distribution, or the scatter if there are true utilities.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates a new figure.
        bins : int or array, default=None
            Bins of the distribution; None is 50 bins of the same width.
        hist_kw : dict, default=None
            Passed to matplotlib's `hist`.
        scatter_kw : dict, default=None
            Passed to matplotlib's `scatter`.

        Returns
        -------
        display : UtilityDisplay
            This display, with `ax_`, `figure_`, `bars_`, `points_`, `asked_` and `correlation_`.

        See Also
        --------
        UtilityDisplay.from_learner : Create the display of a learner.

        Examples
        --------
        >>> import numpy as np
        >>> from skal.display import UtilityDisplay
        >>> display = UtilityDisplay(np.array([0.1, 0.4, 0.2, 0.9])).plot(bins=4)
        >>> display.ax_.get_xlabel()
        'Utility'
        """
        utilities = _finite(self.utilities, "utilities")
        asked = None if self.asked is None else utilities[np.asarray(self.asked, dtype=int)]
        self.bars_ = self.points_ = self.asked_ = self.correlation_ = None
        if self.true_utilities is None:
            if scatter_kw is not None:
                raise ValueError(
                    "scatter_kw= applies to a scatter plot, which requires true utilities."
                )
            self.ax_ = axes_for(self, ax)
            self._draw_distribution(utilities, asked, 50 if bins is None else bins, hist_kw or {})
        else:
            if bins is not None or hist_kw is not None:
                raise ValueError(
                    "bins= and hist_kw= apply to a distribution: leave the true utilities out."
                )
            true = _finite(self.true_utilities, "true utilities")
            if true.shape != utilities.shape or len(true) < 2:
                raise ValueError(
                    "A scatter plot requires two or more rows, and a true utility for each of the "
                    f"{len(utilities)} predicted; got {len(true)}."
                )
            if np.ptp(utilities) == 0 or np.ptp(true) == 0:
                raise ValueError(
                    "Utilities that are all equal have no correlation with others: pass utilities "
                    "that differ."
                )
            self.ax_ = axes_for(self, ax)
            self._draw_scatter(utilities, true, scatter_kw or {})
        axes: Any = self.ax_
        self.figure_ = axes.figure
        return self

    def _draw_distribution(self, utilities, asked, bins, hist_kw):
        look = {"histtype": "stepfilled", "facecolor": "0.85", "edgecolor": "0.3", "linewidth": 0.8}
        bars: Any  # a list of one polygon
        *_, bars = self.ax_.hist(utilities, bins, **{**look, **hist_kw})
        self.bars_ = bars[0]
        self.ax_.set(xlabel="Utility", ylabel="Rows")
        if asked is not None:
            # fixed height, so the lines are visible for any number of rows
            on_axis = self.ax_.get_xaxis_transform()
            self.asked_ = self.ax_.vlines(
                asked,
                0,
                0.06,
                "black",
                transform=on_axis,
                linewidth=1.2,
                label=f"asked ({len(asked)})",
            )
            self.ax_.legend(handles=[self.asked_], frameon=False)

    def _draw_scatter(self, predicted, true, scatter_kw):
        look = {"s": 14, "color": COLOURS[2], "alpha": 0.5, "linewidths": 0, "zorder": 2}
        self.ax_.axline((true[0], true[0]), slope=1, color="0.6", linewidth=1, zorder=1)
        self.points_ = self.ax_.scatter(true, predicted, **{**look, **scatter_kw})
        self.correlation_ = float(np.corrcoef(predicted, true)[0, 1])
        self.ax_.set(xlabel="True utility", ylabel="Predicted utility")
        self.ax_.set_title(f"correlation {self.correlation_:.3f}", loc="left", fontsize="medium")


def _finite(values, what):
    """Return a one-dimensional array of finite numbers, with at least one."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise ValueError(
            f"The {what} must be one or more finite numbers in one dimension; got shape "
            f"{values.shape} with {np.count_nonzero(~np.isfinite(values))} that are not finite."
        )
    return values
