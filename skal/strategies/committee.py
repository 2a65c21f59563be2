"""Query by the disagreement of several predictions."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils._param_validation import HasMethods, StrOptions

from skal._constraints import PAIR_OR_MORE
from skal.kernels.uncertainty import (
    divergence,
    mutual_information,
    variance,
    variation_ratio,
    vote_entropy,
)
from skal.state import QueryState
from skal.strategies.base import UtilityStrategy


class _Draws(UtilityStrategy):
    """Rate candidates by several draws of their probabilities; maps by the mean over positions."""

    works_on_maps = True

    needs = frozenset({"model", "classifier", "draws"})
    by_row = True
    _parameter_constraints: ClassVar[dict] = {"draws": [PAIR_OR_MORE]}

    def __init__(self, draws: int = 20):
        self.draws = draws

    def utilities(self, state: QueryState) -> np.ndarray:
        """How much the draws differ for each candidate."""
        return state.pool.part(state.candidates).rate(self._disagreement, self.draws)


class Bald(_Draws):
    """Pick the rows on which confident draws of the model disagree most.

    The utility is the mutual information of label and model, H(mean p) − mean H(p), over draws of
    the class probabilities: passes of a net with its dropout on, or members of an ensemble.

    Parameters
    ----------
    draws : int, default=20
        How many; of an ensemble, at most its members.

    See Also
    --------
    VariationRatio : Count the draws against the majority.
    QueryByCommittee : Compare models fitted on resampled labels.
    Entropy : The entropy of the mean of draws.

    Notes
    -----
    Time O(draws·n·d·k), memory O(draws·n·k); of a forest d is the depth of its trees.

    References
    ----------
    Gal, Islam and Ghahramani, Deep Bayesian active learning with image data, 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Bald
    >>> X, y = load_iris(return_X_y=True)
    >>> labels = [label if i % 10 == 0 else None for i, label in enumerate(y)]
    >>> learner = ActiveLearner(RandomForestClassifier(50, random_state=0), Bald(draws=50))
    >>> rows = learner.fit(X, labels).query(batch_size=5)
    >>> set(y[rows]) <= {1, 2}                  # the two that are hard to tell apart
    True
    """

    _disagreement = staticmethod(mutual_information)


class VariationRatio(_Draws):
    """Pick the rows on which the fewest draws agree with the majority.

    The utility is the share of draws whose most likely class is not the one that most draws favour.

    Parameters
    ----------
    draws : int, default=20
        How many; of an ensemble, at most its members.

    See Also
    --------
    Bald : Mutual information of label and model.
    QueryByCommittee : Compare models fitted on resampled labels.

    Notes
    -----
    Time O(draws·n·d·k), memory O(draws·n·k).

    References
    ----------
    Freeman, Elementary applied statistics, 1965; Gal, Islam and Ghahramani, 2017.

    Examples
    --------
    >>> from skal.strategies import VariationRatio
    >>> VariationRatio(draws=10)
    VariationRatio(draws=10)
    """

    _disagreement = staticmethod(variation_ratio)


ALL = 10**6  # members: as many as there are
MEASURES = {"vote_entropy": vote_entropy, "divergence": divergence, "variance": variance}


class QueryByCommittee(UtilityStrategy):
    """Pick the rows on which a committee of models disagrees most.

    Parameters
    ----------
    committee : int, list of estimators, ensemble, or None, default=10
        An int: this many refits of the learner's estimator on labels drawn with replacement (each
        with at least one row of every class).  A list: these estimators, fitted on the labels.  An
        ensemble: its members, fitted on the labels.  None: the members of the learner's own
        ensemble, or 20 passes of its net with dropout on.
    measure : {"vote_entropy", "divergence", "variance"}, default=None
        Entropy of the votes; mean divergence of the members' probabilities from their mean;
        variance of the predictions.  None is "divergence" for classifiers and "variance" for
        regressors.

    See Also
    --------
    Bald : Compare draws of the one model.
    ExpectedModelChange : Weight the disagreement by the change of the model.

    Notes
    -----
    Time O(members·(fit + n·d·k)), memory O(members·n·k); fit is what a fit of a member takes.

    References
    ----------
    Seung, Opper and Sompolinsky, Query by committee, 1992; McCallum and Nigam, 1998, for the
    divergence; Burbidge, Rowland and King, 2007, for the variance.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from skal import ActiveLearner
    >>> from skal.strategies import QueryByCommittee
    >>> X = np.linspace(-1, 1, 21)[:, None]
    >>> y = np.where(np.abs(X[:, 0]) < 0.35, X[:, 0] ** 3, np.nan)
    >>> learner = ActiveLearner(Ridge(0.01), QueryByCommittee(), random_state=0).fit(X, y)
    >>> int(learner.query()[0]) in (0, 20)      # farthest out, the members differ most
    True
    """

    by_row = True
    _parameter_constraints: ClassVar[dict] = {
        "committee": [PAIR_OR_MORE, list, tuple, HasMethods(["fit"]), None],
        "measure": [StrOptions(set(MEASURES)), None],
    }

    def __init__(self, committee: Any = 10, *, measure: str | None = None):
        self.committee = committee
        self.measure = measure

    @property
    def needs(self) -> frozenset[str]:
        needs = {"model"}
        if self.committee is None:
            needs.add("draws")
        elif hasattr(self.committee, "fit"):
            needs.add("classifier" if is_classifier(self.committee) else "regressor")
        elif not isinstance(self.committee, Integral):
            needs |= {"classifier" if is_classifier(e) else "regressor" for e in self.committee}
        if self.measure is not None:
            needs.add("regressor" if self.measure == "variance" else "classifier")
        return frozenset(needs)

    def check(self) -> None:
        """Raise an error for invalid parameters, or fewer than two members."""
        super().check()
        if isinstance(self.committee, list | tuple) and len(self.committee) < 2:
            raise ValueError(f"committee={self.committee!r} must have at least two members.")

    def utilities(self, state: QueryState) -> np.ndarray:
        """How much the members differ on each candidate."""
        numbers = state.classes is None
        measure = self.measure or ("variance" if numbers else "divergence")
        if self.committee is None:
            return MEASURES[measure](state.pool.part(state.candidates).draws(20))
        if hasattr(self.committee, "fit"):
            (ensemble,) = state.committee([self.committee])
            return MEASURES[measure](ensemble.part(state.candidates).draws(ALL))
        views = [member.part(state.candidates) for member in state.committee(self.committee)]
        return MEASURES[measure](np.stack([v.prediction if numbers else v.proba for v in views]))
