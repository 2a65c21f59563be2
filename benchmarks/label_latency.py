"""Time until an answer is on the disk, and costs of a store of 10^5 and 10^6 rows.

Each answer is a label of a leased item, committed with synchronous=FULL; every eighth answer also
leases eight items, as the page does.  Times of a whole store are processor time, those of answers
wall time, because they wait for an fsync.

    python benchmarks/label_latency.py            # --quick: 10^4 rows
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from places import QUICK, Study

from skal.labelling import Answer, Draw, Store

ANSWERS = 1000


def write_rows(path, n):
    with path.open("w") as file:
        file.write("id,text,category\n")
        file.writelines(f"{i},some words of row {i % 77_777} and so on,\n" for i in range(n))


def seconds(function):
    start = time.process_time()
    result = function()
    return round(time.process_time() - start, 3), result


def measure(n, folder):
    """Figures of one store of n rows."""
    path = folder / "rows.csv"
    write_rows(path, n)
    made, store = seconds(lambda: Store.create(path, label="category", classes=["a", "b"], seed=0))
    store.close()
    opened, store = seconds(lambda: Store.open(f"{path}.skal"))
    first, _ = seconds(lambda: store.desk.draw(200))
    second, _ = seconds(lambda: store.desk.draw(200))
    answers, swaps = label(store)
    told = {
        "rows": n,
        "create, s": made,
        "open, s": opened,
        "first draw, which reads the items, s": first,
        "another draw, s": second,
        "an answer, ms": quantiles(answers),
        "a swap of 200 draws, ms": quantiles(swaps),
        "progress, s": seconds(store.progress)[0],
        "labels, s": seconds(store.labels)[0],
        "check, s": seconds(store.check)[0],
        "store.db, MB": round((store.folder / "store.db").stat().st_size / 1e6, 1),
        "peak memory, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    store.close()
    return told


def label(store):
    """Wall seconds of each answer, and of each swap of rounds between them."""
    desk, pool, answers, swaps = store.desk, store.pool(), [], []
    rng = np.random.default_rng(0)
    rows = pool.items[~pool.reserve]
    while len(answers) < ANSWERS:
        for lease in desk.lease(1, "page", 8):
            start = time.perf_counter()
            desk.record(Answer(lease["item"], 1, "label", "a"))
            answers.append(time.perf_counter() - start)
        if len(answers) % 96 == 0:
            draws = [Draw(int(item), "strategy") for item in rng.choice(rows, 200, replace=False)]
            number = desk.begin_round("Margin", {}, 0)
            start = time.perf_counter()
            desk.finish_round(number, draws)
            swaps.append(time.perf_counter() - start)
    return answers, swaps


def quantiles(values):
    milliseconds = np.quantile(np.array(values) * 1000, [0.5, 0.9, 0.99]).round(1).tolist()
    return dict(zip(("median", "p90", "p99"), milliseconds))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--folder", default=QUICK, help="where the stores are made: a real disk")
    options = parser.parse_args()
    Path(options.folder).mkdir(parents=True, exist_ok=True)
    found = []
    for n in [10_000] if options.quick else [100_000, 1_000_000]:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            found.append(measure(n, Path(folder)))
            print(json.dumps(found[-1], indent=1))
    study = Study("label-latency", QUICK) if options.quick else Study("label-latency")
    place = study.made("raw").raw("latency.json")
    place.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
