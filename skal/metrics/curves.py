"""How good a learner was on the way, not only in the end."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import check_scoring
from sklearn.pipeline import Pipeline


def learning_curve_scorer(
    scoring: Callable[..., float] | str | None = None,
) -> Callable[[Any, Any, Any], float]:
    """Score a learner by the area under its learning curve.

    The curve has one score a round, over the number of labels; the area under it is divided by
    its width, so that it is a mean score.  A replay of a single round scores as it is; a learner
    that never asked has no curve.

    Parameters
    ----------
    scoring : str, callable or None, default=None
        What is measured in each round, as anywhere in scikit-learn; None is the learner's `score`.

    Returns
    -------
    scorer : callable
        ``scorer(learner, X, y)`` for `GridSearchCV`, `cross_validate` and the like.  The learner,
        or the last step of the pipeline that is scored, needs ``store_rounds=True``.

    See Also
    --------
    area_under_curve : The same figure for all strategies of a comparison.
    skal.model_selection.LabelledKFold : Folds for a y of which only some labels are known.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.metrics import learning_curve_scorer
    >>> X, y = load_iris(return_X_y=True)
    >>> learner = ActiveLearner(
    ...     LogisticRegression(max_iter=500), replay_budget=40, batch_size=5, store_rounds=True,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> 0.8 < learning_curve_scorer("accuracy")(learner, X, y) < 1
    True
    """
    if not (scoring is None or isinstance(scoring, str) or callable(scoring)):
        raise TypeError(f"scoring={scoring!r} must be a single score: a name, a callable or None.")
    return _LearningCurveScorer(scoring)


class _LearningCurveScorer:
    """The scorer itself, which travels to worker processes."""

    def __init__(self, scoring: Callable[..., float] | str | None):
        self.scoring = scoring

    def __call__(self, estimator, X, y):
        n_labelled, scores = [], []
        for n, model in _rounds(estimator):
            n_labelled.append(n)
            scores.append(check_scoring(model, self.scoring)(model, X, y))
        return mean_height(np.array(n_labelled, dtype=float), np.array(scores))

    def __repr__(self):
        return f"learning_curve_scorer({self.scoring!r})"


def mean_height(x: np.ndarray, y: np.ndarray) -> float:
    """Area under the points (x, y), straight lines between them, over the width."""
    width = x[-1] - x[0]
    return float(np.trapezoid(y, x) / width if width else y[-1])


def _rounds(estimator):
    """The number of labels of each round, and the estimator as it was then."""
    if isinstance(estimator, Pipeline):
        for n, last in _rounds(estimator.steps[-1][1]):
            pipeline = copy.copy(estimator)
            pipeline.steps = [*estimator.steps[:-1], (estimator.steps[-1][0], last)]
            yield n, pipeline
    elif hasattr(estimator, "staged_score"):
        if len(getattr(estimator, "history_", "")) == 1 and estimator.replay_budget is None:
            raise ValueError(
                "This learner never asked for a label, so it has no learning curve: set "
                "replay_budget= to spend labels of y as if they had to be asked for."
            )
        yield from ((then.n_labelled, then.model) for then in estimator.rounds())
    else:
        raise TypeError(
            "A learning curve is that of an ActiveLearner, or of a pipeline that ends in one; got "
            f"{type(estimator).__name__}."
        )
