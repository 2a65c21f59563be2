"""
A table
=======

Rows of numbers, a class for each: is this tumour malignant? Ten labels are known, and more are
asked for, five at a time.
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
# Labels may be words. Where one is unknown there is None: these rows are the pool.

y = truth.copy()
y[np.random.default_rng(0).permutation(len(y))[10:]] = None

# %%
# The model is any of scikit-learn's, here a pipeline. (Columns of words and missing cells are a
# matter of its first step: a ``ColumnTransformer``, an imputer.)

model = make_pipeline(StandardScaler(), LogisticRegression())
learner = ActiveLearner(model, Margin(), batch_size=5, random_state=0).fit(X, y)
for _ in range(6):
    rows = learner.query()  # rows of X to label next, best first
    learner.teach(rows, truth[rows])  # here somebody would look at the slides

n_labelled = learner.history_[-1]["n_labelled"]
print(f"{n_labelled} labels, accuracy on all rows {learner.score(X, truth):.3f}")

# %%
# One run says little. The same from ten other first batches, scored on rows kept apart, and
# beside it rows drawn at random:

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
