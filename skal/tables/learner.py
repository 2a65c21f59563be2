"""`TabularLearner`: an active learner for the rows of a table."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import MetadataRouter

from skal import ActiveLearner
from skal.state import QueryState
from skal.tables.features import TableFeatures
from skal.tables.fitted import Fitted, OnFrames
from skal.tables.models import linear_model
from skal.tables.targets import asked_of


class TabularLearner(OnFrames, MetaEstimatorMixin, BaseEstimator):
    """Ask for labels of the rows of a table: numbers, categories, dates, texts, missing cells.

    An `ActiveLearner` behind a transformer that `fit` fits on all rows, labelled or not.  Each
    method takes frames.  `tabular_learner` makes one in a line.

    Parameters
    ----------
    learner : ActiveLearner, default=None
        Asks for labels.  Its estimator may be None, as that of ``ActiveLearner(None)``: y then
        says whether it is a logistic or a ridge regression.  None is ``ActiveLearner(None)``.  A
        clone is fitted; its parameters, such as ``learner__strategy``, take effect at the next
        `fit`.
    features : transformer, default=None
        Turns frames into numbers, and takes no labels.  None is ``TableFeatures()``.

    Attributes
    ----------
    learner_ : ActiveLearner
        The learner of today, whose rows are numbers: for `skal.display`, `rounds` and the like.
    features_ : transformer
        The transformer, fitted on all rows.
    estimator_ : estimator
        The model of today.
    strategy_ : Strategy
        The strategy that is asked.
    classes_ : ndarray
        Every class seen in y.
    history_ : list of dict
        One record a round, as `ActiveLearner` keeps them.

    See Also
    --------
    tabular_learner : Makes one from an estimator and a strategy.
    TableFeatures : What becomes of the columns.
    skal.ActiveLearner : The learner behind it.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Margin
    >>> from skal.tables import TabularLearner
    >>> frame = pd.DataFrame({"age": [31, 45, 22, 60, 38], "city": ["Rome", "Oslo"] * 2 + [None]})
    >>> learner = TabularLearner(ActiveLearner(None, Margin()))
    >>> learner = learner.fit(frame, ["yes", "no", None, None, None])
    >>> learner.query(batch_size=1).shape
    (1,)
    """

    def __init__(self, learner: ActiveLearner | None = None, *, features: Any = None):
        self.learner = learner
        self.features = features

    # ------------------------------------------------------------------ fit, query, teach
    def fit(self, X: Any, y: Any, X_val: Any = None, y_val: Any = None, **fit_params: Any) -> Self:
        """Learn what the columns are from all rows, and fit on those that are labelled.

        Parameters
        ----------
        X : frame
            Labelled rows and pool together.
        y : array-like
            A label a row; NaN, None or pandas.NA where it is unknown.
        X_val : frame, default=None
            Rows of a trusted holdout.
        y_val : array-like, default=None
            Their labels.
        **fit_params : dict
            Passed to the estimator where metadata routing is enabled.

        Returns
        -------
        self : TabularLearner
            The learner, fitted.  After an error it is as it was before.

        See Also
        --------
        skal.ActiveLearner.fit : What it does with the rows.
        """
        learner = clone(self._template())
        if learner.estimator is None:
            learner.set_params(estimator=linear_model(asked_of(y, learner.missing_label)))
        features = clone(TableFeatures() if self.features is None else self.features).fit(X)
        X_val = None if X_val is None else features.transform(X_val)
        learner.fit(features.transform(X), y, X_val, y_val, **fit_params)
        self._fitted = Fitted(X, features, learner)
        return self

    def query(
        self, X: Any = None, batch_size: int | None = None, exclude: Any = None
    ) -> np.ndarray:
        """Choose the rows to label next, best first.

        Parameters
        ----------
        X : frame, default=None
            A pool to choose from; None is the unlabelled rows of the X given to `fit`.
        batch_size : int, default=None
            How many rows; None is the learner's `batch_size`.
        exclude : array-like of int, default=None
            Row numbers that must not be asked for.

        Returns
        -------
        rows : ndarray of int64
            Row numbers of X, counted from 0 whatever its index.

        See Also
        --------
        TabularLearner.teach : Add the labels of these rows.
        """
        return self._now().learner.query(self._rows(X), batch_size, exclude)

    def teach(self, rows: Any, y: Any, X: Any = None, **fit_params: Any) -> Self:
        """Add labels and refit.

        Parameters
        ----------
        rows : array-like of int
            Row numbers, usually what `query` returned.
        y : array-like
            Their labels.
        X : frame, default=None
            The frame that `rows` counts in; None is the X given to `fit`.
        **fit_params : dict
            Passed to the estimator where metadata routing is enabled.

        Returns
        -------
        self : TabularLearner
            The learner, refitted.  After an error it is as it was before.

        See Also
        --------
        TabularLearner.query : Choose the rows to label.
        """
        self._now().learner.teach(rows, y, self._rows(X), **fit_params)
        return self

    def query_utilities(self, X: Any = None) -> np.ndarray:
        """Compute the strategy's utility of each row: higher is better.

        Parameters
        ----------
        X : frame, default=None
            Rows to look at; None is the X given to `fit`.

        Returns
        -------
        utilities : ndarray of float
            One a row of X; NaN where a row is no candidate.

        See Also
        --------
        TabularLearner.query : Choose the rows to label next.
        """
        return self._now().learner.query_utilities(self._rows(X))

    def query_state(self, X: Any = None) -> QueryState:
        """Show what the strategy sees.

        Parameters
        ----------
        X : frame, default=None
            The pool; None is the unlabelled rows of the X given to `fit`.

        Returns
        -------
        state : QueryState
            Views of the pool, the labelled rows and the holdout, as numbers.

        See Also
        --------
        skal.state.QueryState : What it holds.
        """
        return self._now().learner.query_state(self._rows(X))

    def pipeline(self) -> Pipeline:
        """Make a pipeline of the features and the model of today, to keep without the rows.

        Returns
        -------
        pipeline : Pipeline
            Predicts frames, as the learner does.

        See Also
        --------
        skal.tables.save_model : Write it to a file.
        """
        now = self._now()
        return Pipeline([("features", now.features), ("model", now.learner.estimator_)])

    # ------------------------------------------------------------------ what the learner is
    def get_metadata_routing(self) -> MetadataRouter:
        """How metadata is routed: as the learner does it."""
        return self._template().get_metadata_routing()

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        if not self._undecided():
            tags = get_tags(self._newest())
        of_frames = get_tags(TableFeatures() if self.features is None else self.features)
        tags.input_tags = of_frames.input_tags
        tags.target_tags.required = True
        return tags
