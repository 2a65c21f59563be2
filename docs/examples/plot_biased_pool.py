"""
A pool with another distribution than the test data
===================================================

A pool often contains what was easy to collect. In this pool, the digits 5 to 9 are twenty times
rarer than the others, and none of them is labelled. In the test data, all digits are equally
frequent. A *holdout* of fifty trusted rows with the distribution of the test data shows which rows
of the pool matter.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from skal import ActiveLearner
from skal.datasets import rows_with_rare_classes
from skal.display import LearningCurveDisplay
from skal.strategies import FisherKernel, Margin, Random

digits, labels = load_digits(return_X_y=True)


def biased(seed):
    """Return a pool of 700 rows with about 35 rare digits, the holdout, and the test rows."""
    X, X_test, truth, y_test = train_test_split(
        digits / 16, labels, test_size=400, stratify=labels, random_state=seed
    )
    X, X_val, truth, y_val = train_test_split(
        X, truth, test_size=50, stratify=truth, random_state=seed
    )
    rows = rows_with_rare_classes(truth, ratio=20, random_state=seed)
    return X[rows], truth[rows], X_val, y_val, X_test, y_test


# %%
# :class:`~skal.strategies.FisherKernel` starts from the holdout rows that the model misclassifies
# and queries rows of the pool that match them. Pass the holdout to ``fit``; the model is not
# trained on it.

X, truth, X_val, y_val, X_test, y_test = biased(seed=0)
y = np.where((np.arange(len(X)) < 40) & (truth < 5), truth, -1)

learner = ActiveLearner(LogisticRegression(), FisherKernel(), batch_size=10, missing_label=-1)
learner.fit(X, y, X_val=X_val, y_val=y_val)
rows = learner.query()
print(f"asked for the digits {truth[rows]}")

# %%
# Compare it with two strategies that do not use the holdout, over five seeds. The scores are
# computed on the test rows, where all digits are equally frequent. The last column is the accuracy
# if the model is also trained on the holdout at the end.

curves, records = {}, []
for strategy in Random(), Margin(), FisherKernel():
    scores = []
    for seed in range(5):
        X, truth, X_val, y_val, X_test, y_test = biased(seed)
        y = np.where((np.arange(len(X)) < 40) & (truth < 5), truth, -1)
        learner = ActiveLearner(
            LogisticRegression(),
            strategy,
            batch_size=10,
            missing_label=-1,
            store_rounds=True,
            random_state=seed,
        ).fit(X, y, X_val=X_val, y_val=y_val)
        for _ in range(6):
            rows = learner.query()
            learner.teach(rows, truth[rows])
        scores.append(list(learner.staged_score(X_test, y_test)))

        known = learner.query_state().labelled
        model = LogisticRegression().fit(np.vstack([known.X, X_val]), np.append(known.y, y_val))
        records.append(
            {
                "strategy": str(strategy),
                "rare digits asked": (known.y > 4).sum(),
                "accuracy": scores[-1][-1],
                "holdout learned too": model.score(X_test, y_test),
            }
        )
    asked = 10 * np.arange(len(scores[0]))
    curves[str(strategy)] = SimpleNamespace(n_labelled=asked, values=np.array(scores))

display = LearningCurveDisplay(curves, value_name="Accuracy, all digits alike often").plot()
display.ax_.set_xlabel("Number of labels asked for")

summary = pd.DataFrame(records).groupby("strategy", sort=False).mean()
print(summary.round(3))

# %%
# ``FisherKernel`` finds the rare digits first, and the model learns them. But fifty rows with the
# distribution of the test data are also valuable as labels: if the model is trained on them as
# well at the end, most of the lead over ``Margin`` disappears. Matching a holdout pays off if the
# holdout must not be used for training, because it measures the model, or if it has no labels but
# only reported mistakes: ``FisherKernel(mistakes=…)``.
