"""
A random forest with a surrogate
================================

Many strategies use the last layer of a model, and a forest has none. For these strategies, set a
*surrogate*: another model, fitted on the same labels, that the strategy uses. Predictions still
come from the forest.
"""

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.display import LearningCurveDisplay
from skal.experiments import compare, recommend
from skal.strategies import Bait, Margin, Random

X, truth = load_digits(return_X_y=True)
X, truth = X[:1000] / 16, truth[:1000]
y = np.where(np.arange(len(X)) < 20, truth, np.nan)

forest = RandomForestClassifier(50, random_state=0)
learner = ActiveLearner(forest, Bait("block"), surrogate=LogisticRegression(), batch_size=20)
learner.fit(X, y)
for _ in range(4):
    rows = learner.query()
    learner.teach(rows, truth[rows])

# %%
# ``Margin`` also works with the forest's own votes. But they are coarse: with fifty trees, many
# rows have the same margin, and such rows are queried in their order in the pool.

by_votes = ActiveLearner(forest, Margin()).fit(X, y)
print(f"{len(X) - 20} rows, {len(np.unique(by_votes.query_utilities()[20:]))} different margins")

# %%
# Compare both. To use a surrogate in ``compare``, pass a learner that is not fitted:

through = ActiveLearner(forest, surrogate=LogisticRegression())
shared = {"data": {"digits": (X, truth)}, "seeds": 5, "budget": 100, "progress": False}
results = pd.concat(
    [
        compare({"Random": Random(), "Margin of votes": Margin()}, {"forest": forest}, **shared),
        compare({"Bait, surrogate": Bait("block")}, {"forest": through}, **shared),
    ]
)
LearningCurveDisplay.from_results(results)

print(recommend(results))
