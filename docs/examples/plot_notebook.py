"""
Somebody at a notebook
======================

The loop with a person in it: pictures are shown, somebody types what they are, and the learner asks
on. Nothing is labelled at the start.
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
# Only this function has to do with people. In your notebook set ``SOMEBODY_IS_THERE = True``;
# here nobody is, and the truth answers in their place, now and then with a shrug.

SOMEBODY_IS_THERE = False


def ask(rows):
    """A label for each of the rows; None where somebody cannot say."""
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
# Until two classes are known there is no model, and ``initial`` asks: ``TypiClust`` shows rows that
# are typical of the pool. From then on the strategy does. The loop stays the same.

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
# Tired? A learner can be kept in a file and goes on tomorrow where it stopped:

tomorrow = pickle.loads(pickle.dumps(learner))

# %%
# What was asked, the later the darker; grey is what nobody had to look at. The rows lie on the two
# principal axes of X.

QueryMapDisplay.from_learner(tomorrow, X)

n_labelled = tomorrow.history_[-1]["n_labelled"]
score = tomorrow.score(X, truth)
print(f"{n_labelled} labels; not known: {skipped}; accuracy on all rows {score:.3f}")
