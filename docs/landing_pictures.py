"""The learning curve of the landing page and of the README; run from the root of the repository.

python docs/landing_pictures.py         # docs/_static/learning_curve.svg, and its numbers
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skal.display import LearningCurveDisplay
from skal.experiments import compare
from skal.metrics import labels_to_reach
from skal.strategies import Margin, Random

HERE = Path(__file__).parent
LEVEL = 0.95


def replay():
    """The replay of `skal demo`."""
    X, y = load_digits(return_X_y=True)
    return compare(
        {"Random": Random(), "Margin": Margin()},
        {"logistic regression": LogisticRegression(max_iter=1000)},
        {"digits": (X / 16, y)},
        5,
        300,
        25,
        test_size=0.5,
        progress=False,
    )


def draw(results):
    """Both curves, and how many labels each takes to reach the level."""
    needed = labels_to_reach(results, LEVEL)["labels"]
    with plt.rc_context({"font.size": 11, "svg.hashsalt": "skal", "svg.fonttype": "path"}):
        figure, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
        LearningCurveDisplay.from_results(results).plot(ax=ax)
        ax.set(title="Digits, logistic regression", ylabel="Accuracy on test rows")
        ax.axhline(LEVEL, color="#57606a", linewidth=0.8, linestyle=":", zorder=0)
    return figure, needed


if __name__ == "__main__":
    figure, needed = draw(replay())
    figure.savefig(HERE / "_static" / "learning_curve.svg", metadata={"Date": None})
    print(f"Labels to reach {LEVEL:.0%}:\n{needed.round(0)}")
