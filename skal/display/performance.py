"""How good the model is, round by round, by rows drawn at random."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from skal._checks import check_count
from skal.display._drawing import axes_for, curve_style
from skal.metrics import Estimate, Outlook, performance_so_far
from skal.metrics.estimate import NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import FillBetweenPolyCollection
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


class PerformanceDisplay:
    """The learning curve of one learner, with the interval of each estimate.

    No test set is needed: the estimates rest on the rows that a learner with `audit` draws at
    random.  Make one by `from_learner` or by `from_estimates`.  Hollow markers rest on fewer than
    30 rows, which are too few to say.

    Parameters
    ----------
    estimates : list of Estimate
        How good the models were, in the order of their numbers of labels.
    outlook : Outlook, default=None
        What more labels would bring, drawn as a dashed line.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        What was drawn on.
    line_ : matplotlib Line2D
        The estimates.
    band_ : matplotlib artist
        Their intervals.
    outlook_ : matplotlib Line2D or None
        What more labels would bring.

    See Also
    --------
    LearningCurveDisplay : Curves of several strategies, by test rows.
    skal.metrics.performance_so_far : The estimates that are drawn.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.display import PerformanceDisplay
    >>> learner = ActiveLearner(
    ...     LogisticRegression(max_iter=500), audit=0.2, replay_budget=60, batch_size=10,
    ...     random_state=0,
    ... ).fit(*load_iris(return_X_y=True))
    >>> display = PerformanceDisplay.from_learner(learner, outlook=40)
    >>> display.line_.get_xdata()
    array([20, 30, 40, 50, 60])
    """

    ax_: "Axes"
    figure_: "Figure"
    line_: "Line2D"
    band_: "FillBetweenPolyCollection"
    outlook_: "Line2D | None"

    def __init__(self, estimates: Sequence[Estimate], *, outlook: Outlook | None = None):
        self.estimates = estimates
        self.outlook = outlook

    @classmethod
    def from_learner(
        cls,
        learner: Any,
        *,
        scoring: str | None = None,
        confidence: float = 0.95,
        outlook: int | None = None,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw how good the models of a learner were.

        Parameters
        ----------
        learner : ActiveLearner
            Fitted, with `audit` set; or a pipeline that ends in one.
        scoring : str, default=None
            As in `skal.metrics.performance_today`.
        confidence : float, default=0.95
            That of the intervals.
        outlook : int, default=None
            Of how many more labels to draw the outlook; None draws none.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.
        **plot_kw : dict
            Passed to `plot`: `line_kw`, `band_kw`.

        Returns
        -------
        display : PerformanceDisplay
            With `ax_`, `figure_`, `line_`, `band_`, `outlook_`.

        See Also
        --------
        PerformanceDisplay.from_estimates : The same from estimates that are there.
        skal.metrics.performance_so_far : The estimates that are drawn.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.display import PerformanceDisplay
        >>> learner = ActiveLearner(
        ...     LogisticRegression(max_iter=500), audit=0.2, replay_budget=40, batch_size=10,
        ...     random_state=0,
        ... ).fit(*load_iris(return_X_y=True))
        >>> display = PerformanceDisplay.from_learner(learner)
        >>> display.ax_.get_ylabel()
        'Accuracy'
        """
        estimates, ahead = performance_so_far(learner, scoring, confidence), None
        if outlook is not None:
            check_count(outlook, "outlook")
            last = learner.steps[-1][1] if hasattr(learner, "steps") else learner
            ahead = last.outlook(outlook, scoring)
        return cls.from_estimates(estimates, outlook=ahead, ax=ax, **plot_kw)

    @classmethod
    def from_estimates(
        cls,
        estimates: Sequence[Estimate],
        *,
        outlook: Outlook | None = None,
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw estimates, such as those of a file.

        Parameters
        ----------
        estimates : list of Estimate
            All of one score.
        outlook : Outlook, default=None
            What more labels would bring.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.
        **plot_kw : dict
            Passed to `plot`: `line_kw`, `band_kw`.

        Returns
        -------
        display : PerformanceDisplay
            With `ax_`, `figure_`, `line_`, `band_`, `outlook_`.

        See Also
        --------
        PerformanceDisplay.from_learner : The estimates of a learner.

        Examples
        --------
        >>> from skal.display import PerformanceDisplay
        >>> from skal.metrics import Estimate
        >>> display = PerformanceDisplay.from_estimates([
        ...     Estimate(0.8, 0.7, 0.9, 40, 200, "by hand"),
        ...     Estimate(0.9, 0.8, 0.95, 60, 300, "by hand"),
        ... ])
        >>> display.line_.get_ydata()
        array([0.8, 0.9])
        """
        return cls(estimates, outlook=outlook).plot(ax, **plot_kw)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        line_kw: dict[str, Any] | None = None,
        band_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the estimates and their intervals.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.
        line_kw : dict, default=None
            Passed to matplotlib's `plot`.
        band_kw : dict, default=None
            Passed to matplotlib's `fill_between`.

        Returns
        -------
        display : PerformanceDisplay
            This display, with `ax_`, `figure_`, `line_`, `band_`, `outlook_`.

        See Also
        --------
        PerformanceDisplay.from_learner : Makes the display of a learner.

        Examples
        --------
        >>> from skal.display import PerformanceDisplay
        >>> from skal.metrics import Estimate
        >>> display = PerformanceDisplay([Estimate(0.8, 0.7, 0.9, 40, 200, "by hand")])
        >>> display.plot().ax_.get_xlabel()
        'Number of labels'
        """
        scores = {estimate.scoring for estimate in self.estimates}
        if len(scores) != 1:
            raise ValueError(
                f"estimates must be one or more, of one score; got {len(self.estimates)} of "
                f"{len(scores)} scores."
            )
        axes = axes_for(self, ax)
        columns = ("n_labelled", "value", "low", "high")
        n, value, low, high = (
            np.array([getattr(estimate, name) for estimate in self.estimates]) for name in columns
        )
        (self.line_,) = axes.plot(n, value, **{**curve_style(0), **(line_kw or {})})
        colour = self.line_.get_color()
        few = [not estimate.enough for estimate in self.estimates]
        hollow = {"markerfacecolor": "white", "markeredgecolor": colour, "linestyle": "none"}
        look = {"marker": self.line_.get_marker(), "markersize": self.line_.get_markersize()}
        axes.plot(n[few], value[few], **hollow, **look)
        shade = {"color": colour, "alpha": 0.18, "linewidth": 0, "zorder": 1} | (band_kw or {})
        finite = np.isfinite(low) & np.isfinite(high)
        self.band_ = axes.fill_between(n, low, high, where=finite, **shade)
        self.outlook_ = self._look_ahead(axes, n[-1], value[-1], colour)
        self.ax_, self.figure_ = axes, axes.figure
        axes.set(xlabel="Number of labels", ylabel=NAMES[scores.pop()])
        axes.xaxis.get_major_locator().set_params(integer=True)
        return self

    def _look_ahead(self, axes: Any, n: int, value: float, colour: Any) -> "Line2D | None":
        """From today's estimate by the gain to be expected, with its interval."""
        if self.outlook is None or not np.isfinite(self.outlook.gain):
            return None
        ahead = self.outlook
        at, mean = n + ahead.n_labels, value + ahead.gain
        (line,) = axes.plot([n, at], [value, mean], color=colour, linestyle="--", linewidth=1.2)
        reach = [[ahead.gain - ahead.gain_low], [ahead.gain_high - ahead.gain]]
        axes.errorbar([at], [mean], yerr=reach, color=colour, capsize=3, linestyle="none")
        return line
