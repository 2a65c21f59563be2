"""How many rows `Bait` adds before it takes some out again: once to four times the batch.

The curves of bait_structures.py (its data, model, pools of 1,000 rows, 120 labels in batches of 20)
for oversampling of 1, 2 (the paper's), 3 and 4.

    python benchmarks/papers/bait_oversampling.py [--seeds 5] [--data letter ...] [--quick]

Seeds that were done are left out.  Writes results/bait-oversampling/raw/rounds.csv.
"""

import bait_structures
import pandas as pd
from options import parser_for, study_of
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from skal.experiments import compare
from skal.strategies import Bait

FACTORS = (1, 2, 3, 4)
DATA = ("MNIST, learned", "MNIST, random projection", "letter")


def main():
    parser = parser_for(__doc__, "a seed, 500 rows, 40 labels")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--data", nargs="+", choices=DATA, default=DATA)
    options = parser.parse_args()
    study = study_of(options, "bait-oversampling", "raw")
    bait_structures.ROWS, budget, seeds = 1_000, bait_structures.BUDGET, options.seeds
    if options.quick:
        bait_structures.ROWS, bait_structures.TEST_ROWS, budget, seeds = 500, 300, 40, 1
    path = study.raw("rounds.csv")
    frames = [pd.read_csv(path)] if path.is_file() else []
    done = {(r.data, r.seed) for frame in frames for r in frame.itertuples()}
    with threadpool_limits(1):
        for seed in range(seeds):
            for name in options.data:
                if (name, seed) in done:
                    continue
                results = compare(
                    {f"{factor} ×": Bait("full", oversample=factor) for factor in FACTORS},
                    {"logistic": LogisticRegression(max_iter=500)},
                    {name: bait_structures.DATA[name]},
                    seeds=[seed],
                    budget=budget,
                    batch_size=bait_structures.BATCH,
                    test_size=bait_structures.TEST_ROWS,
                    progress=False,
                )
                results["score"] = results["accuracy"]
                columns = ["data", "strategy", "seed", "n_labelled", "score"]
                frames.append(results[columns].round(5))
                pd.concat(frames).to_csv(path, index=False)
                print(name, seed, results.groupby("strategy")["score"].mean().to_dict(), flush=True)


if __name__ == "__main__":
    main()
