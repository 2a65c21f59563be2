"""Does the interval of `skal status` hold the accuracy on new rows?

    python benchmarks/status_coverage.py [--projects 60]

Simulates projects on the command line: 10 rounds of 20 labels in a pool of 1,500 rows of three
classes, 4 of each batch drawn at random from the reserve, logistic regression.  `skal status` fits
the models of the rounds again from the column ``skal_drawn``.  Prints how often its 95% interval
holds the accuracy on 2,500 new rows, the mean error, and the mean width.
"""

import argparse

import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.cli.draws import Draws
from skal.cli.replayed import replayed
from skal.metrics import performance_today

POOL, FIRST, ROUNDS, BATCH, DRAWN, RESERVE = 1500, 20, 10, 20, 4, 0.25
MODEL = LogisticRegression(max_iter=300)


def project(seed):
    """Return the estimate of `skal status` after a simulated project, and the true accuracy."""
    rng = np.random.default_rng(seed)
    X, truth = make_classification(
        POOL + 2500, 20, n_informative=6, n_classes=3, class_sep=0.9, random_state=seed
    )
    pool, labels = X[:POOL], truth[:POOL]
    placed = rng.random(POOL)
    known, drawn, rounds = np.zeros(POOL, bool), np.zeros(POOL, bool), np.zeros(POOL, int)
    known[rng.choice(POOL, FIRST, replace=False)] = True
    for number in range(1, ROUNDS + 1):
        reserve = np.flatnonzero(~known & (placed < RESERVE))
        random = reserve[np.argsort(placed[reserve])][:DRAWN]
        learner = ActiveLearner(MODEL, "margin", random_state=0).fit(
            pool, np.where(known, labels, np.nan)
        )
        picks = learner.query(batch_size=BATCH - DRAWN, exclude=reserve)
        known[random] = known[picks] = drawn[random] = True
        rounds[random] = rounds[picks] = number
    seen = replayed(MODEL, pool, labels, known, Draws(drawn, rounds), placed)
    model = MODEL.fit(pool[known], labels[known])
    return performance_today(seen), model.score(X[POOL:], truth[POOL:])


def main():
    """Print the coverage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--projects", type=int, default=60)
    found = [project(seed) for seed in range(parser.parse_args().projects)]
    held = sum(estimate.low <= score <= estimate.high for estimate, score in found)
    error = np.mean([estimate.value - score for estimate, score in found])
    width = np.mean([estimate.high - estimate.low for estimate, _ in found])
    print(f"held {held} of {len(found)}, mean error {error:+.3f}, mean width {width:.3f}")


if __name__ == "__main__":
    main()
