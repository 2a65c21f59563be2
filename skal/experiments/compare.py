"""`compare`: learning curves of strategies on the same splits, from the same first batch."""

import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, TypeAlias

import joblib
from sklearn.metrics import get_scorer
from sklearn.utils.parallel import Parallel, delayed

from skal import _checks
from skal.experiments.keys import Keys
from skal.experiments.lines import TAKEN
from skal.experiments.plan import (
    Estimators,
    Plan,
    Replay,
    Rules,
    Settings,
    Strategies,
    default_scoring,
    make_plan,
)
from skal.experiments.progress import progress_bar
from skal.experiments.replays import run
from skal.experiments.results import ResultsFile, tidy
from skal.experiments.tasks import Data
from skal.experiments.workers import end_with

if TYPE_CHECKING:
    import pandas as pd

Scorer: TypeAlias = str | Callable[..., float]
Scoring: TypeAlias = Scorer | Iterable[str] | Mapping[str, Scorer]


def compare(
    strategies: Strategies,
    estimators: Estimators,
    data: Data | Mapping[str, Data],
    seeds: int | Iterable[int] = 10,
    budget: int = 200,
    batch_size: int = 20,
    scoring: Scoring | None = None,
    n_jobs: int | None = None,
    results: str | os.PathLike | None = None,
    *,
    initial_size: int | None = None,
    test_size: float = 0.3,
    holdout_size: float | None = None,
    stopping: Rules | None = None,
    progress: bool = True,
) -> "pd.DataFrame":
    """Compare strategies on known labels, with a learning curve for each.

    Every strategy spends the same budget on the same rows, starting from the same first batch of
    random rows, and each model is scored on the same test rows.  All of this is repeated for each
    seed.

    Parameters
    ----------
    strategies : dict of str to Strategy, list of Strategy, or Strategy
        The strategies to compare.  A name such as "margin" stands for that strategy; a function is
        a strategy too, as in `ActiveLearner`, and keeps its own name.
    estimators : dict of str to estimator, list, or estimator
        The classifiers or regressors to train.  An unfitted `ActiveLearner` stands for its
        estimator with its `surrogate`, `initial`, `classes` and `missing_label`.
    data : dict of str to (X, y), or (X, y)
        The data to label.  ``(X, y, X_test, y_test)`` has its own test rows; a function is called
        and returns one of the two.  Rows with a missing label stay in the pool, where strategies
        can use them but not query them.
    seeds : int or list of int, default=10
        The number of repetitions, each with another first batch and other test rows (unless they
        are given); or a list of seeds.
    budget : int, default=200
        The number of labels to spend, including the first batch.
    batch_size : int, default=20
        The number of labels per query.
    scoring : str, callable, list of str or dict, default=None
        Metrics on the test rows, as in scikit-learn; higher is better.  None is accuracy, or R² for
        a regression.
    n_jobs : int, default=None
        The number of replays that run in parallel, by joblib; -1 is one per core.  The worker
        processes end with this one, even if it is killed.  Within
        ``joblib.parallel_config(backend="dask")`` (or Ray's backend), replays run on a cluster.
    results : path, default=None
        A file that stores each replay when it is finished; without a file, an error in a replay
        loses the others.  A killed run continues where it stopped; a run with more seeds,
        strategies, estimators or data only computes the new replays.  Replays are identified by
        data, parameters, settings and the versions of skal and scikit-learn: after a change in the
        code of your own strategy, use a new file.  Only one run at a time can write to the file; a
        second one raises an error.
    initial_size : int, default=None
        Size of the first batch; None is `batch_size`.
    test_size : float or int, default=0.3
        Share (below 1) or number of the labelled rows to test on, stratified by class; one row of
        every class always remains for training.
    holdout_size : float or int, default=None
        Share or number of the remaining labels to pass to strategies as a holdout.  It is taken
        from all strategies alike, and does not count towards the budget: `n_holdout` reports it.
    stopping : dict of str to StoppingRule, list of StoppingRule, or StoppingRule, default=None
        Rules to try on every replay: no replay ends by them, and the results have a column
        ``stop_NAME`` for each, which says in which rounds the rule advises to stop.  A tenth of
        each batch is then drawn at random (``audit=0.1``), for all strategies alike, unless an
        `ActiveLearner` in `estimators` has an `audit` of its own.
    progress : bool, default=True
        Whether to show a progress bar with the remaining time.

    Returns
    -------
    results : pandas.DataFrame
        One row per round: `data`, `estimator`, `strategy`, `seed`, `round`, `n_labelled`; one
        column per score; `imbalance` of the labels so far, the share of `mistakes` that the
        previous model made on the batch, its `base_error` on the test rows (all three for classes
        only); `n_holdout`, `query_seconds`, `fit_seconds`; the values that the strategies recorded;
        and `rows`, the numbers of the queried rows of X.

    See Also
    --------
    recommend : Recommend a strategy from the results.
    recommend_stopping : Recommend a stopping rule from the results.
    skal.metrics.area_under_curve : Summarise the results.
    skal.display.LearningCurveDisplay : Plot the results.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal.experiments import compare
    >>> from skal.strategies import Margin, Random
    >>> results = compare(
    ...     [Random(), Margin()],
    ...     LogisticRegression(max_iter=500),
    ...     {"iris": load_iris(return_X_y=True)},
    ...     seeds=2,
    ...     budget=30,
    ...     batch_size=10,
    ...     progress=False,
    ... )
    >>> results.groupby(["strategy", "n_labelled"])["accuracy"].count()
    strategy  n_labelled
    Margin    10            2
              20            2
              30            2
    Random    10            2
              20            2
              30            2
    Name: accuracy, dtype: int64
    """
    _needs_pandas()
    initial_size = batch_size if initial_size is None else initial_size
    for name, count in (("budget", budget), ("batch_size", batch_size)):
        _checks.check_count(count, name)
    _checks.check_count(initial_size, "initial_size")
    if budget <= initial_size:
        raise ValueError(
            f"The first batch of {initial_size} random rows uses budget={budget}, so no strategy "
            "would run a query: set a larger budget, or a smaller initial_size= (by default "
            "batch_size)."
        )
    _check_size(test_size, "test_size")
    if holdout_size is not None:
        _check_size(holdout_size, "holdout_size")
    _check_jobs(n_jobs)
    scorers = _read_scoring(default_scoring(estimators) if scoring is None else scoring)
    counts = int(budget), int(batch_size), int(initial_size)
    settings = Settings(*counts, scorers, test_size, holdout_size)
    plan = make_plan(strategies, estimators, data, seeds, settings, stopping)
    if results is None:
        return tidy(plan, dict(_finish(plan, Replay.names, n_jobs, progress)), Replay.names)
    keys = Keys(plan)
    file = ResultsFile(results)
    try:
        for _ in _finish(plan, keys, n_jobs, progress, file):
            pass
        return tidy(plan, file.finished, keys)
    finally:
        file.close()


def _finish(
    plan: Plan,
    key_of: Callable,
    n_jobs: int | None,
    progress: bool,
    file: ResultsFile | None = None,
) -> Iterator[tuple[Any, list[dict]]]:
    """Run the unfinished replays; yield (key, rounds) of each when it is done."""
    finished = {} if file is None else file.finished
    wanted = {key_of(replay): replay for replay in plan}
    missing = {key: replay for key, replay in wanted.items() if key not in finished}
    main = os.getpid()
    parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered", **_at_start(main))
    done = parallel(delayed(_run)(key, replay, main) for key, replay in missing.items())
    note = "" if file is None else file.note()
    with progress_bar(len(missing), len(wanted), shown=progress, note=note) as advance:
        for key, rounds in done:
            if file is not None:
                file.add(key, missing[key], rounds)
            advance()
            yield key, rounds


def _at_start(main: int) -> dict[str, Any]:
    """Return the initialiser of joblib's workers, where supported (from 1.5 on)."""
    kinds = [parameter.kind for parameter in inspect.signature(joblib.Parallel).parameters.values()]
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        return {}
    return {"initializer": end_with, "initargs": (main,)}


def _run(key: str, replay: Replay, main: int) -> tuple[Any, list[dict]]:
    end_with(main)
    return key, run(replay)


def _read_scoring(scoring: Scoring) -> dict:
    """Return scorers by the names of their columns."""
    if isinstance(scoring, str):
        scoring = {scoring: scoring}
    elif callable(scoring):
        scoring = {getattr(scoring, "__name__", "score"): scoring}
    elif not isinstance(scoring, Mapping):
        scoring = {name: name for name in scoring}
    if not scoring:
        raise ValueError("scoring is empty: pass at least one metric.")
    if taken := sorted(TAKEN & {str(name) for name in scoring}):
        raise ValueError(f"scoring: {taken} are names of columns of the results; use other names.")
    return {str(name): get_scorer(scorer) for name, scorer in scoring.items()}


def _check_size(size, name):
    is_number = isinstance(size, Real) and not isinstance(size, bool)
    if not is_number or not (0 < size < 1 or (size >= 1 and size == int(size))):
        raise ValueError(f"{name}={size!r} must be a share between 0 and 1, or a number of rows.")


def _check_jobs(n_jobs):
    whole = isinstance(n_jobs, Integral) and not isinstance(n_jobs, bool)
    if n_jobs is not None and not (whole and n_jobs != 0):
        raise ValueError(
            f"n_jobs={n_jobs!r} must be the number of parallel replays, -1 for one per core, or "
            "None for joblib's default."
        )


def _needs_pandas():
    try:
        import pandas  # noqa: F401
    except ImportError as error:
        raise ImportError(
            'Results require pandas: pip install "skal[experiments]".', name="pandas"
        ) from error
