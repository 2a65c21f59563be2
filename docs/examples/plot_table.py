"""
Classify a table
================

The task is to classify tumours as malignant or benign from a table of measurements. Ten labels are
known, and the learner queries five more at a time.
"""

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.display import LearningCurveDisplay
from skal.experiments import compare
from skal.metrics import labels_saved
from skal.strategies import Margin, Random

data = load_breast_cancer(as_frame=True)
X, truth = data.data, data.target_names[data.target].astype(object)

# %%
# Labels can be strings. None marks a missing label; these rows are the pool.

y = truth.copy()
y[np.random.default_rng(0).permutation(len(y))[10:]] = None

# %%
# Use any scikit-learn model, here a pipeline. (If columns contain strings or missing values, the
# first step of the pipeline handles them: a ``ColumnTransformer`` or an imputer.)

model = make_pipeline(StandardScaler(), LogisticRegression())
learner = ActiveLearner(model, Margin(), batch_size=5, random_state=0).fit(X, y)
for _ in range(6):
    rows = learner.query()  # rows of X to label next, best first
    learner.teach(rows, truth[rows])  # in practice, an expert gives these labels

n_labelled = learner.history_[-1]["n_labelled"]
print(f"{n_labelled} labels, accuracy on all rows {learner.score(X, truth):.3f}")

# %%
# One run is not conclusive. Repeat it from ten other first batches, scored on test rows, and
# compare it with random sampling:

results = compare(
    {"Random": Random(), "Margin": Margin()},
    {"logistic regression": model},
    {"breast cancer": (X, truth)},
    seeds=10,
    budget=80,
    batch_size=5,
    initial_size=10,
    progress=False,
)
LearningCurveDisplay.from_results(results)

saved = labels_saved(results).loc[("breast cancer", "logistic regression", "Margin")]
print(
    f"Margin reaches {saved['at']:.3f} with {saved['labels']:.0f} labels, {saved['saved']:.0%} "
    f"fewer than Random ({saved['low']:.0%} to {saved['high']:.0%})"
)
