"""
Imbalanced classes
==================

In this pool, the digits 5 to 9 are ten times rarer than the others, like defects, frauds, or the
diseases that a screening looks for. Random sampling spends most labels on the frequent classes.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skal.datasets import rows_with_rare_classes
from skal.display import ImbalanceDisplay, LearningCurveDisplay
from skal.experiments import compare
from skal.strategies import Diversify, Margin, Random

X, y = load_digits(return_X_y=True)
rows = rows_with_rare_classes(y, ratio=10, random_state=0)
X, y = X[rows] / 16, y[rows]
print("rows of each class:", np.bincount(y))

# %%
# Accuracy hides the rare classes; balanced accuracy, which gives every class the same weight, does
# not. ``Diversify`` selects rows from each predicted class in turn.

results = compare(
    {"Random": Random(), "Margin": Margin(), "Diversify(Margin)": Diversify(Margin())},
    {"logistic regression": LogisticRegression()},
    {"digits": (X, y)},
    seeds=6,
    budget=140,
    batch_size=10,
    initial_size=20,
    scoring=["accuracy", "balanced_accuracy"],
    progress=False,
)

# %%
# Both strategies find the rare classes (right: 0 means that all classes have the same number of
# labels), because the model is uncertain there. ``Diversify`` balances the labels more; the
# intervals at the left do not show whether this improves the model.

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
LearningCurveDisplay.from_results(results, score="balanced_accuracy", ax=left)
ImbalanceDisplay.from_results(results, ax=right, legend=False)

last = results[results["n_labelled"] == 140].groupby("strategy", sort=False)
print(last[["accuracy", "balanced_accuracy", "imbalance"]].mean().round(2))
