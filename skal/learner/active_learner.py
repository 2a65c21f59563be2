"""`ActiveLearner`: the one estimator that asks for labels."""

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
    """Ask for the labels that teach the most, around any scikit-learn classifier or regressor.

    `fit` it on the labels known so far, `query` the rows to label next, `teach` it their labels.
    It predicts and scores like the estimator it wraps, and goes wherever that goes: into a
    pipeline, around one, into a cross-validation or a search.  A changed parameter takes effect at
    the next `fit`; `batch_size` takes effect at once, those of the estimator at the next `teach`.

    Parameters
    ----------
    estimator : estimator
        The classifier or regressor to train.  A clone is fitted; this one stays as it is.
    strategy : Strategy, str or callable, default=None
        Decides what to ask for: an instance, a name such as "margin" or "core_set" (that class with
        its defaults), or a function: ``strategy(state)`` gives one number a candidate, the highest
        asked first.  None: ``UncertaintyHerding("margin", factor=10)`` for a classifier, ``Spread(
        PredictiveStd(), factor=20)`` for a Gaussian process, ``Spread(Random())`` for a regressor;
        ``Random()`` if its last layer is not known.  `strategy_` shows which.
    batch_size : int, default=1
        How many rows a query asks for: the model is refitted once a batch.
    initial : Strategy, str or callable, default=None
        Asks while fewer than two classes (of a regression: two labels) are known; a strategy that
        needs no model, such as "random" or "typiclust".  None is :class:`ColdStart` in a replay
        (typical rows, or random ones of tables with categories); otherwise `fit` requires labels.
    initial_size : int, default=None
        How many rows `initial` asks for at once; None is `batch_size`.
    replay_budget : int, default=None
        Replay instead of waiting for answers: `fit` hides the labels of y, lets `initial` reveal
        a first batch, then queries batch by batch until this many labels are spent.  So a
        cross-validation or a search compares strategies.
    validation_fraction : float, default=None
        Share of the labelled rows to set aside as a holdout, drawn anew by each `fit`.
    surrogate : estimator, default=None
        For an estimator that a strategy cannot look into: this one is fitted on the same labels,
        and strategies see the pool through it.
    classes : array-like, default=None
        Classes that exist though y may not show them yet.
    missing_label : object, default=np.nan
        What stands in y where a label is missing.  NaN, None and pandas.NA always do.
    store_rounds : bool, default=False
        Keep the model of each round, for `rounds`, `staged_predict` and `staged_score`.
    audit : float, default=None
        Share of each batch to draw at random, so that `skal.metrics.performance_today` can say how
        good the model is.  These rows are predicted before their labels come, and learned from
        like all others.  None draws none.
    audit_reserve : float, default=0.25
        With `audit`, the share of the pool from which these rows are drawn, itself drawn at random
        before anything else.  Strategies look at it and do not choose from it.
    random_state : int, RandomState or None, default=None
        Seeds everything: the queries, the holdout, and the estimator wherever its own
        `random_state` was left at None.

    Attributes
    ----------
    estimator_ : estimator
        The model of today; absent while `initial` is still asking.
    surrogate_ : estimator
        The surrogate of today, where there is one.
    previous_estimator_ : estimator or None
        The model as of the last query before the latest labels.
    strategy_ : Strategy
        The strategy that is asked.
    classes_ : ndarray
        Every class seen in y, united with `classes`.
    n_features_in_, feature_names_in_ : int, ndarray
        Number and names of the features, where X has them.
    history_ : list of dict
        One record a round: `rows`, `n_labelled`, `query_seconds`, `fit_seconds`, and what the
        strategy recorded; with `audit`, which rows were `audited`, and `audit_predicted` and
        `audit_proba`, what the model had said of them.

    See Also
    --------
    skal.strategies.Strategy : What `strategy` and `initial` are.
    skal.experiments.compare : Compares strategies on labels that are known.
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
    audit = None  # of a learner that was pickled before there was the parameter
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
        """Start afresh: fit on the labelled rows, and keep the others as the pool.

        Parameters
        ----------
        X : array, sparse matrix, frame, list of str, or dict of arrays for a net
            Labelled rows and pool together.  Kept by reference, not copied.
        y : array-like
            A label a row; NaN, None, pandas.NA or `missing_label` where it is unknown.  Of a net
            whose output is a map, a map a row: a class at every pixel, a negative number where it
            is unknown; None in place of a map where all of it is.
        X_val, y_val : same kinds as X and y, default=None
            A trusted holdout, all of it labelled: strategies may look at it, no model is fitted
            on it.  Without labels only for a strategy that wants none of it, such as
            ``FisherKernel(mistakes=…)``.
        **fit_params : dict
            Passed to the estimator where metadata routing is enabled: those with one value a row
            of X are cut to the labelled rows.

        Returns
        -------
        self : ActiveLearner
            The learner, fitted.  After an error it is as it was before.

        See Also
        --------
        ActiveLearner.teach : Add labels, and keep what is known.
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
        """Choose the rows to label next, best first.

        Asking twice gives the same answer: a new one comes with new labels.

        Parameters
        ----------
        X : same kind of container as in fit, default=None
            A pool to choose from; None is the unlabelled rows of the X given to `fit`.  A given X
            is not compared with rows taught earlier: pass those as `exclude`.
        batch_size : int, default=None
            How many rows; None is the learner's `batch_size` (`initial_size` while `initial` is
            asking).  Fewer come, with a warning, when the pool is smaller.
        exclude : array-like of int, default=None
            Row numbers that must not be asked for.

        Returns
        -------
        rows : ndarray of int64
            Row numbers of X.

        See Also
        --------
        ActiveLearner.query_utilities : Look at the utilities of all rows.
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

        Threads that call this at the same time take turns, and all of their labels count.

        Parameters
        ----------
        rows : array-like of int
            Row numbers, usually what `query` returned.  A row that had a label takes the new one.
        y : array-like
            Their labels.  A class never seen before is added.
        X : same kind of container as in fit, default=None
            The container that `rows` indexes; None is the X given to `fit`.
        **fit_params : dict
            Passed to the estimator where metadata routing is enabled; those that `fit` was given
            one value a row of: one value for each of these rows.

        Returns
        -------
        self : ActiveLearner
            The learner, refitted.  After an error it is as it was before.

        See Also
        --------
        ActiveLearner.query : Choose the rows to label.
        """
        begun, turns = self._begun(), turns_of(self)
        _raise_for_params(fit_params, self, "fit")
        with turns.teaching:
            session = begun.gone_on(self._session)
            taught = session.taught(session.fitter(self), rows, y, X, fit_params)
            with turns.writing:
                self._session = taught.in_place_of(session, self._session)
        return self
