"""Ask for what helps a goal, found out by refitting: the yardstick of the closed forms."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from joblib import effective_n_jobs
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.parallel import Parallel, delayed

from skal._constraints import COUNT, JOBS, POSITIVE
from skal._progress import counted
from skal._renamed import renamed_parameters
from skal.kernels.influence.label_rules import labels_tried, settle
from skal.selection import top
from skal.state import QueryState
from skal.strategies._goals.goals import (
    LABELS,
    check_goal,
    label_rule,
    needs_of,
    spread_of_errors,
    temperature_of,
    true_labels,
)
from skal.strategies.base import UtilityStrategy
from skal.strategies.goals import Goal


class GoalRetraining(UtilityStrategy):
    """Ask for the rows whose label, once learned, helps a goal most, by really refitting.

    The utility of a row x with label y is τ(θ with (x, y)) − τ(θ); a label rule makes one number
    of those of all labels.  The model is refitted once for every candidate and every label that
    the rule wants to know, so that this is a strategy for small pools, and for any model; for
    linear last layers :class:`GoalInfluence` gives nearly the same for the price of a few
    products.

    Parameters
    ----------
    goal : {"holdout", "entropy", "fisher"}, default="holdout"
        What τ is: the log-likelihood of the holdout (of a regression: −½ Σ squared errors);
        minus the entropy of the pool's probabilities; minus the mean trace of their Fisher
        information.
    label : {"mean", "min", "max", "predicted", "tempered", "expected", "oracle"}, default=None
        What stands for the unknown label: all labels alike, the worst, the best, the model's own,
        all weighted by tempered probabilities or by the model's own, or the truth (in a replay).
        None is "expected"; of a regression "max", the better of ŷ ± s, with s the error on the
        holdout.
    temperature : float or callable, default=None
        For "tempered": probabilities to the power 1/temperature.  A function of the number of
        labelled rows anneals it, such as ``lambda n: 1 + 100 / n``: nearly all labels alike at
        first, the model's own probabilities later.
    target : int or rows, default=None
        How many rows the goal is measured on, drawn at random, or these rows; None is all of the
        holdout or the pool.
    size : int, default=None
        How many candidates to try, drawn at random; the others score −inf.  A batch draws as many
        as it needs.
    n_jobs : int, default=None
        How many processes refit.

    See Also
    --------
    GoalInfluence : The same goals in closed form.
    ErrorReduction : The entropy of the pool as a goal.
    Shortlist : Refit for the best rows of a cheap strategy only.

    Notes
    -----
    Time O(n·k·(fit + m·d·k)), memory O(m·k + n·k); fit is what a fit of the model takes, and m
    are the goal rows: the whole pool unless `target` says otherwise (n² then), or the holdout.
    `size` takes the place of n.

    References
    ----------
    Xu and Kazantsev, Understanding goal-oriented active learning via influence functions, 2019,
    Eq. 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import GoalRetraining
    >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
    >>> learner = ActiveLearner(LogisticRegression(), GoalRetraining(label="mean"))
    >>> learner.fit(X, y, X_val=[[0.2], [0.8]], y_val=[0, 1]).query()
    array([2])
    """

    _parameter_constraints: ClassVar[dict] = {
        "goal": [StrOptions({"holdout", "entropy", "fisher"})],
        "label": [StrOptions(set(LABELS)), None],
        "temperature": [POSITIVE, callable, None],
        "target": [COUNT, "array-like", "sparse matrix", None],
        "size": [COUNT, None],
        "n_jobs": JOBS,
    }

    @renamed_parameters(evaluate="target", subsample="size")
    def __init__(
        self,
        goal: str = "holdout",
        label: str | None = None,
        *,
        temperature: float | Callable[[int], float] | None = None,
        target: Any = None,
        size: int | None = None,
        n_jobs: int | None = None,
    ):
        self.goal = goal
        self.label = label
        self.temperature = temperature
        self.target = target
        self.size = size
        self.n_jobs = n_jobs

    @property
    def needs(self) -> frozenset[str]:
        return needs_of(self.goal)

    def check(self) -> None:
        """Raise an error for invalid parameters, or such as do not go together."""
        if self.goal == "variance":
            raise ValueError(
                "goal='variance' is no matter of refitting: GoalInfluence(goal='variance') has it "
                "exactly."
            )
        super().check()
        check_goal(self.goal, self.label, self.temperature, self.target)

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """The n tried candidates of the highest utility, best first."""
        tried = state.restrict(self._drawn(state, n))
        return tried.candidates[top(self._settled(tried), n)]

    def utilities(self, state: QueryState) -> np.ndarray:
        """The utility of each candidate; −inf where it was not tried."""
        tried = state.restrict(self._drawn(state, 1))
        scores = np.full(len(state.candidates), -np.inf)
        scores[np.isin(state.candidates, tried.candidates)] = self._settled(tried)
        return scores

    def _settled(self, state):
        """One utility a candidate."""
        rule = label_rule(self.label, state, "expected")
        P = None if state.classes is None else state.pool.part(state.candidates).proba
        temperature = temperature_of(self.temperature, state)
        return settle(self.utilities_by_label(state), P, rule, temperature)

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
        GoalInfluence.utilities_by_label : The same in closed form.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> from skal.strategies import GoalRetraining
        >>> X, y = np.array([[0.0], [1.0], [0.1], [0.45]]), [0, 1, None, None]
        >>> learner = ActiveLearner(LogisticRegression(), GoalRetraining())
        >>> learner = learner.fit(X, y, X_val=[[0.2], [0.8]], y_val=[0, 1])
        >>> GoalRetraining().utilities_by_label(learner.query_state()).shape
        (2, 2)
        """
        rule = label_rule(self.label, state, "expected")
        goal = Goal.drawn(self.goal, self.target, state)
        labels = _labels(state, rule, goal)
        positions = np.repeat(state.candidates, labels.shape[1])
        tasks = list(zip(positions, labels.reshape(len(positions), *labels.shape[2:]), strict=True))
        workers = max(1, min(effective_n_jobs(self.n_jobs), len(tasks)))
        parts = np.array_split(np.arange(len(tasks)), workers)
        if workers == 1:
            values = [_values(state, goal, tasks)]
        else:
            jobs = (delayed(_values)(state, goal, [tasks[i] for i in part]) for part in parts)
            values = Parallel(n_jobs=self.n_jobs)(jobs)
        return np.concatenate(values).reshape(labels.shape[:2]) - goal.value(state)

    def _drawn(self, state, n):
        """The candidates to try, in their order."""
        candidates = state.candidates
        if self.size is None or max(self.size, n) >= len(candidates):
            return candidates
        size = int(max(self.size, n))
        places = state.rng.choice(len(candidates), size=size, replace=False)
        return candidates[np.sort(places)]


class ErrorReduction(GoalRetraining):
    """Ask for the rows that are expected to leave the model surest of the rest of the pool.

    The model is refitted once for every candidate and every label; the score is minus the entropy
    of the pool's probabilities after that, averaged over the labels under the model:
    ``GoalRetraining("entropy", "expected")``.  In closed form, for linear last layers:
    ``GoalInfluence("entropy", "expected")``.

    Parameters
    ----------
    target : int or rows, default=None
        How many rows of the pool the entropy is measured on, drawn at random, or these rows.
    size : int, default=None
        How many candidates to try, drawn at random; the others score −inf.
    n_jobs : int, default=None
        How many processes refit.

    See Also
    --------
    GoalInfluence : The same goal in closed form.
    GoalRetraining : Other goals and label rules.

    Notes
    -----
    Time O(n·k·fit + n²·d·k²), memory O(n·k); fit is what a fit of the model takes. `size` and
    `target` take the places of the two n.

    References
    ----------
    Roy and McCallum, Toward optimal active learning through sampling estimation of error
    reduction, 2001.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import ErrorReduction
    >>> X, y = np.array([[0.0], [1.0], [0.1], [3.0]]), [0, 1, None, None]
    >>> ActiveLearner(LogisticRegression(), ErrorReduction()).fit(X, y).query()
    array([3])
    """

    goal, label, temperature = "entropy", "expected", None

    @renamed_parameters(evaluate="target", subsample="size")
    def __init__(self, *, target: Any = None, size: int | None = None, n_jobs: int | None = None):
        self.target = target
        self.size = size
        self.n_jobs = n_jobs


def _labels(state, rule, goal):
    """The labels to try for each candidate (n×L; of several outputs n×L×outputs)."""
    view = state.pool.part(state.candidates)
    if rule == "oracle":
        return true_labels(state)[:, None]
    if state.classes is None:
        s = spread_of_errors(goal.view(state))
        prediction = view.prediction
        shifted = [prediction.reshape(len(view), -1) + sign * s for sign in (-1, 1)]
        return np.stack(shifted, axis=1).reshape(len(view), 2, *prediction.shape[1:])
    return state.classes[labels_tried(view.proba, rule)]


def _values(state: QueryState, goal: Goal, tasks: list[tuple]) -> list[float]:
    """The goal after each of these rows has been learned with its label."""
    return [
        goal.value(state.refit(position, np.asarray(y)[None]))
        for position, y in counted(tasks, "Refitting the model")
    ]
