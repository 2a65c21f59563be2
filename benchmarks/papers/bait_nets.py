"""`Bait` with a net on MNIST: batches of 10, 100 and 1,000, and a regression onto one-hot labels.

Figures 5, 6, 8, 13 and 15 of the BAIT paper, as far as two cores go in minutes:

- A perceptron with one hidden layer of 128, as the paper's, trained anew in each round: 40 epochs
  of Adam, 32 rows a step, rate 0.002 (the paper: until 99 % of the training rows are right, rate
  0.0001).
- 100 first labels and 5 seeds, as the paper; pools drawn by the seed from 60,000 images (the paper:
  all of them, until all are labelled), 2,000 other images to test on: batches of 10 up to 260
  labels of 2,000, of 100 up to 900 of 4,000, of 1,000 up to 2,100 of 6,000.
- Bait's structure is "full" for batches of 10 and "block" for the larger ones.
- one-hot: ten numbers are predicted, squared loss; batches of 10; R².

    python benchmarks/papers/bait_nets.py [--seeds 5] [--settings "batches of 10" ...] [--quick]

What was done is left out.  Writes results/bait-nets/raw/rounds.csv.
"""

import warnings
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from options import parser_for, study_of
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from threadpoolctl import threadpool_limits

from skal.datasets import load_mnist
from skal.experiments import compare
from skal.strategies import Badge, Bait, CoreSet, LeastConfidence, Random

FIRST, TEST_ROWS = 100, 2_000
NET = {"hidden_layer_sizes": (128,), "learning_rate_init": 0.002, "batch_size": 32, "max_iter": 40}


@dataclass(frozen=True)
class Setting:
    """How many rows, how many at a time, and how much of their information is looked at."""

    pool: int
    batch: int
    budget: int
    structure: str
    regression: bool = False

    def strategies(self):
        """The paper's five; of a regression the three that need no probabilities."""
        of_classes = {"Badge": Badge(), "LeastConfidence": LeastConfidence()}
        return {
            "Bait": Bait(self.structure),
            **({} if self.regression else of_classes),
            "CoreSet": CoreSet(),
            "Random": Random(),
        }

    def estimator(self):
        """The net."""
        return (MLPRegressor if self.regression else MLPClassifier)(**NET, random_state=0)


SETTINGS = {
    "batches of 10": Setting(2_000, 10, 260, "full"),
    "one-hot, batches of 10": Setting(2_000, 10, 260, "auto", regression=True),
    "batches of 100": Setting(4_000, 100, 900, "block"),
    "batches of 1,000": Setting(6_000, 1_000, 2_100, "block"),
}
TINY = {name: Setting(400, 10, 130, s.structure, s.regression) for name, s in SETTINGS.items()}


@cache
def images():
    """Unpacked once."""
    return load_mnist()


def rows_of(setting, seed, test_rows):
    """Images and labels for the pool and the test of a seed."""
    X, y = images()
    drawn = np.random.default_rng(seed).permutation(len(y))[: setting.pool + test_rows]
    X = X[drawn].reshape(len(drawn), -1).astype(np.float32) / 255
    return X, np.eye(10, dtype=np.float32)[y[drawn]] if setting.regression else y[drawn]


def replay(name, setting, strategy, seed, test_rows):
    """The rounds of one strategy on one seed."""
    rounds = compare(
        {strategy: setting.strategies()[strategy]},
        {"net": setting.estimator()},
        {name: rows_of(setting, seed, test_rows)},
        seeds=[seed],
        budget=setting.budget,
        batch_size=setting.batch,
        initial_size=FIRST,
        test_size=test_rows,
        scoring="r2" if setting.regression else "accuracy",
        progress=False,
    )
    rounds["score"] = rounds["r2" if setting.regression else "accuracy"]
    return rounds[["data", "strategy", "seed", "n_labelled", "score"]].round(5)


def main():
    parser = parser_for(__doc__, "a seed, 400 rows, three rounds")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    settings, seeds, test_rows = SETTINGS, options.seeds, TEST_ROWS
    if options.quick:
        settings, seeds, test_rows = TINY, 1, 300
    path = study_of(options, "bait-nets", "raw").raw("rounds.csv")
    frames = [pd.read_csv(path)] if path.is_file() else []
    done = {(r.data, r.strategy, r.seed) for frame in frames for r in frame.itertuples()}
    todo = [
        (name, settings[name], strategy, seed)
        for seed in range(seeds)
        for name in options.settings
        for strategy in settings[name].strategies()
        if (name, strategy, seed) not in done
    ]
    with threadpool_limits(1):
        for one in todo:
            frames.append(replay(*one, test_rows))
            pd.concat(frames).to_csv(path, index=False)
            print(one[0], *one[2:], frames[-1]["score"].mean(), flush=True)


if __name__ == "__main__":
    main()
