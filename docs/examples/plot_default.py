"""
The default strategy
====================

A learner without a strategy queries rows that are similar to many uncertain rows and to no labelled
row.
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
# Margin sampling scores each row separately and selects the rows for which the two most likely
# classes are hardest to tell apart. In a batch, these rows lie along a line, and some are next to
# each other: the second label of such a pair adds little information to the first.
#
# The default, :class:`~skal.strategies.UncertaintyHerding`, weights each row of the pool by the
# uncertainty of the model, and then selects rows such that every row of large weight is close to a
# labelled or selected row. So a batch covers the uncertain region, starts in dense areas, and
# avoids the neighbourhood of labelled rows. In the figure, darker rows are more uncertain:

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
# The distance depends on the model: two rows are close if they fall into the same leaves of a
# forest, or if they have nearly the same features, each weighted by the linear model. For results
# on real data, see :doc:`/guide/which_strategy`.

print(learner.strategy_)
