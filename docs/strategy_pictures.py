"""What each strategy selects from one pool, for the pages of docs/strategies.

The pool is the same for all: three groups of different density, and some rows far out.

python docs/strategy_pictures.py                # small pictures of all, in the current folder
python docs/strategy_pictures.py Vaal           # one, as docs/_static has it: it requires torch
"""

import sys
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import BayesianRidge, LogisticRegression
from strategy_pages import FACTS

from skal import ActiveLearner, strategies

N_PICKED = 8
# Okabe and Ito's colours; each class has a marker of its own as well.
CLASSES = (("#0072B2", "o"), ("#009E73", "s"), ("#CC79A7", "^"))
PICKED = "#D55E00"
OF_MEMBERS = ("Bald", "VariationRatio")
ALONE = {"ExpectedModelChange", "PredictiveStd", "GreedySampling"}  # regressions
LABELLED_PER_CLASS = 4


def pool():
    """Rows, their classes, their numbers, and a holdout of the same kind."""
    rng = np.random.default_rng(7)
    centres = np.array([[-2.0, -0.6], [1.6, -1.2], [0.4, 2.0]])
    truth = rng.choice(3, 460, p=[0.5, 0.3, 0.2])
    width = np.array([0.7, 0.9, 1.1])[truth]
    X = centres[truth] + rng.normal(size=(460, 2)) * width[:, None]
    return X[:400], truth[:400], X[400:], truth[400:]


def number(X):
    """What a regression predicts here."""
    return np.sin(1.1 * X[:, 0]) + 0.4 * X[:, 1]


def labelled_rows(truth):
    """A few rows of each class, the same for all strategies."""
    rng = np.random.default_rng(2)
    of_class = [np.flatnonzero(truth == c) for c in range(3)]
    return np.concatenate([rng.choice(r, LABELLED_PER_CLASS, replace=False) for r in of_class])


def strategy_of(name):
    """The object that the page names."""
    return eval(FACTS[name].get("make", f"{name}()"), vars(strategies).copy())


def estimator_for(name):
    """A model that the strategy can look into."""
    if name == "PredictiveStd":
        return GaussianProcessRegressor(RBF(1.5), alpha=0.01, optimizer=None)
    if name in ALONE:
        return BayesianRidge()
    if name in OF_MEMBERS:
        return RandomForestClassifier(50, random_state=0)
    return LogisticRegression()


def picked(name):
    """The pool, the labelled rows, the selected rows and the model."""
    X, truth, X_val, y_val = pool()
    known = labelled_rows(truth)
    if name == "FunctionStrategy":
        strategy = far_right
    elif name == "ColdStart":
        strategy, known = None, known[:0]
    else:
        strategy = strategy_of(name)
    values, holdout = truth, {"X_val": X_val, "y_val": y_val}
    if name in ALONE:
        values, holdout = number(X), {}
    y = np.array([None] * len(X), dtype=object)
    y[known] = values[known]
    learner = ActiveLearner(
        estimator_for(name), strategy, initial=strategies.ColdStart(), initial_size=N_PICKED,
        random_state=0,
    )  # fmt: skip
    if name == "Oracle":
        y, holdout = truth.astype(object), holdout
        learner.set_params(replay_budget=len(known) + N_PICKED, initial_size=len(known))
        learner.set_params(batch_size=N_PICKED, initial="random")
        learner.fit(X, y, **holdout)
        history = learner.history_
        return X, truth, history[0]["rows"], history[1]["rows"], learner
    learner.fit(X, y, **(holdout if takes_holdout(name) else {}))
    if name == "MarginShift":  # compares two rounds
        first = learner.query(batch_size=N_PICKED)
        learner.teach(first, values[first])
        known = np.concatenate([known, first])
    return X, truth, known, learner.query(batch_size=N_PICKED), learner


def takes_holdout(name):
    """Whether the strategy looks at a holdout."""
    return "needs a holdout" in FACTS[name]["tags"]


def far_right(state):
    """The function of the picture: rows far to the right."""
    return state.pool.part(state.candidates).last_layer.features[:, 0]


def draw(name):
    """One picture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        X, truth, known, rows, learner = picked(name)
    figure, ax = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    ax.scatter(*X.T, s=10, color="#a0a6ad", linewidth=0, label="pool")
    if name in ALONE:
        ax.scatter(*X[known].T, s=48, color="#0072B2", edgecolor="white", label="labelled")
    else:
        boundary(ax, X, learner if len(known) else None)
        for c, (colour, marker) in enumerate(CLASSES):
            some = known[truth[known] == c] if len(known) else known
            ax.scatter(
                *X[some].T, s=48, color=colour, marker=marker, edgecolor="white",
                label=f"labelled, class {c}" if len(known) else None,
            )  # fmt: skip
    ax.scatter(
        *X[rows].T, s=190, facecolor="white", edgecolor=PICKED, linewidth=2, label="selected",
        zorder=4,
    )  # fmt: skip
    for order, row in enumerate(rows, start=1):
        style = {"ha": "center", "va": "center", "fontsize": 9, "color": "black", "zorder": 5}
        ax.text(*X[row], order, **style)
    ax.set(xticks=[], yticks=[])
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=10)
    return figure


def boundary(ax, X, learner):
    """Where the model's two most likely classes are equal."""
    if learner is None:
        return
    across, up = (np.linspace(X[:, i].min() - 0.4, X[:, i].max() + 0.4, 160) for i in (0, 1))
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    predicted = learner.predict(grid.reshape(-1, 2)).astype(float).reshape(grid.shape[:2])
    for level in (0.5, 1.5):
        ax.contour(across, up, predicted, [level], colors="#57606a", linewidths=0.9)


if __name__ == "__main__":
    for each in sys.argv[1:] or FACTS:
        draw(each).savefig(f"strategy-{each.lower()}.png", dpi=144 if sys.argv[1:] else 60)
        plt.close("all")
