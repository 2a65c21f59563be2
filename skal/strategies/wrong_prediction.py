"""Ask for rows that the model is likely to have wrong."""

from numbers import Integral
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from skal._array import namespace, to_numpy
from skal._constraints import POSITIVE
from skal.kernels.influence.wrong_prediction import approximate_rises, exact_rises
from skal.selection import top
from skal.state import QueryState
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

    Parameters
    ----------
    steps : int, default=3
        Gradient steps on the predicted label; 0 is the approximation.
    learning_rate : float, default=None
        How long a step is; None is 1e-3, the paper's for its fully connected net.  The
        approximation has none.  Two classes have two columns of weights here, both of which
        move, so that their difference takes twice the step of the paper's model of one logit
        (Eq. 15): halve the rate for that model's utilities.

    See Also
    --------
    GoalInfluence : Help the holdout instead of finding what hurts it.
    FisherKernel : Find rows like the mistakes on the holdout.

    Notes
    -----
    Time O(n·m·(d + k)), memory O(n·k + m·d); m are the rows of the holdout.

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

    needs = frozenset({"model", "classifier", "last_layer", "holdout"})

    _parameter_constraints: ClassVar[dict] = {
        "steps": [Interval(Integral, 0, None, closed="left")],
        "learning_rate": [POSITIVE, None],
    }

    def __init__(self, steps: int = 3, *, learning_rate: float | None = None):
        self.steps = steps
        self.learning_rate = learning_rate

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
        layer = state.pool.part(state.candidates).last_layer
        check_softmax(layer, type(self).__name__)
        assert state.holdout is not None  # `needs` names it
        view = of_seen_classes(state.holdout, state)
        known = view.last_layer
        columns = class_columns(view.y, known)
        if self.steps == 0:
            rises = approximate_rises(
                layer.features, layer.proba, known.features, known.proba, columns, layer.intercept
            )
            return to_numpy(rises)
        rate = RATE if self.learning_rate is None else float(self.learning_rate)
        rows, trusted = (
            (part.features, namespace(part.proba).asarray(part.decision, dtype=part.proba.dtype))
            for part in (layer, known)
        )
        return to_numpy(
            exact_rises(*rows, *trusted, columns, layer.intercept, steps=self.steps, rate=rate)
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
