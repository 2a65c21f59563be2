"""The query state: the input of a strategy in one query."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from skal.models import forest_beside, natural_space
from skal.state.rows import Rows
from skal.state.source import Source
from skal.state.space import Space
from skal.state.view import View

RECORDED_ANYWAY = {"rows", "n_labelled", "query_seconds", "fit_seconds"}


class QueryState:
    """Hold the input of a strategy in one query: views of the rows, candidates and randomness.

    Parameters
    ----------
    source : Source
        Rows, labels and models.
    candidates : ndarray of int64
        Positions in the pool that can be selected.
    rng : numpy.random.Generator
        The only source of randomness.

    Attributes
    ----------
    pool, labelled : View
        The unlabelled rows and the labelled rows, with the outputs of the current model.
    holdout : View or None
        Rows with trusted labels on which the model was not fitted.
    previous_pool : View or None
        The same pool with the model of the last query; None in the first round.
    candidates : ndarray of int64
        Positions in the pool that can be selected.
    classes : ndarray or None
        All known classes; None for a regression.
    rng : numpy.random.Generator
        The source of randomness; the same at every query of a round.
    inverse_hessian : InverseHessian or None
        Only if :class:`~skal.strategies.Sequential` has moved the last layer: H⁻¹ including the
        rows for which it assumed labels.
    sums : object
        The sums of the strategy over the whole pool, if `pool` holds only a part of a pool that is
        read in blocks.
    records : dict
        Values recorded about this query.

    See Also
    --------
    View : The attributes of the views.
    ActiveLearner.query_state : Create a state to inspect.
    skal.strategies.Strategy : Base class of strategies, which select rows from a state.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> X, truth = load_iris(return_X_y=True)
    >>> y = [label if i % 5 == 0 else None for i, label in enumerate(truth)]
    >>> state = ActiveLearner(LogisticRegression(max_iter=500)).fit(X, y).query_state()
    >>> state
    <QueryState: 120 candidates in a pool of 120, 30 labelled>
    >>> state.pool.proba.shape
    (120, 3)
    """

    inverse_hessian: Any = None
    sums: Any = None

    def __init__(self, source: Source, candidates: np.ndarray, rng: np.random.Generator):
        self.source = source
        self.candidates = candidates
        self.rng = rng
        self.classes = source.classes
        self.records: dict[str, Any] = {}
        self.pool = source.view(source.pool)
        self.labelled = source.view(source.training.known_rows)
        self.holdout = None if source.holdout is None else source.view(source.holdout)
        self.previous_pool = (
            None if source.previous is None else source.view(source.pool, source.previous)
        )

    def __repr__(self) -> str:
        known = f"{len(self.labelled):,} labelled"
        held = "" if self.holdout is None else f", {len(self.holdout):,} held out"
        return (
            f"<QueryState: {len(self.candidates):,} candidates in a pool of {len(self.pool):,}, "
            f"{known}{held}>"
        )

    def view(self, X: Any, y: np.ndarray | None = None) -> View:
        """View rows of any X (and their labels, if they are known) through the current model.

        Parameters
        ----------
        X : same kind of container as in fit
            The rows.
        y : ndarray, default=None
            Their labels.

        Returns
        -------
        view : View
            These rows with the outputs of the current model.

        See Also
        --------
        ActiveLearner.query_state : Use another X as the pool.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> state.view([[0.2], [0.9]]).prediction
        array([0, 1])
        """
        return self.source.view(Rows.all_of(self.source.fitter.read(X), y))

    def refit(self, positions: np.ndarray, y: np.ndarray) -> "QueryState":
        """Refit the model with labels for these rows of the pool, and return the new state.

        The pool, the candidates and the holdout stay the same.

        Parameters
        ----------
        positions : int or array of int
            Positions in the pool.
        y : label or array of labels
            Assumed labels of these rows.

        Returns
        -------
        state : QueryState
            The input of a strategy after the refit.

        See Also
        --------
        skal.strategies.GoalRetraining : A strategy that refits.
        skal.strategies.Sequential : Moves the last layer without a refit.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> state.refit(1, 1).labelled.rows
        array([0, 1, 3])
        """
        source, fitter = self.source, self.source.fitter
        training, classes = fitter.learn(source, np.atleast_1d(positions), np.atleast_1d(y))
        source = replace(source, training=training, fitted=fitter.fit(training), classes=classes)
        return QueryState(source, self.candidates, self.rng)

    def committee(self, members: int | Sequence[Any]) -> list[View]:
        """View the pool through other models, fitted on the known labels.

        Parameters
        ----------
        members : int or list of estimators
            The number of refits on labels drawn with replacement, or the estimators to fit.

        Returns
        -------
        views : list of View
            The pool with the outputs of each of them.

        See Also
        --------
        View.draws : Several predictions of one model.
        skal.strategies.QueryByCommittee : A strategy that compares the views.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> [view.prediction for view in state.committee([LogisticRegression(C=100)])]
        [array([0, 0])]
        """
        source = self.source
        models = source.fitter.committee(source.training, members, self.rng)
        return [View(source.pool, model, self.classes) for model in models]

    def space(self, kind: str = "model") -> Space:
        """Return a representation of rows in which distances are measured.

        Parameters
        ----------
        kind : {"model", "features", "columns"}, default="model"
            "features" of the last layer; input "columns"; or "model", which depends on the model:
            the leaves of a forest or of boosting (for ``HistGradientBoosting``, which does not
            expose its leaves, those of a random forest fitted on the same labels), the kernel with
            each support vector (of a Gaussian process regression with each labelled row),
            last-layer features of a linear model weighted by its weights, and input columns for
            nets and all others.  Without a model: the columns of X.

        Returns
        -------
        space : Space
            ``space.of(view)`` returns the representation of the rows of a view.

        See Also
        --------
        Space : The class of the result.
        skal.strategies.UncertaintyHerding : A strategy that covers the pool in a space.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> state.space().kind
        'weighted'
        """
        if kind not in ("model", "features", "columns"):
            raise ValueError(f"kind={kind!r} must be 'model', 'features' or 'columns'.")
        model = self.pool.model
        if model is not None and kind == "model":
            kind = natural_space(model)
        if kind == "beside":
            (beside,) = self.committee([forest_beside(model, self.labelled.X)])
            return Space("leaves", beside.model)
        return Space("columns" if model is None else kind, model)

    def restrict(self, positions: np.ndarray) -> "QueryState":
        """Make these positions of the pool the only candidates.

        Parameters
        ----------
        positions : array of int
            Positions in the pool.

        Returns
        -------
        state : QueryState
            A state that shares its views and its records with this one.

        See Also
        --------
        skal.strategies.Shortlist : A wrapper that narrows the candidates.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> state.restrict([1])
        <QueryState: 1 candidates in a pool of 2, 2 labelled>
        """
        narrowed = copy.copy(self)
        narrowed.candidates = np.asarray(positions)
        return narrowed

    def record(self, **facts: Any) -> None:
        """Record values about this query; they appear in the learner's `history_`.

        Parameters
        ----------
        **facts : dict
            Names and values.

        See Also
        --------
        ActiveLearner : Has one record per round in its `history_`.

        Examples
        --------
        >>> from sklearn.linear_model import LogisticRegression
        >>> from skal import ActiveLearner
        >>> X, y = [[0.0], [1.0], [0.1], [0.4]], [0, 1, None, None]
        >>> state = ActiveLearner(LogisticRegression()).fit(X, y).query_state()
        >>> state.record(n_tried=2)
        >>> state.records
        {'n_tried': 2}
        """
        if taken := sorted(RECORDED_ANYWAY & facts.keys()):
            raise ValueError(
                f"{', '.join(taken)}: the learner records these itself; use other names."
            )
        self.records.update(facts)
