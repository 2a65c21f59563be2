"""Time and memory of queries to pools that are read in blocks, compared with one read of the file.

    python benchmarks/big_pools.py --rows 1_000_000
    nice -n 10 python benchmarks/big_pools.py --rows 10_000_000 --save big_pools.json

Pools are written block by block into a new folder and deleted at the end.  Each query runs in its
own process and reports its time and its anonymous memory (memory without a file behind it), sampled
throughout.  "read" passes over the file in the same blocks without computing anything.  Both wall
time and processor time are given, because other processes may run on the machine; the load is
reported.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner
from skal.pools import BlockPool
from skal.strategies import Badge, Margin, MaxHerding, Shortlist, Spread, UncertaintyHerding

BLOCK = 2**16
N_CLASSES, N_LABELLED, BATCH = 10, 500, 20
STRATEGIES = {
    "UncertaintyHerding()": UncertaintyHerding(),
    "Spread(Margin(), factor=20)": Spread(Margin(), factor=20),
    "Margin()": Margin(),
    "Shortlist(Badge())": Shortlist(Badge()),
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=lambda text: int(text.replace("_", "")), default=10**6)
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--kinds", nargs="+", default=["memmap", "parquet"])
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES))
    parser.add_argument("--save", type=Path)
    given = parser.parse_args()
    shape = given.rows, given.features, given.dtype
    folder, results = Path(tempfile.mkdtemp(prefix="skal-big-pools-")), []
    context = multiprocessing.get_context("spawn")
    try:
        for kind in given.kinds:
            path = {"memmap": write_memmap, "parquet": write_parquet}[kind](folder, *shape)
            size = sum(file.stat().st_size for file in files_of(path))
            for what in ("bytes", "read", *given.strategies):
                with context.Pool(1) as workers:  # a process that has done nothing yet
                    clock, processor, peak = workers.apply(measured, (path, what, shape))
                load = os.getloadavg()[0]
                results.append(
                    dict(
                        kind=kind,
                        rows=shape[0],
                        features=shape[1],
                        dtype=shape[2],
                        bytes=size,
                        what=what,
                        clock=clock,
                        processor=processor,
                        anonymous=peak,
                        load=load,
                    )
                )
                print(
                    f"{kind:8} {shape[0]:>11,} x {shape[1]} {shape[2]}  {what:28} "
                    f"{clock:7.2f} s  {processor:7.2f} s of a processor  {peak:6.0f} MiB  "
                    f"load {load:.1f}",
                    flush=True,
                )
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    finally:
        shutil.rmtree(folder)
    if given.save is not None:
        given.save.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
