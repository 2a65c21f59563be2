"""
Regression
==========

The task is to predict the progression of diabetes after one year. Each label takes a year to
collect, so it matters which patients to follow. :class:`~skal.strategies.Bait` selects rows that
minimise the uncertainty of a linear model over the whole pool.
"""

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.display import LearningCurveDisplay
from skal.experiments import compare, recommend
from skal.strategies import Bait, CoreSet, Random

X, truth = load_diabetes(return_X_y=True)
y = np.where(np.arange(len(X)) < 10, truth, np.nan)  # ten labels known

# %%
# For the squared loss, the information of a label does not depend on its value. So you can query a
# large batch at once, and the strategy optimises it jointly.

model = make_pipeline(StandardScaler(), Ridge())
learner = ActiveLearner(model, Bait(), batch_size=40).fit(X, y)
rows = learner.query()
learner.teach(rows, truth[rows])

print(f"{learner.strategy_} asked for rows {rows[:8]} and {len(rows) - 8} more")

# %%
# Compare it with random sampling and with rows that cover the pool, over 20 seeds:

results = compare(
    {"Random": Random(), "CoreSet": CoreSet(), "Bait": Bait()},
    {"ridge": model},
    {"diabetes": (X, truth)},
    seeds=20,
    budget=100,
    batch_size=10,
    scoring="r2",
    progress=False,
)
LearningCurveDisplay.from_results(results)

print(recommend(results))
