"""
Label images in a notebook
==========================

This example runs the loop with a person: the notebook shows images, you type their labels, and the
learner queries the next batch. No row is labelled at the start.
"""

import pickle

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.display import QueryMapDisplay
from skal.strategies import Margin, Spread, TypiClust

X, truth = load_digits(return_X_y=True)
X = X / 16

# %%
# Only this function interacts with a person. In your notebook, set ``SOMEBODY_IS_THERE = True``.
# Here the function returns the true labels instead, and sometimes none.

SOMEBODY_IS_THERE = False


def ask(rows):
    """Return a label for each row; None if the person cannot tell."""
    axes = plt.figure(figsize=(len(rows), 1.3)).subplots(1, len(rows))
    for ax, row in zip(axes, rows):
        ax.imshow(X[row].reshape(8, 8), cmap="gray_r")
        ax.set_axis_off()
        ax.set_title(row, fontsize=8)
    plt.show()
    if SOMEBODY_IS_THERE:
        answers = [input(f"Row {row} (empty: cannot say): ") for row in rows]
    else:
        answers = ["" if row % 20 == 0 else str(truth[row]) for row in rows]
    return [int(answer) if answer else None for answer in answers]


# %%
# Until labels of two classes are known, there is no model, and the strategy ``initial`` selects
# rows: ``TypiClust`` selects rows that are typical of the pool. After that, ``strategy`` selects
# them. The loop does not change.

learner = ActiveLearner(
    LogisticRegression(),
    Spread(Margin()),
    initial=TypiClust(),
    batch_size=10,
    random_state=0,
).fit(X, np.full(len(X), np.nan))

skipped = []
for _ in range(8):
    rows = learner.query(exclude=skipped)
    answers = ask(rows)
    known = [i for i, answer in enumerate(answers) if answer is not None]
    skipped += [int(row) for row, answer in zip(rows, answers) if answer is None]
    learner.teach(rows[known], [answers[i] for i in known])

# %%
# You can save a learner to a file and continue later:

tomorrow = pickle.loads(pickle.dumps(learner))

# %%
# Draw the queried rows. Later rounds are darker, and rows that were not queried are grey. The axes
# are the first two principal components of X.

QueryMapDisplay.from_learner(tomorrow, X)

n_labelled = tomorrow.history_[-1]["n_labelled"]
score = tomorrow.score(X, truth)
print(f"{n_labelled} labels; not known: {skipped}; accuracy on all rows {score:.3f}")
