"""What stopping rules would have cost, and their regret."""

from numbers import Real
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from skal.metrics.frames import WHAT_RAN, frame_of, score_column
from skal.metrics.intervals import mean_interval

if TYPE_CHECKING:
    import pandas as pd

STOP = "stop_"  # before the name of a rule: a column of results
WHOLE, FIXED = "(whole budget)", "(best fixed budget)"


class Ends(NamedTuple):
    """Where a rule ends each replay: a value a seed."""

    labels: np.ndarray
    score: np.ndarray
    cost: np.ndarray
    regret: np.ndarray
    stopped: np.ndarray


def stopping_costs(
    results: "pd.DataFrame",
    cost_of_label: float,
    value_of_point: float,
    score: str | None = None,
    *,
    confidence: float = 0.95,
) -> "pd.DataFrame":
    """Compute where each stopping rule would have stopped, and what that would have cost.

    The cost of an end is that of its labels, and of the points (0.01) of the score that are lacking
    to a score of 1:

        cost = labels · cost_of_label + 100 · (1 − score) · value_of_point.

    The regret is how much more that is than at the best round of the same replay, which nobody
    knows beforehand.  A rule that never advises to stop spends the whole budget.

    Parameters
    ----------
    results : pandas.DataFrame
        What :func:`skal.experiments.compare` returned, with `stopping`.
    cost_of_label : float
        What a label costs, in any currency.
    value_of_point : float
        What a point of the score (0.01) is worth, in the same currency.
    score : str, default=None
        The column to look at; None is the only score.
    confidence : float, default=0.95
        That of the t interval of the mean regret over the seeds.

    Returns
    -------
    costs : pandas.DataFrame
        Indexed by data, estimator, strategy and rule: means over the seeds of `labels`, `score`,
        `cost` and `regret`, the interval `low` to `high` of the regret, the share of the replays
        that `stopped` before the end, and `n_seeds`.  Two more rules are there to compare with:
        the whole budget, and the fixed budget of the least mean cost over these seeds.

    See Also
    --------
    skal.experiments.compare : Replays rules (`stopping=`).
    skal.experiments.recommend_stopping : The same in words.
    skal.stopping.Worth : The rule that knows these prices.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.metrics import stopping_costs
    >>> results = pd.DataFrame({
    ...     "data": "letter", "estimator": "logistic", "strategy": "Margin", "seed": [0, 0, 0],
    ...     "round": [0, 1, 2], "n_labelled": [10, 20, 30], "accuracy": [0.5, 0.8, 0.81],
    ...     "imbalance": 0.0, "stop_Worth": [False, True, True],
    ... })
    >>> stopping_costs(results, cost_of_label=1, value_of_point=2)[["labels", "cost", "regret"]]
                                                     labels  cost  regret
    data   estimator strategy rule
    letter logistic  Margin   Worth                    20.0  60.0     0.0
                              (whole budget)           30.0  68.0     8.0
                              (best fixed budget)      20.0  60.0     0.0
    """
    _check_price(cost_of_label, "cost_of_label")
    _check_price(value_of_point, "value_of_point")
    column = score_column(results, score)
    rules = [name for name in results.columns if name.startswith(STOP)]
    if not rules:
        raise ValueError(
            f"The results have no stopping rule (no column {STOP}NAME): give compare() rules, as "
            "stopping={'Worth': Worth(...)}."
        )
    records = []
    for names, setting in results.groupby([*WHAT_RAN[:3]], sort=False):
        known = dict(zip(WHAT_RAN, names))
        for rule, ends in _ends(setting, column, rules, cost_of_label, value_of_point).items():
            means = {name: float(np.mean(getattr(ends, name))) for name in Ends._fields}
            interval = mean_interval(ends.regret, confidence)
            interval.pop("mean")
            records.append({**known, "rule": rule, **means, **interval})
    return frame_of(records, "rule")


def _check_price(price: float, name: str) -> None:
    """Raise an error unless a price is a finite number of at least 0."""
    number = isinstance(price, Real) and not isinstance(price, bool)
    if not number or not 0 <= price < np.inf:
        raise ValueError(f"{name}={price!r} must be a finite number of at least 0.")


def _ends(
    setting: "pd.DataFrame", column: str, rules: list[str], label: float, point: float
) -> dict[str, Ends]:
    """Of one data set, estimator and strategy, where each rule ends the replays."""
    setting = setting.sort_values(["seed", "n_labelled"])
    setting = setting.assign(
        _cost=setting["n_labelled"] * label + 100 * (1 - setting[column]) * point
    )
    replays = [replay for _, replay in setting.groupby("seed")]
    ends = {}
    for rule in rules:
        places = [_first(replay[rule].to_numpy(dtype=bool)) for replay in replays]
        ends[rule.removeprefix(STOP)] = _ended(replays, column, places)
    ends[WHOLE] = _ended(replays, column, [-1] * len(replays))
    n = min(len(replay) for replay in replays)
    costs = np.mean([replay["_cost"].to_numpy()[:n] for replay in replays], axis=0)
    ends[FIXED] = _ended(replays, column, [int(costs.argmin())] * len(replays))
    return ends


def _first(stops: np.ndarray) -> int:
    """The first round in which a rule says stop; the last round where it never does."""
    return int(stops.argmax()) if stops.any() else -1


def _ended(replays: "list[pd.DataFrame]", column: str, places: list[int]) -> Ends:
    """Replays that end at these rounds."""
    last = [replay.iloc[place] for replay, place in zip(replays, places, strict=True)]
    cost = np.array([one["_cost"] for one in last])
    least = np.array([replay["_cost"].min() for replay in replays])
    before = [place % len(replay) < len(replay) - 1 for replay, place in zip(replays, places)]
    labels = np.array([one["n_labelled"] for one in last], dtype=float)
    score = np.array([one[column] for one in last], dtype=float)
    return Ends(labels, score, cost, cost - least, np.array(before, dtype=float))
