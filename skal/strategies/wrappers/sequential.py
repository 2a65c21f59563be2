"""A batch picked row by row, each seen as if the ones before had been learned."""

from typing import Any, ClassVar

import numpy as np

from skal._constraints import BYTES, COUNT, POSITIVE
from skal._progress import counted
from skal._renamed import renamed_parameters
from skal.models import is_gaussian_process, posterior
from skal.selection import conditional_variance
from skal.state import QueryState
from skal.state.moved import assume
from skal.strategies._goals.hessian import Curvature
from skal.strategies.function_strategy import StrategyLike
from skal.strategies.predictive_std import PredictiveStd
from skal.strategies.wrappers.base import STRATEGY, Wrapper


class Sequential(Wrapper):
    """Pick a few rows, assume the model's own labels for them, and pick again.

    The best rows of a batch are often near duplicates.  Here each picked row updates the last layer
    as a refit with its predicted label would: by the converged Newton step in closed form, H⁻¹ by
    an update of rank k − 1, so that the next pick costs one product with the pool and no refit.
    The estimator does not change.  The wrapped strategy uses the updated probabilities, weights and
    labelled rows; a strategy that uses the estimator itself (refits, dropout) raises an error.

    It supports last layers with a known training objective, as :class:`GoalInfluence` does.  In
    regression, predictions stay the same and only H changes, as ``GoalInfluence("variance")``
    requires.  With a Gaussian process, :class:`PredictiveStd` takes each pick as known: this is
    exact for any label, because deviations depend on the kernel alone.

    Parameters
    ----------
    strategy : Strategy or callable
        Picks the rows.
    step : int, default=1
        The number of rows to pick before the last layer is updated.
    max_memory : float, default=5e8
        Bytes that H and its inverse may take; of a Gaussian process, its covariances.
    ridge : float, default=None
        The curvature that the training objective adds for each weight, for models that do not say
        it (nets); the intercept is free.  None is the model's own, and another number than that
        raises an error.

    See Also
    --------
    Spread : Spread a batch by clusters, for any model.
    GoalInfluence : A strategy that benefits from it.

    Notes
    -----
    Time O(b·(T + n·d·k²) + d³·k³), memory O(M + n·k + d²·k²); T and M are those of the wrapped
    strategy, and `step` divides b.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Margin, Sequential
    >>> X = np.array([[-1, 0.0], [1, 0], [0.01, 5], [0.02, 5.1], [0.03, -5]])
    >>> y = [0, 1, None, None, None]
    >>> ActiveLearner(LogisticRegression(), Margin(), batch_size=2).fit(X, y).query()
    array([2, 3])
    >>> ActiveLearner(LogisticRegression(), Sequential(Margin()), batch_size=2).fit(X, y).query()
    array([2, 4])
    """

    own_needs = frozenset({"model", "last_layer"})
    works_on_maps = False
    _parameter_constraints: ClassVar[dict] = {
        "strategy": STRATEGY,
        "step": [COUNT],
        "max_memory": [BYTES],
        "ridge": [POSITIVE, None],
    }

    @renamed_parameters(penalty="ridge")
    def __init__(
        self,
        strategy: StrategyLike,
        *,
        step: int = 1,
        max_memory: float = 5e8,
        ridge: float | None = None,
    ):
        self.strategy = strategy
        self.step = step
        self.max_memory = max_memory
        self.ridge = ridge

    def select(self, state: QueryState, n: int) -> np.ndarray:
        """n candidates, in the order in which they were picked."""
        if is_gaussian_process(state.pool.model):
            return self._given_those_before(state, n)
        inverse: Any = None
        picks: list[int] = []
        steps = iter(counted(range(-(-n // self.step)), "Picking rows"))
        while True:
            next(steps, None)
            more = self.inner.select(state, min(self.step, n - len(picks)))
            if not len(more):
                raise ValueError(
                    f"{self.strategy!r} has {len(picks)} rows to give, and {n} were asked for."
                )
            picks.extend(more)
            if len(picks) == n:
                return np.array(picks)
            if inverse is None:
                who = type(self).__name__
                curvature = Curvature(state, ridge=self.ridge, max_memory=self.max_memory, who=who)
                inverse = curvature.inverse
            state = assume(state, inverse, np.asarray(more))
            inverse = state.inverse_hessian

    def _given_those_before(self, state: QueryState, n: int) -> np.ndarray:
        """n candidates, each of the largest deviation of a process that knows those before."""
        if not isinstance(self.inner, PredictiveStd) or self.ridge is not None:
            raise ValueError(
                f"{self!r} was given a Gaussian process, of which only the deviations are known to "
                "move: use Sequential(PredictiveStd()) without ridge=, or Spread."
            )
        n_bytes = 8 * (len(state.labelled) + n) * len(state.candidates)
        if n_bytes > self.max_memory:
            raise MemoryError(
                f"The covariances of {len(state.candidates):,} candidates take {n_bytes:.1e} "
                f"bytes, and max_memory={self.max_memory:.1e}: raise it, or put a Shortlist or "
                "Subsample around Sequential."
            )
        view = state.pool.part(state.candidates)
        process = posterior(view.model, view.X)
        variance = np.maximum(process.variance, 0)
        told = np.square(self.inner.checked_utilities(state))  # in the units of y
        scale = np.divide(told, variance, out=np.zeros_like(told), where=variance > 0)
        picks = conditional_variance(
            variance, process.column, n, step=self.step, noise=process.noise, scale=scale
        )
        return state.candidates[picks]
