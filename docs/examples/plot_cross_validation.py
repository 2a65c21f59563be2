"""
Choose a strategy by cross-validation
=====================================

The strategy is a parameter of the learner, so a search can choose it, together with other
parameters, on the labels that are already known.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from skal import ActiveLearner
from skal.model_selection import LabelledKFold
from skal.strategies import Margin, Random, Spread

X, truth = load_digits(return_X_y=True)
X = X / 16
y = np.where(np.random.default_rng(0).random(len(X)) < 0.4, truth, np.nan)  # 40 % labelled

# %%
# With ``replay_budget``, ``fit`` hides the labels and reveals that many of them, for the rows that
# the strategy queries. :class:`~skal.model_selection.LabelledKFold` splits the labelled rows into
# folds and leaves the others in the pool.

strategies = [Random(), Margin(), Spread(Margin())]
search = GridSearchCV(
    ActiveLearner(LogisticRegression(), replay_budget=120, batch_size=20, random_state=0),
    {"strategy": strategies, "estimator__C": [0.1, 10]},
    cv=LabelledKFold(5),
).fit(X, y)

print(search.best_params_)

# %%
# Look at all results before you trust the winner: with five folds, differences are uncertain.

table = pd.DataFrame(search.cv_results_)
figure, ax = plt.subplots(layout="constrained")
for shift, (C, part) in zip((-0.1, 0.1), table.groupby("param_estimator__C")):
    at, error = np.arange(len(part)) + shift, part["std_test_score"] / np.sqrt(5)
    ax.errorbar(part["mean_test_score"], at, xerr=error, fmt="o", capsize=3, label=f"C = {C}")
ax.set(yticks=range(len(strategies)), yticklabels=map(str, strategies))
ax.set_xlabel("Accuracy with 120 labels, ± its standard error")
ax.legend()

# %%
# Fit the winner on all known labels to start querying:

learner = clone(search.best_estimator_).set_params(replay_budget=None).fit(X, y)
print(f"{learner.history_[-1]['n_labelled']} labels known; next: {learner.query()}")
