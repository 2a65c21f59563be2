"""`ActiveLearner`: the one estimator that asks for labels."""

import time
import warnings
from dataclasses import replace

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import check_random_state, estimator_html_repr, get_tags
from sklearn.utils.metadata_routing import _raise_for_params
from sklearn.utils.validation import check_is_fitted

from skal import _checks
from skal._renamed import RenamedAttribute
from skal._rows import as_container, n_rows, row_keys
from skal._seeds import HOLDOUT, stream, torch_seeded
from skal.learner.callbacks import CallbackSupportMixin, with_callbacks
from skal.learner.delegation import Delegation
from skal.learner.holdout import draw_holdout
from skal.learner.looking import Looking
from skal.learner.reading import Reader
from skal.learner.replay import affordable, most_rounds, replay
from skal.learner.rounds import Rounds
from skal.models import last_layer, wraps_net
from skal.state import QueryState
from skal.strategies import Margin, Random, Spread
from skal.strategies.function_strategy import as_strategy


class ActiveLearner(
    CallbackSupportMixin, Delegation, Looking, Rounds, MetaEstimatorMixin, BaseEstimator
):
    """Ask for the labels that teach the most, around any scikit-learn classifier or regressor.

    `fit` it on the labels known so far, `query` the rows to label next, `teach` it their labels.
    It predicts and scores like the estimator it wraps, and goes wherever that goes: into a
    pipeline, around one, into a cross-validation or a search.  Parameters take effect at the next
    `fit`; `batch_size` at once, the estimator's own at the next `teach`.

    Parameters
    ----------
    estimator : estimator
        The classifier or regressor to train.  A clone is fitted; this one stays as it is.
    strategy : Strategy or callable, default=None
        Decides what to ask for; of a function, ``strategy(state)`` gives one number a candidate,
        the highest asked first.  None is ``Spread(Margin(), factor=20)`` for a classifier and
        ``Spread(Random())`` for a regressor, where the last layer of the estimator (or of the
        `surrogate`) is known; else ``Margin()`` and ``Random()``.  `strategy_` shows which.
    batch_size : int, default=1
        How many rows a query asks for: the model is refitted once a batch.
    initial : Strategy or callable, default=None
        Asks while fewer than two classes (of a regression: two labels) are known; a strategy that
        needs no model.  None is random in a replay; otherwise `fit` then wants labels.
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
        Keep the model of each round, for `staged_predict` and `staged_score`.
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
    n_features_in_ : int
        Number of features, where X has features.
    feature_names_in_ : ndarray
        Their names, where X has names.
    history_ : list of dict
        One record a round: `rows`, `n_labelled`, `query_seconds`, `fit_seconds`, and what the
        strategy recorded.
    rounds_ : list of (int, estimator)
        Number of labels and model of each round, with `store_rounds`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.strategies import Margin
    >>> X, truth = load_digits(return_X_y=True)
    >>> y = np.where(np.arange(len(X)) < 50, truth, np.nan)      # 50 labels known
    >>> learner = ActiveLearner(LogisticRegression(max_iter=1000), Margin(), batch_size=20)
    >>> learner = learner.fit(X / 16, y)
    >>> for _ in range(5):
    ...     rows = learner.query()                               # rows of X to label next
    ...     learner = learner.teach(rows, truth[rows])           # somebody labels them
    >>> learner.history_[-1]["n_labelled"]
    150
    >>> learner.score(X / 16, truth) > 0.9
    True
    """

    def __init__(
        self,
        estimator,
        strategy=None,
        *,
        batch_size=1,
        initial=None,
        initial_size=None,
        replay_budget=None,
        validation_fraction=None,
        surrogate=None,
        classes=None,
        missing_label=np.nan,
        store_rounds=False,
        random_state=None,
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
        self.random_state = random_state

    # ------------------------------------------------------------------ fit, query, teach
    @with_callbacks
    def fit(self, X, y, X_val=None, y_val=None, **fit_params):
        """Start afresh: fit on the labelled rows, and keep the others as the pool.

        Parameters
        ----------
        X : array, sparse matrix, frame, list of str, or dict of arrays for a net
            Labelled rows and pool together.  Kept by reference, not copied.
        y : array-like
            A label a row; NaN, None, pandas.NA or `missing_label` where it is unknown.
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
            The learner, fitted.
        """
        self._forget_rounds()
        self._reader = self._check_parameters()
        _raise_for_params(fit_params, self, "fit")
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        training = self._reader.training_set(X, y, fit_params)
        training, self._holdout = self._split_holdout(training, X_val, y_val)
        self._resolve_strategies(training)
        try:
            self._begin_rounds(training if self.replay_budget is None else training.hide())
            if self.replay_budget is None:
                self._fit_once(X, y)
            else:
                self._fit_by_replay(X, y)
        except BaseException:
            self._forget_rounds()  # there is nothing to go on from
            raise
        return self

    def _fit_once(self, X, y):
        training = self._training
        self._check_enough(training, initial_may_ask=True)
        root = self._begin_callbacks(X, y, n_rounds=1)
        if training.n_labelled:
            self._update(training, training.labelled_rows, callbacks=root)
        root.call_on_fit_task_end(estimator=self, **self._for_callbacks())

    def _fit_by_replay(self, X, y):
        first = self._next_batch_size
        budget = affordable(self.replay_budget, self._training.n_hidden, first)
        n_rounds = most_rounds(budget, first, self.batch_size)
        root = self._begin_callbacks(X, y, n_rounds)
        replay(self, budget, root)
        self._check_enough(self._training, initial_may_ask=False)
        self._training = self._training.forget_hidden()
        root.call_on_fit_task_end(estimator=self, **self._for_callbacks())

    def query(self, X=None, batch_size=None, exclude=None) -> np.ndarray:
        """Rows to label next, best first.

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
        """
        start = time.perf_counter()
        state = self._state(X, exclude)
        if not len(state.candidates):
            why = "every row of the pool is excluded."
            if not len(state.pool):
                why = (
                    "every label of the X given to fit is known. Pass a pool as query(X), or fit "
                    "on rows some of whose labels are missing in y."
                )
            raise ValueError(f"There is no row to ask for: {why}")
        n = self._next_batch_size if batch_size is None else batch_size
        _checks.check_count(n, "batch_size")
        if n > len(state.candidates):
            warnings.warn(
                f"{n} rows were asked for, but only {len(state.candidates)} can be.", stacklevel=2
            )
            n = len(state.candidates)
        strategy = self._asking
        with torch_seeded(self._seed):
            picks = strategy.select(state, n)
        picks = _checks.check_picks(picks, state.candidates, n, strategy)
        rows = state.pool.rows[picks].astype(np.int64)
        self._asked_elsewhere = [] if X is None else self._not_ours(X, rows)
        self._asked = {"query_seconds": time.perf_counter() - start, **state.records}
        return rows

    def teach(self, rows, y, X=None, **fit_params):
        """Add labels and refit.

        Parameters
        ----------
        rows : array-like of int
            Row numbers, usually what `query` returned.  A row that had a label takes the new one.
        y : array-like
            Their labels.  A class never seen before is added.
        X : same kind of container as in fit, default=None
            What the rows are rows of; None is the X given to `fit`.
        **fit_params : dict
            Passed to the estimator where metadata routing is enabled; those that `fit` was given
            one value a row of: one value for each of these rows.

        Returns
        -------
        self : ActiveLearner
            The learner, refitted.  After an error it is as it was before.
        """
        check_is_fitted(self, "history_")
        _raise_for_params(fit_params, self, "fit")
        training = self._training
        if X is not None:
            X = self._reader.rows(X)
        rows = _checks.check_rows(rows, n_rows(training.X if X is None else X))
        if not len(rows):
            raise ValueError("rows is empty: there is nothing to teach.")
        if X is None and np.isin(rows, self._asked_elsewhere).all():
            raise ValueError(
                "These rows were asked from the X given to query: pass it on, as teach(rows, y, "
                "X=...), or they would be taken for rows of the X given to fit."
            )
        y, classes = self._read_answers(rows, y, training)
        if X is None:
            training = training.learn(rows, y, fit_params)
        else:
            training = training.learn_elsewhere(X, rows, y, fit_params)
        self._check_enough(training, initial_may_ask=True)
        self._update(training, rows, classes=classes)
        if X is not None:  # what is asked for is told, so these numbers mean our own rows again
            self._asked_elsewhere = np.setdiff1d(self._asked_elsewhere, rows)
        return self

    query_scores = RenamedAttribute("query_utilities")

    def query_utilities(self, X=None) -> np.ndarray:
        """The strategy's utility of each row: higher is better.

        A strategy that chooses rows one by one asks for the highest; `Spread` shows the utilities
        of what it spreads.

        Parameters
        ----------
        X : same kind of container as in fit, default=None
            Rows to rate; None is the X given to `fit`.

        Returns
        -------
        utilities : ndarray of float
            One a row of X; NaN where a row is no candidate.
        """
        state = self._state(X)
        strategy = self._asking.utilities_by
        if strategy is None:
            raise TypeError(
                f"{type(self._asking).__name__} chooses rows together and gives them no "
                "utilities: use query(), or a strategy with utilities such as Margin()."
            )
        utilities = np.full(n_rows(self._training.X) if X is None else len(state.pool), np.nan)
        if len(state.candidates):
            with torch_seeded(self._seed):
                found = strategy.checked_utilities(state)
            utilities[state.pool.rows[state.candidates]] = found
        return utilities

    def query_state(self, X=None) -> QueryState:
        """What the strategy sees, to look at or to try a strategy of one's own on.

        Parameters
        ----------
        X : same kind of container as in fit, default=None
            The pool; None is the unlabelled rows of the X given to `fit`.

        Returns
        -------
        state : QueryState
            Views of the pool, the labelled rows and the holdout.
        """
        return self._state(X)

    # ------------------------------------------------------------------ what was given
    def _not_ours(self, X, rows):
        """Rows of a pool, or none if they are (the same content under the same numbers) ours."""
        ours = self._training.X
        same = rows.max() < n_rows(ours) and row_keys(as_container(X), rows) == row_keys(ours, rows)
        return [] if same else rows

    def _read_answers(self, rows, y, training):
        """Labels for rows, and every class known with them (None for a regression)."""
        y = self._reader.answers(rows, y, training)
        if not self._reader.classify:
            return y, None
        classes = self._reader.classes(self.classes_, y)
        return y.astype(classes.dtype), classes

    def _check_parameters(self) -> Reader:
        """What reads X and y; an error for parameters that cannot be."""
        classify = _checks.check_estimator_kind(self.estimator)
        surrogate = self.estimator if self.surrogate is None else self.surrogate
        if _checks.check_estimator_kind(surrogate, "surrogate") != classify:
            raise TypeError("surrogate= must do what the estimator does: classify, or regress.")
        if self.classes is not None and not classify:
            raise ValueError("classes= is for classifiers, and the estimator is a regressor.")
        _checks.check_count(self.batch_size, "batch_size")
        _checks.check_count(self.initial_size, "initial_size", none_ok=True)
        _checks.check_count(self.replay_budget, "replay_budget", none_ok=True)
        _checks.check_fraction(self.validation_fraction, "validation_fraction")
        estimators = (self.estimator,) if self.surrogate is None else (self.estimator, surrogate)
        return Reader(estimators, classify, self.missing_label, self._checked)

    def _split_holdout(self, training, X_val, y_val):
        """The training set, and a holdout given from outside; sets `classes_`."""
        reader, known = self._reader, training.labelled_rows
        no_labels = X_val is not None and y_val is None
        unlabelled_ok = no_labels and "holdout_rows" in getattr(self.strategy, "needs", ())
        holdout = reader.holdout(X_val, y_val, unlabelled_ok=unlabelled_ok)
        if self.validation_fraction is not None:
            if holdout is not None:
                raise ValueError("Give X_val and y_val, or set validation_fraction: not both.")
            rng, y = stream(self._seed, HOLDOUT), training.labelled_y
            drawn = draw_holdout(y, self.validation_fraction, rng, classify=reader.classify)
            training = training.hold_out(known[drawn])
        self.__dict__.pop("classes_", None)
        if reader.classify:
            given = None if self.classes is None else reader.labels(self.classes, "classes")[0]
            y_val = None if holdout is None else holdout[1]
            self.classes_ = reader.classes(training.y[known], y_val, given)
            training = training.with_type(self.classes_)
        return training, holdout

    def _resolve_strategies(self, training):
        """The strategies to ask, checked once for what they need."""
        has_rows = self._holdout is not None or training.n_held_out > 0
        has_holdout = training.n_held_out > 0 or (has_rows and self._holdout[1] is not None)
        seen_through = self.estimator if self.surrogate is None else self.surrogate
        default = Margin() if self._reader.classify else Random()
        if last_layer.knows(seen_through):
            default = Spread(default, factor=20 if self._reader.classify else 10)
        replay_initial = None if self.replay_budget is None else Random()
        strategies = {
            "strategy": default if self.strategy is None else as_strategy(self.strategy),
            "initial": replay_initial if self.initial is None else as_strategy(self.initial),
        }
        for role, strategy in strategies.items():
            if strategy is not None:
                _checks.check_strategy(
                    strategy,
                    role,
                    estimator=seen_through,
                    classify=self._reader.classify,
                    has_holdout=has_holdout,
                    has_holdout_rows=has_rows,
                    has_last_layer=last_layer.knows(seen_through),
                    has_modules=wraps_net(seen_through),
                )
        self.strategy_ = clone(strategies["strategy"])
        self._initial = strategies["initial"] and clone(strategies["initial"])

    # ------------------------------------------------------------------ what the class is
    def _begin_callbacks(self, X, y, n_rounds):
        root = self._init_callback_context(task_name="fit", max_subtasks=n_rounds)
        root.call_on_fit_task_begin(estimator=self, X=X, y=y)
        return root

    def _for_callbacks(self) -> dict:
        """What a callback scores on: the holdout, since training rows would flatter the model."""

        def holdout(part):
            if self._models is None:  # `initial` is still asking: there is nothing to score
                return None
            view = self._state().holdout
            return None if view is None or not view.is_labelled else getattr(view, part)

        return {
            "X": lambda: holdout("X"),
            "y": lambda: holdout("y"),
            "reconstruction_attributes": lambda: None if self._models is None else {},
        }

    def __sklearn_is_fitted__(self):
        return hasattr(self, "estimator_")

    def __sklearn_tags__(self):
        tags = get_tags(self.estimator)
        own = {"transformer_tags": None, "array_api_support": False}
        if self.surrogate is not None:
            inputs, others = tags.input_tags, get_tags(self.surrogate).input_tags
            own["input_tags"] = replace(
                inputs,
                allow_nan=inputs.allow_nan and others.allow_nan,
                sparse=inputs.sparse and others.sparse,
                positive_only=inputs.positive_only or others.positive_only,
            )
        few_labels = {"poor_score": True} if self.replay_budget is not None else {}
        if tags.classifier_tags is not None:
            own["classifier_tags"] = replace(tags.classifier_tags, multi_label=False, **few_labels)
            own["target_tags"] = replace(tags.target_tags, multi_output=False)
        elif tags.regressor_tags is not None:
            own["regressor_tags"] = replace(tags.regressor_tags, **few_labels)
        return replace(tags, **own)

    def _html_repr(self):
        html = estimator_html_repr(self)
        if not hasattr(self, "history_"):
            return html
        n = n_rows(self._training.X) + len(self._training.keys)
        known = f"<p>{self._training.n_labelled:,} labels known of {n:,} rows</p>"
        before, body, after = html.rpartition("</body>")
        return f"{before}{known}{body}{after}"
