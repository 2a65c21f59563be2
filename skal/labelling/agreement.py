"""The agreement of annotators beyond chance."""

import sqlite3
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("first", "second", "n_items", "agreed", "kappa")


def answers(connection: sqlite3.Connection) -> "pd.DataFrame":
    """Return the current labels, one row per item and one column per annotator."""
    import pandas as pd

    rows = connection.execute(
        "SELECT item, name, value FROM current JOIN annotator ON annotator.id = annotator "
        "WHERE kind = 'label'"
    )
    frame = pd.DataFrame([tuple(row) for row in rows], columns=["item", "name", "value"])
    table = frame.pivot(index="item", columns="name", values="value")
    return table[table.notna().sum(axis=1) >= 2]


def pairwise(table: "pd.DataFrame") -> "pd.DataFrame":
    """Compute Cohen's κ of each pair of annotators, over the items that both labelled."""
    import pandas as pd
    from sklearn.metrics import cohen_kappa_score

    rows = []
    for first, second in combinations(table.columns, 2):
        both = table[[first, second]].dropna()
        if not len(both):
            continue
        one, other = both[first].to_numpy(dtype=object), both[second].to_numpy(dtype=object)
        agreed = float(np.mean(one == other))
        varied = len(set(one) | set(other)) > 1  # else chance alone would agree: no κ
        kappa = float(cohen_kappa_score(one, other)) if varied else float("nan")
        rows.append((first, second, len(both), agreed, kappa))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def fleiss(table: "pd.DataFrame") -> float:
    """Compute Fleiss' κ over the items with the most common number of annotators."""
    from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

    raters = table.notna().sum(axis=1)
    if not len(raters):
        return float("nan")
    n = int(raters.mode().iloc[-1])
    codes, _ = table[raters == n].stack().factorize()
    counts, categories = aggregate_raters(np.asarray(codes).reshape(-1, n))
    return float(fleiss_kappa(counts)) if len(categories) > 1 else float("nan")
