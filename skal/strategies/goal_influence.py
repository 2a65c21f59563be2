"""Ask for what helps a goal, in closed form."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from skal._array import to_numpy
from skal._constraints import BYTES, COUNT, POSITIVE
from skal._renamed import renamed_parameters
from skal.state import QueryState
from skal.strategies._goals.batches import batch_state, batch_utility, utilities_of_labelings
from skal.strategies._goals.choices import VACUOUS, Choices, closed_form
from skal.strategies._goals.closed_forms import Newton
from skal.strategies._goals.goals import LABELS, check_goal, needs_of
from skal.strategies._goals.hessian import Curvature
from skal.strategies._goals.refits import compare_with_refits
from skal.strategies.base import UtilityStrategy
from skal.strategies.goals import GOALS, Goal

# Rows of the pool that the entropy is measured on unless `target` says otherwise.
TARGET_SIZE = 2000


class GoalInfluence(UtilityStrategy):
    r"""Ask for the rows whose label, once learned, helps a goal most; no refit, a few products.

    The utility of a row x with label y is τ(θ with (x, y)) − τ(θ), in closed form; a label rule
    makes one number of those of all labels.  It is for linear last layers whose training
    objective is known: logistic regression, ridge, and pipelines and searches around them.

    ``order="newton"`` takes the loss of the old rows as its quadratic, that of the new row and the
    goal as they are:
    :math:`\Delta\theta = -H^{-1}(z \otimes c),\; c = \mathrm{softmax}(\eta - Nc) - e_y`, with
    :math:`N = (z^\top\!\otimes I) H^{-1} (z \otimes I)`; then it
    adds what a second step would do that the losses of the old rows call for, but at most half of
    the utility of the first step, of either sign: a second step as long as the first is not
    reliable.
    ``order="linear"`` is the paper's first order, :math:`v^\top \nabla R(x, y)` with
    :math:`v = -H^{-1}\nabla\tau`: one product with the pool.  The Newton order costs (goal rows) ×
    (candidates) × (classes)²; `target` limits the goal rows.

    Utilities of a batch are summed, so that it may repeat itself: wrap it in :class:`Sequential`
    or :class:`Spread`; `batch_utility` compares batches.  The form to use for a classifier is
    ``Shortlist(Sequential(GoalInfluence(target=100)), factor=5)``: of the forms that were tried it
    alone was ahead of margin sampling.

    Sample weights and class weights of the fit multiply the losses here too; balanced ones, and
    priors that are divided out, are counted anew with the new row.  Where the Newton order may be
    far from refits (weak regularisation, large features) up to twelve refits are made: a
    ``refit_correlation`` in ``history_`` below 0.97 causes a warning, and so do steps of which most
    would be followed by a longer one.

    Parameters
    ----------
    goal : {"entropy", "holdout", "fisher", "variance"}, default="entropy"
        What τ is: minus the entropy of the pool's probabilities; the log-likelihood of the holdout
        (of a regression: −½ Σ squared errors); minus the mean trace of the pool's Fisher
        information; of a regression minus the mean predictive variance of the pool, which no
        label changes.  The paper finds that a goal can be reached and still hurt.
    label : {"mean", "min", "max", "predicted", "tempered", "expected", "oracle"}, default=None
        What stands for the unknown label: all labels alike, the worst, the best, the model's own,
        all weighted by tempered probabilities or by the model's own, or the truth (in a replay).
        None is "expected" ("mean" with ``order="linear"``, where the expectation says nothing);
        of a regression "max", the better of ŷ ± s, with s the error on the holdout.
    order : {"newton", "linear"}, default="newton"
        How closely the refit is followed.
    temperature : float or callable, default=None
        For "tempered": probabilities to the power 1/temperature.  A function of the number of
        labelled rows anneals it, such as ``lambda n: 1 + 100 / n``: labels count alike at first.
    target : int or rows, default=None
        How many rows the goal is measured on, drawn at random, or these rows.  None is all of the
        holdout or the pool, but 2,000 rows of the pool at most for the Newton order of "entropy",
        whose cost grows with the square of the pool; a number as large as the pool is all of it.
    solver : {"auto", "cholesky", "cg"}, default="auto"
        How H is solved: by a Cholesky factor; by conjugate gradients, in the memory of the
        labelled rows and for ``order="linear"`` only; or by the first while it fits `max_memory`.
    max_memory : float, default=5e8
        Bytes that H and its inverse may take.
    ridge : float, default=None
        The curvature that the training objective adds for each weight, for models that do not say
        it (nets); the intercept is free, and there is no check against refits.  None is the model's
        own (of a logistic regression 1/C, of two classes 2/C), and another number raises an error.

    See Also
    --------
    GoalRetraining : The same goals by refitting, for any model.
    Sequential : Keep a batch from repeating itself.
    skal.models.last_layer : The last layers that are known.

    Notes
    -----
    Time O(n·m·k²·(d + k) + n·d²·k² + d³·k³), memory O(n·k² + d²·k²); m are the goal rows, and
    the labelled rows as well in the Newton order.  With ``order="linear"`` time
    O((n + m)·d·k + d³·k³).  Of the pool's goals "fisher" and "variance" m is n unless `target` says
    otherwise: n² (of "variance" only where there are fewer labelled rows than features).

    References
    ----------
    Xu and Kazantsev, Understanding goal-oriented active learning via influence functions, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import GoalInfluence
    >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
    >>> learner = ActiveLearner(LogisticRegression(), GoalInfluence("holdout", label="mean"))
    >>> learner.fit(X, y, X_val=[[0.2], [0.8]], y_val=[0, 1]).query()
    array([2])
    """

    _parameter_constraints: ClassVar[dict] = {
        "goal": [StrOptions(set(GOALS))],
        "label": [StrOptions(set(LABELS)), None],
        "order": [StrOptions({"newton", "linear"})],
        "temperature": [POSITIVE, callable, None],
        "target": [COUNT, "array-like", "sparse matrix", None],
        "solver": [StrOptions({"auto", "cholesky", "cg"})],
        "max_memory": [BYTES],
        "ridge": [POSITIVE, None],
    }

    @renamed_parameters(evaluate="target", penalty="ridge")
    def __init__(
        self,
        goal: str = "entropy",
        label: str | None = None,
        *,
        order: str = "newton",
        temperature: float | Callable[[int], float] | None = None,
        target: Any = None,
        solver: str = "auto",
        max_memory: float = 5e8,
        ridge: float | None = None,
    ):
        self.goal = goal
        self.label = label
        self.order = order
        self.temperature = temperature
        self.target = target
        self.solver = solver
        self.max_memory = max_memory
        self.ridge = ridge

    @property
    def needs(self) -> frozenset[str]:
        return needs_of(self.goal) | {"last_layer"}

    def check(self) -> None:
        """Raise an error for invalid parameters, or such as do not go together."""
        super().check()
        check_goal(self.goal, self.label, self.temperature, self.target)
        vacuous = self.label == "expected" or (self.label == "tempered" and self.temperature == 1)
        if self.order == "linear" and vacuous:
            raise ValueError(VACUOUS.format(label=self.label))
        if self.solver == "cg" and (self.order == "newton" or self.goal == "variance"):
            raise ValueError(
                "solver='cg' solves for one direction and never has H⁻¹, which order='newton' and "
                "goal='variance' look at row by row: set order='linear', or solver='cholesky'."
            )

    @property
    def _target_size(self):
        """`target`, or how many rows it is by default."""
        pairwise = self.order == "newton" and self.goal == "entropy"
        return TARGET_SIZE if self.target is None and pairwise else self.target

    def utilities(self, state: QueryState) -> np.ndarray:
        """The utility of each candidate."""
        goal, form, curvature = self._closed_form(state)
        refittable = curvature.objective is not None and curvature.objective.own
        if not (isinstance(form, Newton) and refittable):  # a refit would not follow this H
            return to_numpy(form.settled())
        by_label = form.by_label()
        settled = form.settled(by_label)
        compare_with_refits(state, goal, form, curvature.objective, by_label, settled)
        return to_numpy(settled)

    def utilities_by_label(self, state: QueryState) -> np.ndarray:
        """Compute the utility of each candidate and each label that the rule wants.

        Parameters
        ----------
        state : QueryState
            The pool, the labelled rows and the model.

        Returns
        -------
        utilities : ndarray of shape (len(state.candidates), L)
            The difference τ(θ with (x, y)) − τ(θ), a column for each of the L labels.

        See Also
        --------
        GoalRetraining.utilities_by_label : The same by refitting.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies import GoalInfluence
        >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
        >>> learner = ActiveLearner(LogisticRegression(), GoalInfluence("holdout"))
        >>> learner = learner.fit(X, y, X_val=[[0.2], [0.8]], y_val=[0, 1])
        >>> GoalInfluence("holdout").utilities_by_label(learner.query_state()).shape
        (2, 2)
        """
        return to_numpy(self._closed_form(state)[1].by_label())

    def batch_utility(self, state: QueryState, positions: np.ndarray) -> float:
        """Compute the utility of a batch whose rows are labelled and learned together.

        The label rule settles the labels of the whole batch; a labeling has the product of the
        probabilities of its labels.  To first order this is the sum of the utilities of the rows
        (Remark 2 of Xu and Kazantsev).  In the Newton order one step learns all rows: those that
        are alike are usually worth less together.  All labelings are enumerated; very unlikely ones
        may be far from refits.

        Parameters
        ----------
        state : QueryState
            The pool, the labelled rows and the model.
        positions : array of int
            Positions of the batch in the pool.

        Returns
        -------
        utility : float
            The difference τ(θ with the batch) − τ(θ), as the label rule settles it.

        See Also
        --------
        batch_utilities_by_label : The utility of each labeling.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies import GoalInfluence
        >>> X, y, strategy = [[0], [1], [0.45], [0.45]], [0, 1, None, None], GoalInfluence()
        >>> state = ActiveLearner(LogisticRegression(), strategy).fit(X, y).query_state()
        >>> together = strategy.batch_utility(state, np.array([0, 1]))
        >>> bool(together < strategy.utilities(state).sum())
        True
        """
        self.check()
        return batch_utility(self._closed_form(batch_state(state, positions))[1])

    def batch_utilities_by_label(
        self, state: QueryState, positions: np.ndarray, labels: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Compute the utility of a batch for each labeling of its rows.

        Parameters
        ----------
        state : QueryState
            The pool, the labelled rows and the model.
        positions : array of int
            Positions of the batch in the pool.
        labels : array of shape (L, len(positions)), default=None
            Labelings to evaluate; None is all that the label rule tries, up to 16,384.

        Returns
        -------
        labels : ndarray of shape (L, len(positions))
            The labelings.
        utilities : ndarray of shape (L,)
            The difference τ(θ with the batch and these labels) − τ(θ).

        See Also
        --------
        batch_utility : One number, as the label rule settles the labels.
        QueryState.refit : Refit with a labeling, for comparison.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies import GoalInfluence
        >>> X, y = [[0.0], [1.0], [0.1], [0.45]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> labels, utilities = GoalInfluence().batch_utilities_by_label(state, [0, 1])
        >>> labels.tolist(), utilities.shape
        ([[0, 0], [0, 1], [1, 0], [1, 1]], (4,))
        """
        self.check()
        batch = batch_state(state, positions)
        return utilities_of_labelings(batch, self._closed_form(batch)[1], labels)

    def _closed_form(self, state):
        """The goal with its rows; what answers for all candidates; what H is."""
        goal = Goal.drawn(self.goal, self._target_size, state)
        who = type(self).__name__
        curvature = Curvature(state, ridge=self.ridge, max_memory=self.max_memory, who=who)
        how = Choices(self.label, self.order, self.temperature, self.solver)
        return goal, closed_form(state, goal, curvature, how), curvature
