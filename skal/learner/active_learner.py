"""`ActiveLearner`, the meta-estimator for active learning."""

from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.utils.metadata_routing import _raise_for_params

from skal import _checks
from skal.learner.callbacks import CallbackSupportMixin, Report, with_callbacks
from skal.learner.looking import Looking
from skal.learner.opening import CONSTRAINTS, begin
from skal.learner.pickles import PickledWithVersion
from skal.learner.replay import next_batch_size, plan_of
from skal.learner.searches import KnowsSearches
from skal.learner.turns import turns_of
from skal.strategies.function_strategy import StrategyLike


class ActiveLearner(
    CallbackSupportMixin,
    PickledWithVersion,
    KnowsSearches,
    Looking,
    MetaEstimatorMixin,
    BaseEstimator,
):
    """Select the most informative rows to label, with any scikit-learn classifier or regressor.

    Call `fit` with the labels known so far, `query` the rows to label next, and `teach` their
    labels.  The learner predicts and scores like the estimator that it wraps, and works inside or
    around pipelines, cross-validation and searches.  A changed parameter takes effect at the next
    `fit`, except that `batch_size` takes effect at once and those of the estimator at the next
    `teach`.

    Parameters
    ----------
    estimator : estimator
        The classifier or regressor to train.  A clone is fitted; this object is not changed.
    strategy : Strategy, str or callable, default=None
        The query strategy: an instance, a name such as "margin" or "core_set" (that class with its
        defaults), or a function ``strategy(state)`` that returns one utility per candidate, where
        the highest is queried first.  None: ``UncertaintyHerding("margin", factor=10)`` for a
        classifier, ``Spread(PredictiveStd(), factor=20)`` for a Gaussian process,
        ``Spread(Random())`` for a regressor, or ``Random()`` if its last layer is not known.  See
        `strategy_` for the choice.
    batch_size : int, default=1
        The number of rows per query.  The model is refitted once per batch.
    initial : Strategy, str or callable, default=None
        The strategy for the cold start, while fewer than two classes (in regression, two labels)
        are known.  It must need no model, such as "random" or "typiclust".  None:
        :class:`ColdStart` in a replay (typical rows, or random rows of tables with categories);
        otherwise `fit` requires labels.
    initial_size : int, default=None
        The number of rows per query of `initial`; None is `batch_size`.
    replay_budget : int, default=None
        Replay known labels instead of waiting for new ones: `fit` hides the labels of y, reveals a
        first batch that `initial` selects, then queries batch by batch until this many labels are
        used. So a cross-validation or a search can compare strategies.
    validation_fraction : float, default=None
        Share of the labelled rows to set aside as a holdout, drawn again by each `fit`.
    surrogate : estimator, default=None
        A second model, fitted on the same labels, that strategies use instead of the estimator. Use
        it if a strategy does not support the estimator.
    classes : array-like, default=None
        Known classes, including classes without labels in y.
    missing_label : object, default=np.nan
        The marker of missing labels in y.  NaN, None and pandas.NA always mark missing labels.
    store_rounds : bool, default=False
        Keep the model of each round, for `rounds`, `staged_predict` and `staged_score`.
    audit : float, default=None
        Share of each batch to draw at random, so that `skal.metrics.performance_today` can estimate
        the performance of the model.  The model predicts these rows before their labels are known,
        and is then trained on them as on all others.  None draws no such rows.
    audit_reserve : float, default=0.25
        With `audit`, the share of the pool from which these rows are drawn.  This reserve is drawn
        at random before any query.  Strategies can use its rows but not select them.
    random_state : int, RandomState or None, default=None
        Seed of everything random: the queries, the holdout, and the estimator wherever its own
        `random_state` is None.

    Attributes
    ----------
    estimator_ : estimator
        The fitted estimator; absent while `initial` selects rows.
    surrogate_ : estimator
        The fitted surrogate, if there is one.
    previous_estimator_ : estimator or None
        The model at the time of the last query, before the latest labels.
    strategy_ : Strategy
        The strategy in use.
    classes_ : ndarray
        Every class seen in y, united with `classes`.
    n_features_in_, feature_names_in_ : int, ndarray
        Number and names of the features, if X has them.
    history_ : list of dict
        One record per round: `rows`, `n_labelled`, `query_seconds`, `fit_seconds`, and the values
        that the strategy recorded; with `audit`, also the `audited` rows, and `audit_predicted` and
        `audit_proba`, the predictions for them before their labels were known.

    See Also
    --------
    skal.strategies.Strategy : Base class of `strategy` and `initial`.
    skal.experiments.compare : Compare strategies on known labels.
    skal.model_selection.LabelledKFold : Folds for y with missing labels.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> X, truth = load_digits(return_X_y=True)
    >>> y = np.where(np.arange(len(X)) < 50, truth, np.nan)      # 50 labels known
    >>> learner = ActiveLearner(LogisticRegression(max_iter=1000), batch_size=20).fit(X / 16, y)
    >>> for _ in range(5):
    ...     rows = learner.query()                               # rows of X to label next
    ...     learner = learner.teach(rows, truth[rows])           # somebody labels them
    >>> learner.history_[-1]["n_labelled"]
    150
    >>> learner.score(X / 16, truth) > 0.9
    True
    """

    _parameter_constraints: ClassVar[dict] = CONSTRAINTS
    audit = None  # default for learners pickled before this parameter existed
    audit_reserve = 0.25

    def __init__(
        self,
        estimator: Any,
        strategy: StrategyLike | None = None,
        *,
        batch_size: int = 1,
        initial: StrategyLike | None = None,
        initial_size: int | None = None,
        replay_budget: int | None = None,
        validation_fraction: float | None = None,
        surrogate: Any = None,
        classes: Any = None,
        missing_label: Any = np.nan,
        store_rounds: bool = False,
        audit: float | None = None,
        audit_reserve: float = 0.25,
        random_state: int | np.random.RandomState | None = None,
    ):
        self.estimator = estimator
        self.strategy = strategy
        self.batch_size = batch_size
        self.initial = initial
        self.initial_size = initial_size
        self.replay_budget = replay_budget
        self.validation_fraction = validation_fraction
        self.surrogate = surrogate
        self.classes = classes
        self.missing_label = missing_label
        self.store_rounds = store_rounds
        self.audit = audit
        self.audit_reserve = audit_reserve
        self.random_state = random_state

    # ------------------------------------------------------------------ fit, query, teach
    @with_callbacks
    def fit(self, X: Any, y: Any, X_val: Any = None, y_val: Any = None, **fit_params: Any) -> Self:
        """Fit on the labelled rows, and use the others as the pool; forget everything before.

        Parameters
        ----------
        X : array, sparse matrix, data frame, list of str, or dict of arrays for a net
            Labelled rows and pool together.  The learner keeps a reference, not a copy.
        y : array-like
            One label per row; NaN, None, pandas.NA or `missing_label` if it is unknown.  For a net
            whose output is a map, one map per row: a class at every pixel, or a negative number if
            it is unknown; None instead of a map if the whole map is unknown.
        X_val, y_val : same kinds as X and y, default=None
            A trusted, labelled holdout.  Strategies may use it; no model is fitted on it.  y_val
            may be None only for strategies that need no labels of it, such as
            ``FisherKernel(mistakes=…)``.
        **fit_params : dict
            Passed to the estimator if metadata routing is enabled.  If a parameter has one value
            per row of X, the estimator gets the values of the labelled rows.

        Returns
        -------
        self : ActiveLearner
            The fitted learner.  After an error it is unchanged.

        See Also
        --------
        ActiveLearner.teach : Add labels, and keep those known so far.
        """
        _raise_for_params(fit_params, self, "fit")
        session = begin(self, X, y, X_val, y_val, fit_params)
        fitter = session.fitter(self)
        plan = plan_of(self, session, fitter)
        context = self._init_callback_context(task_name="fit", max_subtasks=plan.n_models)
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        session = plan.carried_out(session, Report(self, context, fitter))
        with turns_of(self).writing:
            self._session = session
        return self

    def query(
        self, X: Any = None, batch_size: int | None = None, exclude: Any = None
    ) -> np.ndarray:
        """Select the rows to label next, best first.

        Repeated calls return the same rows until new labels are taught.

        Parameters
        ----------
        X : same kind of container as in fit, default=None
            The pool to select from; None is the unlabelled rows of the X given to `fit`.  A given X
            is not compared with rows taught earlier: pass those as `exclude`.
        batch_size : int, default=None
            The number of rows; None is the learner's `batch_size` (`initial_size` during the cold
            start).  If the pool is smaller, fewer rows are returned, with a warning.
        exclude : array-like of int, default=None
            Row numbers that must not be selected.

        Returns
        -------
        rows : ndarray of int64
            Row numbers of X.

        See Also
        --------
        ActiveLearner.query_utilities : Compute the utilities of all rows.
        ActiveLearner.teach : Add the labels of these rows.
        """
        session = self._begun()
        n = next_batch_size(self, session) if batch_size is None else batch_size
        _checks.check_count(n, "batch_size")
        rows, asked = session.ask(session.fitter(self), n, X, exclude)
        with turns_of(self).writing:
            self._session = asked.brought_up_to(self._session)
        return rows

    def teach(self, rows: Any, y: Any, X: Any = None, **fit_params: Any) -> Self:
        """Add labels and refit.

        Threads that call this at the same time run one after the other; all of their labels count.

        Parameters
        ----------
        rows : array-like of int
            Row numbers, usually from `query`.  If a row already has a label, the new one replaces
            it.
        y : array-like
            Their labels.  New classes are added.
        X : same kind of container as in fit, default=None
            The container that `rows` indexes; None is the X given to `fit`.
        **fit_params : dict
            Passed to the estimator if metadata routing is enabled.  For each parameter that had one
            value per row in `fit`, pass one value for each of these rows.

        Returns
        -------
        self : ActiveLearner
            The refitted learner.  After an error it is unchanged.

        See Also
        --------
        ActiveLearner.query : Select the rows to label.
        """
        begun, turns = self._begun(), turns_of(self)
        _raise_for_params(fit_params, self, "fit")
        with turns.teaching:
            session = begun.gone_on(self._session)
            taught = session.taught(session.fitter(self), rows, y, X, fit_params)
            with turns.writing:
                self._session = taught.in_place_of(session, self._session)
        return self
