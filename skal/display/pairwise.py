"""Pairwise comparison of strategies over many experiments."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from skal import metrics
from skal.display._drawing import axes_for
from skal.display._results import check_strategies
from skal.metrics import score_column

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.figure import Figure

DARKEST = 0.75  # how close to black the colour of the largest value is
WHITE_ON = 0.6  # above this share of the largest value, numbers are white


class PairwiseDisplay:
    """Draw a matrix of significant wins between strategies, with the mean of each column below.

    The cell in row i and column j is the number of experiments in which strategy i was
    significantly better than strategy j, where each experiment has weight one.  The mean of each
    column over the other strategies is below it: how often they beat this strategy.  Lower is
    better.

    Parameters
    ----------
    matrix : pandas DataFrame
        A square matrix with strategies as index and as columns, as returned by
        `skal.metrics.pairwise_penalty`.  The diagonal is ignored.
    strategies : list of str, default=None
        The strategies to draw, in this order; None is all, the least beaten first.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        The axes and the figure of the plot.
    cells_, average_cells_ : matplotlib QuadMesh
        The matrix, and the row of means.
    texts_ : ndarray of matplotlib Text, shape (k + 1, k)
        The numbers, with the means in the last row; None on the diagonal.
    averages_ : ndarray of shape (k,)
        Mean of each column of the plot, without the diagonal.

    See Also
    --------
    skal.metrics.pairwise_penalty : Compute the matrix.
    LearningCurveDisplay : Draw the learning curves.

    References
    ----------
    Ash et al., Gone fishing: neural active learning with Fisher embeddings, 2021, Section 6.2 and
    Figure 5.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.display import PairwiseDisplay
    >>> names = ["Random", "Bait", "Margin"]
    >>> wins = pd.DataFrame([[0, 0, 0.5], [4, 0, 2], [3, 0.5, 0]], index=names, columns=names)
    >>> display = PairwiseDisplay(wins).plot()
    >>> [label.get_text() for label in display.ax_.get_xticklabels()]
    ['Bait', 'Margin', 'Random']
    >>> display.averages_
    array([0.25, 1.25, 3.5 ])
    """

    ax_: "Axes"
    figure_: "Figure"
    cells_: "QuadMesh"
    average_cells_: "QuadMesh"
    texts_: np.ndarray
    averages_: np.ndarray

    def __init__(self, matrix: "pd.DataFrame", *, strategies: Sequence[str] | None = None):
        self.matrix = matrix
        self.strategies = strategies

    @classmethod
    def from_results(
        cls,
        frame: "pd.DataFrame",
        *,
        score: str | None = None,
        strategies: Sequence[str] | None = None,
        ax: "Axes | None" = None,
        **penalty_kw: Any,
    ) -> Self:
        """Draw the pairwise wins of a comparison.

        Parameters
        ----------
        frame : pandas DataFrame
            One row per round, as returned by `skal.experiments.compare`.
        score : str, default=None
            The column to compare by; None is the only score in the data frame.
        strategies : list of str, default=None
            The strategies to draw, in this order; None is all, the least beaten first.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates a new figure.
        **penalty_kw : dict
            Passed to `skal.metrics.pairwise_penalty`.

        Returns
        -------
        display : PairwiseDisplay
            With `ax_`, `figure_`, `texts_`, `averages_`.

        See Also
        --------
        skal.metrics.pairwise_penalty : Compute the matrix.
        skal.experiments.compare : Run the comparison.

        Examples
        --------
        >>> import pandas as pd
        >>> from skal.display import PairwiseDisplay
        >>> frame = pd.DataFrame({
        ...     "data": "letter", "estimator": "logistic",
        ...     "strategy": ["Random"] * 4 + ["Margin"] * 4,
        ...     "seed": [0, 0, 1, 1] * 2, "round": [0, 1] * 4, "n_labelled": [10, 20] * 4,
        ...     "accuracy": [0.4, 0.6, 0.4, 0.7, 0.4, 0.8, 0.4, 0.9],
        ... })
        >>> display = PairwiseDisplay.from_results(frame)
        >>> [label.get_text() for label in display.ax_.get_xticklabels()], display.averages_
        (['Margin', 'Random'], array([0., 1.]))
        """
        column = score_column(frame, score)
        matrix = metrics.pairwise_penalty(frame, score=column, **penalty_kw)
        return cls(matrix, strategies=strategies).plot(ax)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        decimals: int = 2,
        cell_kw: dict[str, Any] | None = None,
        text_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the matrix and the means of its columns.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates a new figure that fits the matrix.
        decimals : int, default=2
            The number of decimals.
        cell_kw : dict, default=None
            Passed to matplotlib's `pcolormesh`.
        text_kw : dict, default=None
            Passed to matplotlib's `text`.

        Returns
        -------
        display : PairwiseDisplay
            This display, with `ax_`, `figure_`, `cells_`, `average_cells_`, `texts_` and
            `averages_`.

        See Also
        --------
        PairwiseDisplay.from_results : Create the display of a comparison.
        skal.metrics.pairwise_penalty : Compute the matrix.

        Examples
        --------
        >>> import pandas as pd
        >>> from skal.display import PairwiseDisplay
        >>> names = ["Random", "Margin"]
        >>> wins = pd.DataFrame([[0, 0.5], [3, 0]], index=names, columns=names)
        >>> display = PairwiseDisplay(wins).plot(decimals=1)
        >>> [text.get_text() for text in display.texts_.ravel() if text]
        ['3.0', '0.5', '0.5', '3.0']
        """
        names, wins = self._drawn()
        k = len(names)
        self.averages_ = np.nanmean(wins, axis=0)
        axes = axes_for(self, ax, figsize=(1.6 + 0.75 * k, 1.5 + 0.6 * k))
        shades: dict[str, Any] = {
            "cmap": "Greys",
            "vmin": 0,
            "vmax": (np.nanmax(wins) or 1) / DARKEST,
        }
        shades |= {"edgecolors": "0.8", "linewidth": 0.6} | (cell_kw or {})
        edges, below = np.arange(k + 1) - 0.5, [k - 0.25, k + 0.75]  # a quarter of a cell apart
        self.cells_ = axes.pcolormesh(edges, edges, wins, **shades)
        self.average_cells_ = axes.pcolormesh(edges, below, self.averages_[None], **shades)
        axes.set(xlim=(-0.55, k - 0.45), ylim=(k + 0.8, -0.55))
        self.texts_ = np.full((k + 1, k), None)
        for (i, j), value in np.ndenumerate(np.vstack([wins, self.averages_])):
            if i != j:
                y = k + 0.25 if i == k else i
                self.texts_[i, j] = self._number(axes, j, y, value, decimals, text_kw)
        axes.set_xticks(range(k), names, rotation=45, ha="left", rotation_mode="anchor")
        axes.set_yticks([*range(k), k + 0.25], [*names, "mean"])
        axes.set(xlabel="… is behind", ylabel="… is ahead")
        axes.xaxis.set_ticks_position("top")
        axes.xaxis.set_label_position("top")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        self.ax_, self.figure_ = axes, axes.figure
        return self

    def _drawn(self):
        """Return names and matrix in drawing order, with NaN on the diagonal."""
        matrix = self.matrix
        if not hasattr(matrix, "columns") or list(matrix.index) != list(matrix.columns):
            raise ValueError(
                "The matrix must be a square DataFrame with the same strategies, in the same "
                "order, as index and columns, as returned by skal.metrics.pairwise_penalty."
            )
        if len(matrix) < 2:
            raise ValueError(
                f"The comparison requires two or more strategies; got {list(matrix.index)}."
            )
        names = list(matrix.index)
        wins = matrix.to_numpy(dtype=float, copy=True)
        np.fill_diagonal(wins, np.nan)
        if self.strategies is None:
            order = np.argsort(np.nanmean(wins, axis=0), kind="stable").tolist()
        else:
            wanted = check_strategies(self.strategies, names, "strategies")
            if len(wanted) < 2:
                raise ValueError(f"The comparison requires two or more strategies; got {wanted}.")
            order = [names.index(name) for name in wanted]
        return [names[i] for i in order], wins[np.ix_(order, order)]

    def _number(self, ax, x, y, value, decimals, text_kw):
        """Write a number in its cell, in white on dark cells."""
        written = f"{value:.{decimals}f}" if value else "0"
        shade: Any = self.cells_.norm(value)  # a number, because the value is one
        dark = shade > WHITE_ON
        look = {"ha": "center", "va": "center", "color": "white" if dark else "black"}
        return ax.text(x, y, written, **{**look, **(text_kw or {})})
