"""Time and memory of queries to pools that are read in blocks, compared with one read of the file.

    python benchmarks/big_pools.py --rows 100_000 --save           # replaces the table
    python benchmarks/big_pools.py --rows 1_000_000 --append
    python benchmarks/big_pools.py --rows 10_000_000 --append
    python benchmarks/big_pools.py --rows 10_000_000 --features 384 --dtype float16 \\
        --kinds memmap --warm --append

Pools are written block by block into a new folder and deleted at the end.  Each query runs in its
own process and reports its time and its anonymous memory (memory without a file behind it), sampled
throughout.  "bytes" reads the files into a buffer; "read" has each row as an array and looks at one
column of it.  These and the default run twice: "cold", after the system dropped the files from its
memory, and "warm", when they are in it.  Both wall time and processor time (of the warm run) are
given, because other processes may run on the machine; the load is reported.  Writes
results/big-pools/tables/runs.csv.
"""

import argparse
import multiprocessing
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.pools import BlockPool
from skal.strategies import Badge, Bait, Margin, MaxHerding, Shortlist

FILE = Path(__file__).parent / "results" / "big-pools" / "tables" / "runs.csv"
BLOCK = 2**16
N_CLASSES, N_LABELLED, BATCH = 10, 500, 20
COLD = ("bytes", "read", "default")
STRATEGIES = {
    "default": None,
    "Margin()": Margin(),
    "Shortlist(Badge())": Shortlist(Badge()),
    'Shortlist(Bait("binary"))': Shortlist(Bait("binary")),
    "MaxHerding()": MaxHerding(),
}


def blocks(n, d, dtype, seed=0):
    """Blobs of ten classes, the same ones each time."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(N_CLASSES, d)).astype(np.float32)
    noise = rng.normal(size=(BLOCK, d)).astype(np.float32)
    for start in range(0, n, BLOCK):
        m = min(BLOCK, n - start)
        truth = rng.integers(N_CLASSES, size=m)
        shift = rng.normal(size=(m, 1)).astype(np.float32)
        yield (centres[truth] + 2 * noise[:m] + shift).astype(dtype), truth


def write_memmap(folder, n, d, dtype):
    file = folder / f"{n}x{d}-{dtype}.npy"
    pool = np.lib.format.open_memmap(file, "w+", dtype=dtype, shape=(n, d))
    start = 0
    for block, _ in blocks(n, d, dtype):
        pool[start : start + len(block)] = block
        start += len(block)
    pool.flush()
    return file


def write_parquet(folder, n, d, dtype):
    """A file a million rows, a column a feature, in groups of 2**16 rows, uncompressed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = folder / f"{n}x{d}-{dtype}"
    folder.mkdir()
    writer, rows = None, 0
    for block, _ in blocks(n, d, dtype):
        table = pa.table({f"f{j}": block[:, j] for j in range(d)})
        if writer is None or rows >= 10**6:
            if writer is not None:
                writer.close()
            name = f"part-{len(list(folder.iterdir())):04}.parquet"
            writer = pq.ParquetWriter(
                folder / name, table.schema, compression="none", use_dictionary=False
            )
            rows = 0
        writer.write_table(table)
        rows += len(block)
    writer.close()
    return folder


def pool_of(path):
    if path.is_dir():
        return BlockPool(path)
    return BlockPool(np.load(path, mmap_mode="r"))


def files_of(path):
    return sorted(path.iterdir()) if path.is_dir() else [path]


def raw(path):
    """The bytes of the files once."""
    buffer = bytearray(2**24)
    for file in files_of(path):
        with open(file, "rb", buffering=0) as stream:
            while stream.readinto(buffer):
                pass


def read(path):
    """The rows once, as arrays in memory."""
    for piece in pool_of(path).pieces():
        np.add.reduce(piece.X[:, 0])  # a column of a map is all of its pages


class Anonymous(threading.Thread):
    """The most anonymous memory of this process, looked at every 20 ms."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.done = 0, threading.Event()

    def run(self):
        while not self.done.wait(0.02):
            status = Path("/proc/self/status").read_text()
            held = next(line for line in status.splitlines() if line.startswith("RssAnon"))
            self.peak = max(self.peak, int(held.split()[1]) / 1024)


def forget(path):
    """Have the system drop the files from its memory."""
    for file in files_of(path):
        with open(file, "rb") as stream:
            os.fsync(stream.fileno())
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def measured(path, what, rows):
    """Of one process: clock, processor, and the most anonymous memory in MiB."""
    _, d, dtype = rows
    X, truth = next(blocks(BLOCK, d, dtype, seed=0))
    X, truth = X[:N_LABELLED], truth[:N_LABELLED]
    learner = None
    if what not in ("bytes", "read"):
        model = LogisticRegression(max_iter=300)
        learner = ActiveLearner(model, STRATEGIES[what], batch_size=BATCH, random_state=0)
        learner.fit(X, truth)
    watch = Anonymous()
    watch.start()
    clock, processor = time.perf_counter(), time.process_time()
    if learner is None:
        {"bytes": raw, "read": read}[what](path)
    else:
        assert len(learner.query(pool_of(path))) == BATCH
    seconds = time.perf_counter() - clock, time.process_time() - processor
    watch.done.set()
    watch.join()
    return [*seconds, watch.peak]


def line(kind, path, what, shape, with_cold):
    """A line of the table: of some a cold run, and a warm one, each in a new process."""
    with_cold &= what in COLD
    context, found = multiprocessing.get_context("spawn"), []
    for is_cold in (True, False)[not with_cold :]:
        if is_cold:
            forget(path)
        with context.Pool(1) as workers:
            found.append(workers.apply(measured, (path, what, shape)))
    warm, processor, _ = found[-1]
    return {
        "pool": kind,
        "rows": shape[0],
        "features": shape[1],
        "type": shape[2],
        "GB": round(sum(file.stat().st_size for file in files_of(path)) / 1e9, 3),
        "what": what,
        "cold s": round(found[0][0], 2) if with_cold else None,
        "warm s": round(warm, 2),
        "processor s": round(processor, 2),
        "MiB": round(max(peak for _, _, peak in found)),
        "load": round(os.getloadavg()[0], 1),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=lambda text: int(text.replace("_", "")), default=10**6)
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--kinds", nargs="+", default=["memmap", "parquet"])
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES))
    parser.add_argument("--warm", action="store_true", help="leave the cold runs out")
    parser.add_argument("--save", action="store_true", help="begin the table anew")
    parser.add_argument("--append", action="store_true", help="add lines to the table")
    given = parser.parse_args()
    shape = given.rows, given.features, given.dtype
    folder = Path(tempfile.mkdtemp(prefix="skal-big-pools-"))
    FILE.parent.mkdir(parents=True, exist_ok=True)
    lines = pd.read_csv(FILE).to_dict("records") if given.append and FILE.exists() else []
    try:
        for kind in given.kinds:
            path = {"memmap": write_memmap, "parquet": write_parquet}[kind](folder, *shape)
            for what in ("bytes", "read", *given.strategies):
                lines.append(line(kind, path, what, shape, not given.warm))
                print(*lines[-1].values(), sep="\t", flush=True)
                if given.save or given.append:
                    pd.DataFrame(lines).to_csv(FILE, index=False)
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
