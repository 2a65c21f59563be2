"""What a short list loses: strategies that compare all rows, beside the same on 10·b or drawn rows.

    python benchmarks/shortlists.py

On pools that fit in memory, so that the whole pool can be asked for.  Sets: optdigits, letter and
satimage (``python -m skal.datasets fetch letter keel``), a logistic regression, 140 labels in
batches of 20 from the same 20 random rows, three seeds, pools of 1,400 rows.  A number is the mean
accuracy over the rounds, less that of the same strategy with the whole pool, and the standard error
of the mean over the seeds and the sets.  Writes results/big-pools/tables/shortlists.csv.
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import datasets
from skal.experiments import compare
from skal.strategies import Badge, Bait, CoreSet, Random, Shortlist, Subsample

FILE = Path(__file__).parent / "results" / "big-pools" / "tables" / "shortlists.csv"
SETS = {
    "optdigits": lambda: datasets.load_keel("optdigits"),
    "letter": datasets.load_letter,
    "satimage": lambda: datasets.load_keel("satimage"),
}
N, SEEDS, DRAWN = 2_000, 3, 200
WHOLE = {"Badge": Badge(), "CoreSet": CoreSet(), 'Bait("binary")': Bait("binary")}


def strategies():
    """Each strategy on the whole pool, on a short list, and on rows drawn; and random rows."""
    asked = {"Random": Random()}
    for name, strategy in WHOLE.items():
        asked[name] = strategy
        asked[f"{name}, short list"] = Shortlist(strategy)
        asked[f"{name}, drawn"] = Subsample(strategy, size=DRAWN)
    return asked


def areas(name):
    """The mean accuracy of each run of a set."""
    X, y = SETS[name]()
    rows = np.random.default_rng(0).permutation(len(X))[:N]
    found = compare(
        strategies(),
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
        {name: (np.asarray(X, dtype=np.float32)[rows], np.asarray(y)[rows])},
        budget=140,
        batch_size=20,
        seeds=SEEDS,
        test_size=0.3,
        progress=False,
    )
    return found.groupby(["data", "strategy", "seed"], as_index=False)["accuracy"].mean()


def leads(found):
    """The table: a row a strategy, its area, and what it loses against the whole pool."""
    wide = found.pivot_table(index=["data", "seed"], columns="strategy", values="accuracy")
    lines = []
    for name in strategies():
        whole = wide[name.partition(",")[0]]
        lost = (wide[name] - whole).to_numpy()
        line = {"strategy": name, "accuracy": wide[name].mean()}
        if "," in name:
            line |= {f"{data}": (wide[name] - whole)[data].mean() for data in SETS}
            line |= {"all": lost.mean(), "error": lost.std(ddof=1) / np.sqrt(len(lost))}
        lines.append(line)
    return pd.DataFrame(lines).round(4)


def main():
    warnings.simplefilter("ignore")
    table = leads(pd.concat([areas(name) for name in SETS]))
    FILE.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(FILE, index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
