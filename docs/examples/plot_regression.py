"""
A number instead of a class
===========================

How far will diabetes have progressed in a year? Every label is a year of waiting, so it matters
whom to follow. :class:`~skal.strategies.Bait` asks for the rows that leave a linear model the
least to learn about the whole pool.
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
# What a label is worth for squared loss does not depend on what it says. So a large batch may be
# asked for at once, and is chosen as a whole.

model = make_pipeline(StandardScaler(), Ridge())
learner = ActiveLearner(model, Bait(), batch_size=40).fit(X, y)
rows = learner.query()
learner.teach(rows, truth[rows])

print(f"{learner.strategy_} asked for rows {rows[:8]} and {len(rows) - 8} more")

# %%
# Beside rows at random and rows that cover the pool, over 20 seeds:

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
