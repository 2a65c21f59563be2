"""
What the default asks for
=========================

A learner without a strategy asks for rows that many uncertain rows are like, and no labelled row.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.strategies import Margin

centers = [[-2, 0], [2, 0], [0, 3]]
X, truth = make_blobs(900, centers=centers, cluster_std=1.5, random_state=3)
rng = np.random.default_rng(1)
labelled = rng.choice(len(X), 12, replace=False)
y = np.full(len(X), np.nan)
y[labelled] = truth[labelled]

# %%
# Margin sampling takes the rows for which the two most likely classes are hardest to tell apart,
# one by one. In a batch they lie along a line, some of them side by side: the second label of such
# a pair tells little that the first has not told.
#
# The default, :class:`~skal.strategies.UncertaintyHerding`, weighs each row of the pool by how
# unsure the model is of it, and then picks rows such that every row of much weight is near one that
# is labelled or picked. So a batch is spread over all that is uncertain, dense places come first,
# and what is near a label is left out. Here the darker a row, the more uncertain:

figure, both = plt.subplots(1, 2, figsize=(9, 4), sharex=True, sharey=True, layout="constrained")
for axes, strategy, title in zip(both, (Margin(), None), ("Margin()", "the default"), strict=True):
    learner = ActiveLearner(LogisticRegression(), strategy, batch_size=12).fit(X, y)
    rows = learner.query()
    proba = np.sort(learner.predict_proba(X), axis=1)
    axes.scatter(*X.T, c=1 - (proba[:, -1] - proba[:, -2]), cmap="Greys", vmin=-0.2, s=8)
    axes.scatter(*X[labelled].T, marker="s", color="tab:blue", s=30, label="labelled")
    axes.scatter(
        *X[rows].T, facecolors="none", edgecolors="tab:red", s=60, lw=1.6, label="asked for"
    )
    axes.set_title(title)
both[0].legend(loc="upper left")

# %%
# *Near* is what the model itself finds near: rows that fall into the same leaves of a forest, or
# rows with nearly the same features, each weighted as a linear model weighs it. What it gains on
# real data is in :doc:`/guide/which_strategy`.

print(learner.strategy_)
