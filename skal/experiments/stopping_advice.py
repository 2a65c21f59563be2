"""Recommendation of a stopping rule, in words."""

from typing import TYPE_CHECKING

from skal.metrics import stopping_costs
from skal.metrics.stopping import FIXED, WHOLE

if TYPE_CHECKING:
    import pandas as pd


def recommend_stopping(
    results: "pd.DataFrame",
    cost_of_label: float,
    value_of_point: float,
    score: str | None = None,
) -> str:
    """Recommend a stopping rule, with its cost.

    Rules are compared by their mean regret over data sets, estimators and strategies.

    Parameters
    ----------
    results : pandas.DataFrame
        What :func:`skal.experiments.compare` returned, with `stopping`.
    cost_of_label : float
        The cost of a label, in any currency.
    value_of_point : float
        The value of a point of the score (0.01), in the same currency.
    score : str, default=None
        The column to use; None is the only score.

    Returns
    -------
    advice : str
        One sentence on the rule of the least regret, and one on the others.

    See Also
    --------
    skal.metrics.stopping_costs : The figures, for each data set.
    recommend : Which strategy to use.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.experiments import recommend_stopping
    >>> results = pd.DataFrame({
    ...     "data": "letter", "estimator": "logistic", "strategy": "Margin", "seed": [0, 0, 0],
    ...     "round": [0, 1, 2], "n_labelled": [10, 20, 30], "accuracy": [0.5, 0.8, 0.81],
    ...     "imbalance": 0.0, "stop_Worth": [False, True, True], "stop_Plateau": False,
    ... })
    >>> print(recommend_stopping(results, cost_of_label=1, value_of_point=2))
    Stop by Worth: it ends after 20 labels on average, at a score of 0.800, and costs 0 more than
    the best end in hindsight. The whole budget costs 8 more, the best fixed budget of these replays
    0 more; Plateau 8 more.
    """
    costs = stopping_costs(results, cost_of_label, value_of_point, score)
    means = costs.groupby("rule", sort=False)[["labels", "score", "regret"]].mean()
    rules = means.drop([WHOLE, FIXED]).sort_values("regret", kind="stable")
    best, others = rules.iloc[0], rules.iloc[1:]
    behind = "".join(f"; {name} {_said(row['regret'])}" for name, row in others.iterrows())
    return (
        f"Stop by {rules.index[0]}: it ends after {best['labels']:.0f} labels on average, at a "
        f"score of {best['score']:.3f}, and costs {_said(best['regret'])} than the best end in "
        f"hindsight. The whole budget costs {_said(means.loc[WHOLE, 'regret'])}, the best fixed "
        f"budget of these replays {_said(means.loc[FIXED, 'regret'])}{behind}."
    )


def _said(regret: float) -> str:
    return f"{regret:,.3g} more"
