"""Time and memory of `skal label` on a pool of Parquet files: rows of a text and 64 floats.

    python benchmarks/label_pools.py --rows 100_000 --save
    python benchmarks/label_pools.py --rows 1_000_000 --append
    python benchmarks/label_pools.py --rows 1_000_000 --texts --append     # without the floats

Ten files are written into a new folder, in groups of 100,000 rows at most, and deleted at the end.
Each step runs in a process of its own, as the server and the model do, and reports its processor
time and the peak of its anonymous memory (memory without a file behind it), sampled throughout.
A round learns from 100 labels and selects 180 rows.  Writes results/label-pools/tables/runs.csv.
"""

import argparse
import multiprocessing
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from skal.cli.plan import plan_of, usual
from skal.labelling import Store
from skal.labelling.model.fitting import Question, reply

FILE = Path(__file__).parent / "results" / "label-pools" / "tables" / "runs.csv"
N_FILES, D, GROUP, SHOWN = 10, 64, 100_000, 8
WORDS = np.array(["ticket", "login", "billing", "password", "invoice", "refund", "printer"])


def write_pool(folder, n, texts_only):
    """Rows of two classes, which the first of the floats tells apart."""
    rng = np.random.default_rng(0)
    for i in range(N_FILES):
        m = n // N_FILES
        kind = rng.integers(0, 2, m)
        X = rng.normal(size=(m, D)).astype(np.float32)
        X[:, 0] += 3 * kind
        words = WORDS[rng.integers(0, len(WORDS), (m, 20))]
        texts = [f"row {i * m + j}: {' '.join(row)}" for j, row in enumerate(words.tolist())]
        vectors = pa.FixedSizeListArray.from_arrays(pa.array(X.ravel()), D)
        columns = {"text": texts} if texts_only else {"text": texts, "embedding": vectors}
        table = pa.table(columns)
        parquet.write_table(table, folder / f"part-{i}.parquet", row_group_size=GROUP)


def create(pool):
    """The first start: the rows of the pool are counted and known by their content."""
    Store.create(pool, label="kind", classes=["a", "b"], seed=0).close()


def show(pool):
    """Items at random places, after the first ones."""
    rng = np.random.default_rng(0)
    with Store.open(f"{pool.parent}.skal", read_only=True) as store:
        n = store.progress()["rows"]
        store.desk.show([1])
        yield
        store.desk.show((1 + rng.integers(0, n, SHOWN)).tolist())


def _plan_and_questions(pool):
    rng = np.random.default_rng(0)
    settings = {"label": "kind", "id": None, "missing": (), "task": "classification"}
    plan = plan_of(pool.parent, pool, settings, "linear", usual("linear", "classification"), None)
    n = len(plan.rows())
    rows = rng.permutation(n)
    known, audits, watched, candidates = np.split(rows, [100, 120, 620])
    y = np.full(n, None, dtype=object)
    y[known] = rng.choice(["a", "b"], 100)
    question = Question(y, np.sort(candidates[: 3 * n // 4]), audits, 180, 0, watched)
    return plan, question, Question(y, question.candidates, candidates[-20:], 180, 1, watched)


def begin(pool):
    """The first round: features of all rows, a fit and a query."""
    plan, question, _ = _plan_and_questions(pool)
    reply(plan, question)


def learn(pool):
    """A round after the first one."""
    plan, question, more = _plan_and_questions(pool)
    reply(plan, question)
    yield
    reply(plan, more)


STEPS = {
    "first start": create,
    f"show {SHOWN} items": show,
    "first round": begin,
    "round": learn,
}


def measured(step, pool, pipe):
    """Run a step, after what comes before its `yield`, and send its time and memory."""
    peak, ended = [0.0], threading.Event()

    def watch():
        while not ended.wait(0.01):
            status = Path("/proc/self/status").read_text().splitlines()
            line = next(one for one in status if one.startswith("RssAnon"))
            peak[0] = max(peak[0], int(line.split()[1]) / 1024)

    thread = threading.Thread(target=watch)
    thread.start()
    start = time.process_time()
    for _ in STEPS[step](pool) or ():
        start = time.process_time()
    seconds = time.process_time() - start
    ended.set()
    thread.join()
    pipe.send((seconds, peak[0]))


def runs(n, texts_only):
    """A row of the table for each step."""
    with tempfile.TemporaryDirectory() as folder:
        pool = Path(folder) / "pool" / "*.parquet"
        pool.parent.mkdir()
        write_pool(pool.parent, n, texts_only)
        for step in STEPS:
            context = multiprocessing.get_context("spawn")
            mine, theirs = context.Pipe()
            process = context.Process(target=measured, args=(step, pool, theirs))
            process.start()
            seconds, peak = mine.recv()
            process.join()
            kind = "texts" if texts_only else "texts and floats"
            row = {"rows": f"{n:,}", "of": kind, "step": step, "processor s": f"{seconds:.2f}"}
            print(row | {"MiB": round(peak)}, flush=True)
            yield row | {"MiB": round(peak)}
        size = Path(f"{pool.parent}.skal", "store.db").stat().st_size
        print(f"The store holds {size / n:.0f} bytes a row.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--texts", action="store_true", help="leave the floats out")
    parser.add_argument("--save", action="store_true", help="replace the table")
    parser.add_argument("--append", action="store_true", help="add to the table")
    asked = parser.parse_args()
    table = pd.DataFrame(runs(asked.rows, asked.texts))
    if asked.save or asked.append:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        before = [pd.read_csv(FILE)] if asked.append else []
        pd.concat([*before, table]).to_csv(FILE, index=False)
