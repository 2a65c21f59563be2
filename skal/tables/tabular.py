"""`tabular_learner`: a learner for tables, in one line."""

from typing import Any

from skal import ActiveLearner
from skal.tables.learner import TabularLearner


def tabular_learner(estimator: Any = None, strategy: Any = None, **params: Any) -> TabularLearner:
    """Create an active learner for a table with columns of any type.

    Parameters
    ----------
    estimator : estimator, default=None
        The classifier or regressor to train.  None is a logistic regression if y contains classes,
        and a ridge regression if it contains numbers.
    strategy : Strategy or callable, default=None
        The query strategy; None is the default of `ActiveLearner`.
    **params : dict
        Other parameters of `ActiveLearner`, such as `batch_size`, `initial` or `random_state`.

    Returns
    -------
    learner : TabularLearner
        The learner: `fit`, `query`, `teach`, `predict` and `score` on frames.

    See Also
    --------
    TabularLearner : The class of the result.
    TableFeatures : Features of the columns.
    skal.model_selection.LabelledKFold : Folds for y with missing labels.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.tables import tabular_learner
    >>> frame = pd.DataFrame({
    ...     "price": [9.5, 3.0, None, 8.0, 2.5, 9.0],
    ...     "colour": ["red", "blue", "red", None, "blue", "red"],
    ...     "since": pd.to_datetime(["2024-01-03", "2021-05-06"] * 3),
    ... })
    >>> y = ["good", "bad", None, None, None, None]
    >>> learner = tabular_learner(batch_size=2).fit(frame, y)
    >>> rows = learner.query()
    >>> learner = learner.teach(rows, ["good", "bad"])
    >>> learner.predict(frame.head(2)).tolist()
    ['good', 'bad']
    """
    return TabularLearner(ActiveLearner(estimator, strategy, **params))
