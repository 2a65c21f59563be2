"""
Compare strategies on your data
===============================

skal replays rows that are already labelled to find out which strategy would have saved labels. This
example classifies digits. All strategies start from the same rows and are scored on the same test
rows.
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
# (``n_jobs=-1`` uses all cores; ``results="digits.jsonl"`` saves each replay when it is finished.)
#
# Draw the learning curves. Each is the mean over the seeds, with its confidence interval:

LearningCurveDisplay.from_results(results, highlight=["Random", "Spread(Margin)"])

# %%
# Compute the share of labels that each strategy saves against random sampling, at the highest score
# that both reach. If ``low`` is below 0, the strategy may save none:

labels_saved(results).droplevel(["data", "estimator"]).round(2)

# %%
# Print the result in words. Intervals are corrected for the number of strategies, because the best
# of many looks good by chance:

advice = recommend(results)
print(advice)
