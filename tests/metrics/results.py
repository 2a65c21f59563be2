"""Results of comparisons that were never run: frames of given curves."""

import numpy as np
import pandas as pd


def frame(curves, labels, data="a", estimator="e", **columns):
    """The frame of a comparison: curves[strategy] has a row a seed, a column a round."""
    return pd.DataFrame(
        [
            {
                "data": data,
                "estimator": estimator,
                "strategy": strategy,
                "seed": seed,
                "round": number,
                "n_labelled": n,
                "accuracy": height,
                "imbalance": np.nan,
                "mistakes": np.nan,
                "base_error": np.nan,
                **{name: values.get(strategy) for name, values in columns.items()},
            }
            for strategy, heights in curves.items()
            for seed, curve in enumerate(heights)
            for number, (n, height) in enumerate(zip(labels, curve))
        ]
    )


def row(table, strategy, data="a", estimator="e"):
    return table.loc[(data, estimator, strategy)]


GOOD = {"Random": [[0.5, 0.6]] * 2, "A": [[0.5, 0.7]] * 2}
