"""A map of the queried rows, round by round."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_classifier

from skal._rows import n_rows
from skal.display._drawing import MARKERS, axes_for, load_matplotlib
from skal.display._learner import check_learner
from skal.display._positions import map_positions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation

MOST_NUMBERED = 40  # maximum number of queried rows with numbers, to avoid overlap
MIDDLE = {"^": -1.3, "v": 1.3}  # of a marker, in points above its centre
LIGHTNESS = (0.3, 0.59, 0.11)  # weights of red, green and blue in the lightness of a colour


class QueryMapDisplay:
    """Draw a map of the queried rows in two dimensions; later rounds are darker.

    Small dots are all rows.  White markers are the first batch; shaded markers are later rounds,
    the darker the later.  Up to 40 queried rows show the number of their round.  Classes, if there
    are seven or fewer, have markers of different shapes.

    Parameters
    ----------
    positions : ndarray of shape (n, 2)
        The position of each row.
    rounds : list of arrays of int
        Row numbers queried in each round, starting with those labelled from the start.
    labels : ndarray of shape (n,), default=None
        The class of each row; only those of queried rows are used.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        The axes and the figure of the plot.
    pool_ : matplotlib PathCollection
        The dots of all rows.
    asked_ : list of matplotlib PathCollection
        The markers of queried rows, one collection for each round and class in it.
    texts_ : list of matplotlib Text
        The numbers in the markers; empty if there would be too many.
    colorbar_ : matplotlib Colorbar or None
        The shades of the rounds; None if nothing was queried after the start.

    See Also
    --------
    UtilityDisplay : Draw the utilities of rows.
    skal.ActiveLearner : Its `history_` has the queried rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.display import QueryMapDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> learner = ActiveLearner(
    ...     LogisticRegression(max_iter=500), replay_budget=30, batch_size=10, random_state=0
    ... ).fit(X, y)
    >>> display = QueryMapDisplay.from_learner(learner, X)
    >>> [len(rows) for rows in display.rounds]
    [10, 10, 10]
    """

    ax_: "Axes"
    figure_: "Figure"
    pool_: "PathCollection"
    asked_: "list[PathCollection]"
    texts_: "list[Annotation]"
    colorbar_: "Colorbar | None"

    def __init__(
        self, positions: ArrayLike, rounds: Sequence[ArrayLike], *, labels: ArrayLike | None = None
    ):
        self.positions = positions
        self.rounds = rounds
        self.labels = labels

    @classmethod
    def from_learner(
        cls,
        learner: Any,
        X: Any,
        *,
        embedding: ArrayLike | str = "pca",
        ax: "Axes | None" = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the rows that a learner has queried.

        Parameters
        ----------
        learner : ActiveLearner
            A fitted learner; `history_` has the queried rows.
        X : same container as was given to its fit
            The rows.
        embedding : "pca" or array of shape (n, 2), default="pca"
            The position of each row: the first two principal components of X (for sparse X, of a
            truncated SVD), or given coordinates, for example by t-SNE.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates a new figure.
        **plot_kw : dict
            Passed to `plot`: `pool_kw`, `asked_kw`.

        Returns
        -------
        display : QueryMapDisplay
            With `ax_`, `figure_`, `pool_`, `asked_`, `texts_`.

        See Also
        --------
        UtilityDisplay.from_learner : Draw the rows that would be queried next.
        skal.ActiveLearner : Its `history_` has the queried rows.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.display import QueryMapDisplay
        >>> X, y = load_iris(return_X_y=True)
        >>> learner = ActiveLearner(
        ...     LogisticRegression(max_iter=500), replay_budget=30, batch_size=10, random_state=0
        ... ).fit(X, y)
        >>> display = QueryMapDisplay.from_learner(learner, X, embedding=X[:, 2:])
        >>> display.positions.shape
        (150, 2)
        """
        check_learner(learner)
        state = learner.query_state()
        ours = state.pool.data.container
        if state.labelled.data.container is not ours:
            raise ValueError(
                "Some rows were taught with an X of their own, and history_ does not tell which: "
                "use QueryMapDisplay(positions, rounds) with the row numbers of one X."
            )
        if n_rows(X) != n_rows(ours):
            raise ValueError(
                f"X must be the X given to fit, with {n_rows(ours)} rows; it has {n_rows(X)}."
            )
        labels = None
        if is_classifier(learner) and len(learner.classes_) <= len(MARKERS):
            labels = np.zeros(n_rows(ours), learner.classes_.dtype)  # only queried rows are used
            for view in (state.labelled, state.holdout):
                if view is not None and view.data.container is ours:
                    labels[view.rows] = view.y
        rounds = [record["rows"] for record in learner.history_]
        display = cls(map_positions(X, embedding), rounds, labels=labels)
        return display.plot(ax, **plot_kw)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        pool_kw: dict[str, Any] | None = None,
        asked_kw: dict[str, Any] | None = None,
    ) -> Self:
        """Draw the map.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates a new figure.
        pool_kw : dict, default=None
            Passed to matplotlib's `scatter` for the dots of all rows.
        asked_kw : dict, default=None
            Passed to matplotlib's `scatter` for the markers of queried rows.

        Returns
        -------
        display : QueryMapDisplay
            This display, with `ax_`, `figure_`, `pool_`, `asked_`, `texts_` and `colorbar_`.

        See Also
        --------
        QueryMapDisplay.from_learner : Create the display of a learner.

        Examples
        --------
        >>> import numpy as np
        >>> from skal.display import QueryMapDisplay
        >>> positions = np.random.default_rng(0).normal(size=(50, 2))
        >>> display = QueryMapDisplay(positions, [[0, 1, 2], [7], [9]]).plot()
        >>> [text.get_text() for text in display.texts_]
        ['1', '2']
        """
        if np.ndim(self.positions) != 2 or np.shape(self.positions)[1] != 2:
            raise ValueError(
                "positions must have two numbers per row; their shape is "
                f"{np.shape(self.positions)}."
            )
        rows, round_ = self._first_rounds()
        labels = np.zeros(len(rows), int) if self.labels is None else np.asarray(self.labels)[rows]
        classes = sorted(set(labels))
        if len(classes) > len(MARKERS):
            raise ValueError(
                f"There are markers for {len(MARKERS)} classes, and the queried rows have "
                f"{len(classes)}: leave labels= out."
            )
        axes = axes_for(self, ax)
        self.ax_, self.figure_ = axes, axes.figure
        faint = {"s": 5, "color": "0.72", "linewidths": 0, "rasterized": True, "zorder": 1}
        self.pool_ = axes.scatter(*np.asarray(self.positions).T, **{**faint, **(pool_kw or {})})
        self._draw_asked(rows, round_, labels, classes, asked_kw or {})
        if self.labels is not None and classes:
            self._name_classes(classes)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        return self

    def _first_rounds(self):
        """Return queried rows by round: a row relabelled later belongs to its first round."""
        rows = np.concatenate([[], *self.rounds]).astype(int)
        round_ = np.repeat(np.arange(len(self.rounds)), [np.size(asked) for asked in self.rounds])
        rows, first = np.unique(rows, return_index=True)
        return rows, round_[first]

    def _draw_asked(self, rows, round_, labels, classes, asked_kw):
        """Draw markers of queried rows, later rounds on top: shape by class, shade by round."""
        shades = self._shades()
        numbered = 0 < np.count_nonzero(round_) <= MOST_NUMBERED
        look = {"s": 100 if numbered else 34, "edgecolors": "black", "linewidths": 0.7} | asked_kw
        self.asked_, self.texts_ = [], []
        for n, shade in enumerate(shades):
            for label, marker in zip(classes, MARKERS):
                if len(of := rows[(round_ == n) & (labels == label)]):
                    x, y = np.asarray(self.positions)[of].T
                    how = {"color": [shade], "marker": marker, "zorder": 2 + n} | look
                    self.asked_.append(self.ax_.scatter(x, y, **how))
                    if numbered and n:
                        self._number(x, y, n, shade, MIDDLE.get(marker, 0))
        self.colorbar_ = None
        if len(shades) > 1:
            self._name_rounds(shades)

    def _shades(self):
        """Return one colour per round: white for the start, then from light to dark."""
        later = load_matplotlib(self).colormaps["viridis_r"]
        n = len(self.rounds) - 1
        return np.vstack([np.ones((1, 4)), later(np.linspace(0.1, 1, n) if n > 1 else [0.6] * n)])

    def _number(self, xs, ys, n, shade, up):
        """Write the round in its markers, in white on dark shades."""
        dark = np.dot(shade[:3], LIGHTNESS) < 0.5
        look = {"ha": "center", "va": "center_baseline", "fontsize": 6.5, "zorder": 2.5 + n}
        look |= {"color": "white" if dark else "black", "textcoords": "offset points"}
        for at in zip(xs, ys):
            self.texts_.append(self.ax_.annotate(str(n), at, xytext=(0, up), **look))

    def _name_classes(self, classes):
        """Draw a legend of the shapes above the map."""
        line = load_matplotlib(self).lines.Line2D
        look = {"linestyle": "", "color": "black", "markerfacecolor": "white", "markersize": 7}
        marks = [line([], [], marker=m, label=str(c), **look) for c, m in zip(classes, MARKERS)]
        where: dict[str, Any] = {
            "loc": "lower left",
            "bbox_to_anchor": (0, 1),
            "borderaxespad": 0.2,
        }
        self.ax_.legend(handles=marks, ncols=len(marks), frameon=False, handletextpad=0.1, **where)

    def _name_rounds(self, shades):
        """Draw a colour bar of the rounds beside the map."""
        matplotlib, n = load_matplotlib(self), len(shades)
        norm = matplotlib.colors.BoundaryNorm(np.arange(n + 1) - 0.5, n)
        colours = matplotlib.colors.ListedColormap(shades)
        shown = matplotlib.cm.ScalarMappable(norm, colours)
        look: dict[str, Any] = {
            "label": "Round",
            "shrink": 0.7,
            "pad": 0.02,
            "ticks": range(0, n, -(-n // 10)),
        }
        colorbar = self.figure_.colorbar(shown, ax=self.ax_, **look)
        colorbar.minorticks_off()
        self.colorbar_ = colorbar
