"""Ask for rows that the model is likely to have wrong."""

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from skal._array import as_float64, concatenate_rows, namespace, to_numpy
from skal._constraints import COUNT, POSITIVE
from skal._rows import row_blocks
from skal.kernels.influence.wrong_prediction import approximate_rises, dense_rises, exact_rises
from skal.models import LastLayer, moved_rises
from skal.selection import top
from skal.state import QueryState, View
from skal.strategies._goals.goals import class_columns, of_seen_classes
from skal.strategies._goals.hessian import check_softmax
from skal.strategies.base import UtilityStrategy

RATE = 1e-3  # the paper's


class WrongPrediction(UtilityStrategy):
    r"""Ask for the rows whose predicted label, once believed, hurts the holdout most.

    Each row is given the label that the model predicts, and the last layer takes a few gradient
    steps on it; the utility is how much the loss on the holdout rises.  It rises where the
    prediction is likely to be wrong.  All rows at once: the weights move along the row's features
    only, :math:`\Theta - zc^\top`, so that products of the pool with the holdout say it all.
    `steps` = 0 is the first-order approximation, the negative inner product of the two gradients:
    two products.

    The holdout costs labels, though few: the paper finds no gain beyond a few of each class.  Rows
    that the model was fitted on would not do; their loss has no slope left.

    Of maps, a label at every position of a row, the steps go down the mean loss of the positions,
    and the utility is the mean rise over those positions of the holdout whose loss rises (section
    4.2 of the paper, which moves the last two convolutions: ``layers=2``).

    Parameters
    ----------
    steps : int, default=3
        Gradient steps on the predicted label; 0 is the approximation.
    learning_rate : float, default=None
        How long a step is; None is 1e-3, the paper's for its fully connected net.  The
        approximation has none.
    layers : int or list of str, default=None
        The layers of a net that take the steps: the last so many convolutions and linear layers,
        or modules by their names.  They move on a copy of the net, a pass through it a step and
        row.  None: the last layer, of any model, in closed form.

    See Also
    --------
    GoalInfluence : Help the holdout instead of finding what hurts it.
    FisherKernel : Find rows like the mistakes on the holdout.

    Notes
    -----
    Time O(n·m·(d + k)), memory O(n·k + m·d); m are the rows of the holdout.  Of maps, with m for
    the positions of the holdout, time is O(n·m·d·k).

    References
    ----------
    Aljundi, Chumerin and Olmeda Reino, Identifying wrongly predicted samples: a method for active
    learning, 2020, Eq. 3 and 10.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import WrongPrediction
    >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
    >>> learner = ActiveLearner(LogisticRegression(), WrongPrediction())
    >>> learner.fit(X, y, X_val=[[0.2], [0.8]], y_val=[0, 1]).query()
    array([3])
    """

    works_on_maps = True

    _parameter_constraints: ClassVar[dict] = {
        "steps": [Interval(Integral, 0, None, closed="left")],
        "learning_rate": [POSITIVE, None],
        "layers": [COUNT, list, tuple, None],
    }

    def __init__(
        self,
        steps: int = 3,
        *,
        learning_rate: float | None = None,
        layers: int | Sequence[str] | None = None,
    ):
        self.steps = steps
        self.learning_rate = learning_rate
        self.layers = layers

    @property
    def needs(self) -> frozenset[str]:
        seen = "last_layer" if self.layers is None else "modules"
        return frozenset({"model", "classifier", "holdout", seen})

    @property
    def _rate(self):
        return RATE if self.learning_rate is None else float(self.learning_rate)

    def check(self) -> None:
        """Raise an error for invalid parameters, or a learning rate that changes nothing."""
        super().check()
        if self.steps == 0 and self.learning_rate is not None:
            raise ValueError(
                f"learning_rate={self.learning_rate!r} changes nothing with steps=0, whose order "
                "of rows is the same for every rate: leave it out."
            )

    def utilities(self, state: QueryState) -> np.ndarray:
        """How much the loss on the holdout rises for each candidate's own label."""
        view = state.pool.part(state.candidates)
        if self.layers is not None:
            return self._moved(view, state, self.layers)
        if view.is_map:
            return self._of_maps(view, state)
        layer = view.last_layer
        check_softmax(layer, type(self).__name__)
        assert state.holdout is not None  # `needs` names it
        trusted_rows = of_seen_classes(state.holdout, state)
        known = trusted_rows.last_layer
        columns = class_columns(trusted_rows.y, known)
        if self.steps == 0:
            rises = approximate_rises(
                layer.features, layer.proba, known.features, known.proba, columns, layer.intercept
            )
            return to_numpy(rises)
        rows, trusted = (
            (part.features, namespace(part.proba).asarray(part.decision, dtype=part.proba.dtype))
            for part in (layer, known)
        )
        return to_numpy(
            exact_rises(
                *rows, *trusted, columns, layer.intercept, steps=self.steps, rate=self._rate
            )
        )

    def _of_maps(self, view: View, state: QueryState) -> np.ndarray:
        """The same for maps, by the positions of the holdout where the loss rises."""
        trusted = _trusted_positions(state)
        rises = []
        for layer in view.positions():
            layer, t = _doubled(layer), layer.features.shape[1]  # the loss is the mean of t's
            rise = dense_rises(
                *(layer.features, layer.decision, *trusted, layer.intercept),
                steps=self.steps,
                rate=self._rate / t,
            )
            rises.append(to_numpy(rise) / (1 if self.steps else t))
        return np.concatenate(rises)

    def _moved(self, view: View, state: QueryState, layers: int | Sequence[str]) -> np.ndarray:
        """The same for inner layers, by gradient steps on a copy of the net."""
        held, classes = state.holdout, state.classes
        assert held is not None  # `needs` names it
        assert classes is not None  # likewise
        return np.concatenate(
            [
                moved_rises(
                    *(view.model, view.data.block(rows), held.X, held.y, classes, layers),
                    steps=self.steps,
                    rate=self._rate,
                )
                for rows in row_blocks(view.data.container, len(view))
            ]
        )

    def confident(self, state: QueryState, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Find rows whose own label helps the holdout: the paper's free pseudo-labels.

        Not all of them are right, since it takes an unsure row to help much: look at some before
        they are learned.

        Parameters
        ----------
        state : QueryState
            What a learner shows: `learner.query_state()`.
        n : int
            How many rows.

        Returns
        -------
        positions, labels : ndarray
            The n candidates of the lowest score, surest first, and the model's labels for them.

        See Also
        --------
        ActiveLearner.teach : Learn them, once they were looked at.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies import WrongPrediction
        >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
        >>> learner = ActiveLearner(LogisticRegression(), WrongPrediction())
        >>> learner = learner.fit(X, y, X_val=[[0.2], [0.8]], y_val=[0, 1])
        >>> positions, labels = WrongPrediction().confident(learner.query_state(), 1)
        >>> positions, labels
        (array([0]), array([0]))
        """
        picks = state.candidates[top(-self.checked_utilities(state), n)]
        return picks, state.pool.part(picks).prediction


def _trusted_positions(state: QueryState) -> tuple[Any, Any, Any]:
    """Features (p×d), logits (p×k) and columns (p) of the holdout's positions that have a label."""
    assert state.holdout is not None  # `needs` names it
    features, logits, columns, done = [], [], [], 0
    for layer in state.holdout.positions():
        layer = _doubled(layer)
        n, t, d = layer.features.shape
        y = state.holdout.y[done : done + n].reshape(n, -1)
        done += n
        if y.shape[1] != t:
            raise ValueError(
                f"The maps of the holdout have {y.shape[1]} positions, and the net puts out {t}: "
                "bring the rows and maps of X_val and y_val to the size of those of fit."
            )
        (known,) = np.nonzero(np.isin(y.ravel(), layer.classes))
        features.append(layer.features.reshape(n * t, d)[known])
        logits.append(layer.decision.reshape(n * t, -1)[known])
        columns.append(class_columns(y.ravel()[known], layer))
    if not sum(map(len, columns)):
        raise ValueError("The model has seen no class of the holdout: label more rows.")
    return concatenate_rows(features), concatenate_rows(logits), concatenate_rows(columns)


def _doubled(layer: LastLayer) -> LastLayer:
    """The layer in float64: short steps change losses by less than float32 tells apart."""
    double = {"features": as_float64(layer.features), "weights": as_float64(layer.weights)}
    return replace(layer, **double)
