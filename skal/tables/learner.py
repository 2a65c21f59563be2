"""`TabularLearner`: active learning for the rows of a table."""

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
    """Select rows of a table to label: numbers, categories, dates, texts, missing cells.

    The learner is an `ActiveLearner` behind a transformer that `fit` fits on all rows, labelled or
    not.  All methods accept data frames.  Use `tabular_learner` to create one in one line.

    Parameters
    ----------
    learner : ActiveLearner, default=None
        The learner that queries.  If its estimator is None, as in ``ActiveLearner(None)``, it
        becomes a logistic or a ridge regression, depending on y.  None is ``ActiveLearner(None)``.
        A clone is fitted; its parameters, such as ``learner__strategy``, take effect at the next
        `fit`.
    features : transformer, default=None
        Converts data frames into numbers without labels.  None is ``TableFeatures()``.

    Attributes
    ----------
    learner_ : ActiveLearner
        The fitted learner, whose rows are numbers: for `skal.display`, `rounds` and others.
    features_ : transformer
        The transformer, fitted on all rows.
    estimator_ : estimator
        The fitted estimator.
    strategy_ : Strategy
        The strategy in use.
    classes_ : ndarray
        All classes in y.
    history_ : list of dict
        One record per round, as in `ActiveLearner`.

    See Also
    --------
    tabular_learner : Create one from an estimator and a strategy.
    TableFeatures : Features of the columns.
    skal.ActiveLearner : The inner learner.

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
        """Determine the kinds of columns from all rows, and fit on the labelled rows.

        Parameters
        ----------
        X : data frame
            Labelled rows and pool together.
        y : array-like
            One label per row; NaN, None or pandas.NA if it is unknown.
        X_val : data frame, default=None
            Rows of a trusted holdout.
        y_val : array-like, default=None
            Their labels.
        **fit_params : dict
            Passed to the estimator if metadata routing is enabled.

        Returns
        -------
        self : TabularLearner
            The fitted learner.  After an error it is unchanged.

        See Also
        --------
        skal.ActiveLearner.fit : Fit on rows of numbers.
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
        """Select the rows to label next, best first.

        Parameters
        ----------
        X : data frame, default=None
            The pool to select from; None is the unlabelled rows of the X given to `fit`.
        batch_size : int, default=None
            The number of rows; None is the learner's `batch_size`.
        exclude : array-like of int, default=None
            Row numbers that must not be selected.

        Returns
        -------
        rows : ndarray of int64
            Row numbers of X, counted from 0, whatever its index.

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
            Row numbers, usually from `query`.
        y : array-like
            Their labels.
        X : data frame, default=None
            The data frame that `rows` indexes; None is the X given to `fit`.
        **fit_params : dict
            Passed to the estimator if metadata routing is enabled.

        Returns
        -------
        self : TabularLearner
            The refitted learner.  After an error it is unchanged.

        See Also
        --------
        TabularLearner.query : Select the rows to label.
        """
        self._now().learner.teach(rows, y, self._rows(X), **fit_params)
        return self

    def query_utilities(self, X: Any = None) -> np.ndarray:
        """Compute the strategy's utility of each row; higher is better.

        Parameters
        ----------
        X : data frame, default=None
            Rows to rate; None is the X given to `fit`.

        Returns
        -------
        utilities : ndarray of float
            One per row of X; NaN if a row is not a candidate.

        See Also
        --------
        TabularLearner.query : Select the rows to label next.
        """
        return self._now().learner.query_utilities(self._rows(X))

    def query_state(self, X: Any = None) -> QueryState:
        """Return the query state that a strategy receives.

        Parameters
        ----------
        X : data frame, default=None
            The pool; None is the unlabelled rows of the X given to `fit`.

        Returns
        -------
        state : QueryState
            Views of the pool, the labelled rows and the holdout, as numbers.

        See Also
        --------
        skal.state.QueryState : The attributes of the state.
        """
        return self._now().learner.query_state(self._rows(X))

    def pipeline(self) -> Pipeline:
        """Return a pipeline of the features and the current model, without the rows.

        Returns
        -------
        pipeline : Pipeline
            Predicts rows of data frames as the learner does.

        See Also
        --------
        skal.tables.save_model : Write it to a file.
        """
        now = self._now()
        return Pipeline([("features", now.features), ("model", now.learner.estimator_)])

    # ------------------------------------------------------------------ protocols of scikit-learn
    def get_metadata_routing(self) -> MetadataRouter:
        """Return the metadata routing of the inner learner."""
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
