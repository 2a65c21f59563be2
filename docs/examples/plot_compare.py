"""
Several strategies on your data
===============================

Rows that are labelled already can tell which strategy would have saved labels: skal replays them.
Which digit is it? Every strategy starts from the same rows and is scored on the same test rows.
"""

from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skal.display import LearningCurveDisplay
from skal.experiments import compare, recommend
from skal.metrics import labels_saved
from skal.strategies import CoreSet, Entropy, Margin, Random, Spread

X, y = load_digits(return_X_y=True)
X = X / 16

results = compare(
    {
        "Random": Random(),
        "Margin": Margin(),
        "Entropy": Entropy(),
        "CoreSet": CoreSet(),
        "Spread(Margin)": Spread(Margin()),
    },
    {"logistic regression": LogisticRegression()},
    {"digits": (X, y)},
    seeds=5,
    budget=200,
    batch_size=20,
    progress=False,
)

# %%
# (``n_jobs=-1`` uses all cores; ``results="digits.jsonl"`` keeps replays as they are finished.)
#
# The learning curves, each the mean over the seeds with its interval:

LearningCurveDisplay.from_results(results, highlight=["Random", "Spread(Margin)"])

# %%
# The share of labels that each saves against random rows, at the highest score that both reach;
# where ``low`` is below 0 it may save none:

labels_saved(results).droplevel(["data", "estimator"]).round(2)

# %%
# And in words. Intervals are widened for the number of strategies, since the best of many looks
# good by chance:

advice = recommend(results)
print(advice)
