"""What a query of `Bait` takes beside `CoreSet` and `Badge` (Figure 9 and section 7 of its paper).

- numbers: 100 of 20,000 rows of 128 features, 200 labelled, ridge regression: seconds of `Bait`
  over those of `CoreSet`.
- classes: 20 of 4,000 rows of 64 features and k classes, 200 labelled, logistic regression: seconds
  of `Bait("full", oversample=1)` over those of `Badge`, over k.

The query alone, models fitted; processor seconds, one thread; the strategies take turns, and data
are drawn anew for each of five seeds.

    python benchmarks/papers/bait_times.py [--quick]

Writes results/bait-times/raw/seconds.csv.
"""

import time

import numpy as np
import pandas as pd
from options import parser_for, study_of
from sklearn.linear_model import LogisticRegression, Ridge
from threadpoolctl import threadpool_limits

from skal import ActiveLearner
from skal.strategies import Badge, Bait, CoreSet

SEEDS, CLASSES = 5, (5, 10, 20)


def state_of(n, d, k, seed):
    """The state of a query with 200 labelled rows; k = 1: a regression."""
    rng = np.random.default_rng(seed)
    X = np.maximum(rng.normal(size=(n + 200, d)), 0) / np.sqrt(d)
    logits = 4 * X @ rng.normal(size=(d, k))
    y = logits[:, 0] if k == 1 else (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    known = np.where(np.arange(len(X)) < 200, y, np.nan)
    estimator = Ridge() if k == 1 else LogisticRegression(max_iter=300)
    return ActiveLearner(estimator, random_state=seed).fit(X, known).query_state()


def seconds(strategy, state, b):
    """Of a query, after one that fills what views keep."""
    strategy.select(state, 2)
    start = time.process_time()
    strategy.select(state, b)
    return time.process_time() - start


def main():
    options = parser_for(__doc__, "one seed, few rows").parse_args()
    study = study_of(options, "bait-times", "raw")
    small, lines = options.quick, []
    with threadpool_limits(1):
        for seed in range(1 if small else SEEDS):
            for k in (1, *CLASSES):
                n, d, b = (20_000, 128, 100) if k == 1 else (4_000, 64, 20)
                state = state_of(n // 10 if small else n, d // 4 if small else d, k, seed)
                other = CoreSet() if k == 1 else Badge()
                ours = Bait() if k == 1 else Bait("full", oversample=1)
                for strategy in (ours, other):
                    name = type(strategy).__name__
                    took = seconds(strategy, state, b)
                    lines.append({"seed": seed, "k": k, "strategy": name, "seconds": took})
                print(*lines[-2:], flush=True)
    pd.DataFrame(lines).round(5).to_csv(study.raw("seconds.csv"), index=False)


if __name__ == "__main__":
    main()
