"""Cost of `Bait`, as ratios to lower bounds and to a peer, measured alternately in one run.

    python benchmarks/fisher.py [pick start relu setup regression regression_torch binary block
        recompute peer sizes]
    python benchmarks/fisher.py before [COMMIT]

A lower bound is the part that the operation cannot avoid: the matrix product of a pick, one pass
over the features.  Times are processor times; ratios are of medians of alternating runs.  "before"
compares whole queries with those of an earlier commit, in one process.  "peer" requires `pip
install --no-deps bmdal_reg==3.0.2 dill` and torch.  One thread, unless THREADS is set. Writes
results/fisher/raw/speeds.json; papers/bait_figures.py makes tables from it.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from places import Study
from threadpoolctl import threadpool_limits

from skal.kernels.fisher.structures import Binary, Data, Full, Regression
from skal.models import LastLayer
from skal.selection import forward
from skal.strategies import Bait
from skal.strategies._fisher.information import Known, as_scale, prior_of, strengths_of

STUDY = Study("fisher")
THREADS = int(os.environ.get("THREADS", "1"))


def seconds(function) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def problem(n, d, k, dtype, spread=2.0, relu=False):
    """Features of unit length or so, and the softmax of a random linear map of them."""
    rng = np.random.default_rng(0)
    Z = (rng.standard_normal((n, d), dtype=np.float32) / np.sqrt(d)).astype(dtype)
    Z = np.maximum(Z, 0) * 2**0.5 if relu else Z
    logits = Z @ rng.normal(size=(d, k)).astype(dtype) * spread
    P = np.exp(logits - logits.max(axis=1, keepdims=True))
    Z = Z.astype(dtype)
    return Z, P / P.sum(axis=1, keepdims=True)


def state_of(Z, P, known):
    """A query state of rows whose last layer is known."""
    records = {}

    def view(rows):
        proba = None if P is None else P[rows]
        prediction = np.zeros((1, 1)) if P is None else None
        classes = None if P is None else np.arange(P.shape[1])
        layer = LastLayer(Z[rows], None, True, None, proba, prediction, classes)
        return SimpleNamespace(
            last_layer=layer, sample_weight=None, classes=classes, model=None, y=None
        )

    return SimpleNamespace(
        pool=view(slice(known, None)),
        labelled=view(slice(known)),
        candidates=np.arange(len(Z) - known),
        classes=None if P is None else np.arange(P.shape[1]),
        records=records,
        record=records.update,
    )


def set_up(structure, Z, P, known):
    """Rows ready for picks, and the seconds that took."""
    start = time.process_time()
    pool, labelled = (
        Data(Z[part], None if P is None else P[part], True)
        for part in (slice(known, None), slice(known))
    )
    scale = as_scale(strengths_of("auto", structure, [pool, labelled], None), pool)
    ones = Known(np.ones(known) if isinstance(Z, np.ndarray) else Z.new_ones(known))
    prior = prior_of(structure, labelled, ones, scale)
    target = sum(structure.target(part, scale) for part in (pool, labelled)) / len(Z)
    return structure.rows(pool, scale, prior, target), time.process_time() - start


class Turns:
    """A rows object whose every pick is timed beside its floor."""

    def __init__(self, rows, floor):
        self.rows, self.floor, self.picks, self.floors = rows, floor, [], []
        self.exact = rows.exact
        self._start = time.process_time()

    @property
    def gains(self):
        return self.rows.gains

    def push(self, position):
        self.rows.push(position)
        self.picks.append(time.process_time() - self._start)
        self.floors.append(seconds(self.floor))
        self._start = time.process_time()

    @property
    def line(self):
        pick, floor = statistics.median(self.picks[2:]), statistics.median(self.floors[2:])
        return {"pick_seconds": pick, "floor_seconds": floor, "ratio": pick / floor}


def pick(known=400, n=50_000, d=128, k=10, relu=False):
    """A pick beside the product (n×d)(d×2(k−1)²)."""
    for dtype in ("float64", "float32"):
        Z, P = problem(n, d, k, dtype, relu=relu)
        rows, _ = set_up(Full(), Z, P, known)
        W = np.ones((d, 2 * (k - 1) ** 2), dtype)
        turns = Turns(rows, lambda Z=Z, W=W: Z @ W)
        forward(turns, 25)
        yield {"n": n, "d": d, "k": k, "labelled": known, "dtype": dtype, **turns.line}


def start():
    """The same with hardly any labels."""
    yield from pick(known=20)


def relu():
    """The same with features that are not negative, as a net's, and 100 labels."""
    yield from pick(known=100, relu=True)


def setup(n=50_000, d=128, k=10):
    """Set-up beside its matrix products: F, and N and D, a product for each pair of classes."""
    pairs = (k - 1) * k // 2
    for dtype in ("float64", "float32"):
        Z, P = problem(n, d, k, dtype)
        Z64, A = Z.astype(np.float64), np.ones((d, d), dtype)
        floor = pairs * (seconds(lambda Z=Z64: Z.T @ Z) + 2 * seconds(lambda Z=Z, A=A: Z @ A))
        took = set_up(Full(), Z, P, 400)[1]
        floor += pairs * (seconds(lambda Z=Z64: Z.T @ Z) + 2 * seconds(lambda Z=Z, A=A: Z @ A))
        yield {"n": n, "d": d, "k": k, "dtype": dtype, "setup_seconds": took,
               "products_seconds": floor / 2, "ratio": 2 * took / floor}  # fmt: skip


def query(Z, P, known, b, **params):
    """Seconds of a whole query, what it recorded, and its picks."""
    state = state_of(Z, P, known)
    begun = time.process_time()
    picks = Bait(**params).select(state, b)
    took = time.process_time() - begun
    return took, {name: state.records[name] for name in ("structure", "objective")}, picks


def regression(n=1_000_000, d=128):
    """A pick beside two products of the pool with a vector, and beside one pass over it."""
    for dtype in ("float64", "float32"):
        Z, _ = problem(n, d, 2, dtype)
        w = np.ones(d, dtype)
        rows, took = set_up(Regression(), Z, None, 100)
        turns = Turns(rows, lambda Z=Z, w=w: (Z @ w, Z @ w))
        forward(turns, 40)
        yield {"n": n, "d": d, "dtype": dtype, **turns.line,
               "ratio_to_one_pass": 2 * turns.line["ratio"], "setup_seconds": took}  # fmt: skip


def regression_torch(n=1_000_000, d=128):
    """The same on torch's tensors, beside one pass: torch's product of the pool with a vector."""
    import torch

    torch.set_num_threads(THREADS)
    for dtype in ("float64", "float32"):
        Z = torch.as_tensor(problem(n, d, 2, dtype)[0])
        w = torch.ones(d, dtype=Z.dtype)
        rows, took = set_up(Regression(), Z, None, 100)
        turns = Turns(rows, lambda Z=Z, w=w: Z @ w)
        forward(turns, 40)
        yield {"n": n, "d": d, "dtype": dtype, **turns.line, "setup_seconds": took}


def binary(n=1_000_000, d=384, b=100):
    """2b picks, by the median of 40, beside as many passes over the features."""
    Z, P = problem(n, d, 3, "float32")
    w = np.ones(d, "float32")
    rows, took = set_up(Binary(), Z, P, 100)
    turns = Turns(rows, lambda: Z @ w)
    forward(turns, 40)
    yield {"n": n, "d": d, "b": b, "dtype": "float32", **turns.line,
           "picks_seconds": 2 * b * turns.line["pick_seconds"], "setup_seconds": took}  # fmt: skip


def block(n=50_000, d=256, k=100, b=20):
    """Seconds and peak memory of a whole query; to be run alone, as peaks are of a process."""
    Z, P = problem(n, d, k, "float32")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took, records, _ = query(Z, P, 400, b, structure="block")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield {
        "n": n,
        "d": d,
        "k": k,
        "b": b,
        "seconds": took,
        "more_megabytes": (peak - before) / 1024,
        "peak_megabytes": peak / 1024,
        **records,
    }


def recompute(n=4_000, d=128, k=10):
    """A pick beside the published form: VᵀM⁻¹V and VᵀM⁻¹FM⁻¹V of every row, at every pick."""
    import torch

    torch.set_num_threads(THREADS)
    Z, P = problem(n, d, k, "float32")
    inverse = torch.as_tensor(np.eye(d * k, dtype="float32"))
    features, P_ = torch.as_tensor(Z), torch.as_tensor(P)

    def recomputed(rows=400):
        """A pick of the published form, on a tenth of the rows at a time."""
        columns = torch.eye(k)[None] - P_[:rows, :, None]  # V = z ⊗ (e_c − p)·√p_c
        columns = columns * P_[:rows, None, :].sqrt()
        V = torch.einsum("nd,nkc->ndkc", features[:rows], columns).reshape(rows, d * k, k)
        seen = inverse @ V
        A = torch.eye(k) + V.mT @ seen
        both = inverse @ seen
        return torch.linalg.solve(A, V.mT @ both).diagonal(dim1=1, dim2=2).sum(1).argmax()

    rows, _ = set_up(Full(), Z, P, 100)
    turns = Turns(rows, lambda: None)
    forward(turns, 22)
    theirs = 10 * statistics.median(seconds(recomputed) for _ in range(3))
    ours = statistics.median(turns.picks[2:])
    yield {"n": n, "d": d, "k": k, "dtype": "float32", "pick_seconds": ours,
           "recomputing_pick_seconds": theirs, "ratio": theirs / ours}  # fmt: skip


def peer(n=20_000, d=512, b=100, known=200):
    """BAIT for regression of bmdal_reg 3.0.2, forward-backward, the same type of numbers."""
    vars(np)["Inf"] = np.inf  # the peer wants NumPy 1
    import torch
    from bmdal_reg.bmdal.algorithms import select_batch
    from bmdal_reg.bmdal.feature_data import TensorFeatureData

    torch.set_num_threads(THREADS)
    for dtype in ("float32", "float64"):
        Z, _ = problem(n + known, d, 2, dtype)
        data = {"train": TensorFeatureData(torch.as_tensor(Z[:known])),
                "pool": TensorFeatureData(torch.as_tensor(Z[known:]))}  # fmt: skip
        times = []
        for _ in range(1):  # theirs takes a minute
            ours = query(Z, None, known, b, regularization=1.0)[0]
            begun = time.process_time()
            select_batch(
                batch_size=b, models=[None], data=data, y_train=None, base_kernel="linear",
                kernel_transforms=[], selection_method="bait", sel_with_train=True, bait_sigma=1.0,
                overselection_factor=2.0,
            )  # fmt: skip
            times.append((ours, time.process_time() - begun))
        ours, theirs = (statistics.median(column) for column in zip(*times, strict=True))
        yield {"n": n, "d": d, "b": b, "dtype": dtype, "seconds": ours,
               "bmdal_reg_seconds": theirs, "ratio": theirs / ours}  # fmt: skip


def sizes():
    """Exponents of the picks in n, b and k (while k ≤ d/8): processor time, the least of two."""
    cases = {
        "n": [({"n": n, "d": 64, "k": 6, "b": 40}, n) for n in (10_000, 20_000, 40_000, 80_000)],
        "b": [({"n": 20_000, "d": 64, "k": 6, "b": b}, b) for b in (25, 50, 100, 200)],
        "k": [({"n": 5_000, "d": 112, "k": k, "b": 30}, k - 1) for k in (3, 5, 9, 14)],
    }
    for name, column in cases.items():
        points = []
        for case, size in column:
            Z, P = problem(case["n"], case["d"], case["k"], "float64")
            few, many = [], []
            for _ in range(2):
                for times, b in ((few, 2), (many, 2 + case["b"])):
                    begun = time.process_time()
                    query(Z, P, 100, b, structure="full", oversample=1)
                    times.append(time.process_time() - begun)
            picks = min(many) - min(few)
            points.append((size, picks))
            yield {**case, "setup_seconds": min(few), "picks_seconds": picks}
        logs = np.log(points)
        yield {"varied": name, "exponent_of_picks": float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])}


def earlier(commit):
    """`Bait` of an earlier commit, beside today's in one process."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", commit, "skal"], stdout=subprocess.PIPE,
                                 check=True, cwd=Path(__file__).parents[1])  # fmt: skip
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        today = {name: sys.modules.pop(name) for name in ours(sys.modules)}
        sys.path.insert(0, folder)
        try:
            from skal.strategies import Bait as Before
        finally:
            sys.path.remove(folder)
            for name in ours(sys.modules):
                del sys.modules[name]
            sys.modules.update(today)
    return Before


def ours(modules):
    """The names of skal's modules."""
    return [name for name in modules if name.split(".")[0] == "skal"]


def before(commit="HEAD~1", n=50_000, d=128, k=10, b=20):
    """Whole queries beside those of an earlier commit, whether the picks are the same."""
    Before = earlier(commit)
    for dtype, relu, known in (("float32", True, 100), ("float32", False, 400),
                               ("float64", True, 100)):  # fmt: skip
        Z, P = problem(n, d, k, dtype, relu=relu)
        times, picks = {}, {}
        for kind in (Bait, Before):
            state = state_of(Z, P, known)
            begun = time.process_time()
            picks[kind] = kind("full").select(state, b)
            times[kind] = time.process_time() - begun
        yield {"n": n, "d": d, "k": k, "b": b, "labelled": known, "dtype": dtype, "relu": relu,
               "seconds": times[Bait], "seconds_before": times[Before],
               "ratio": times[Before] / times[Bait],
               "same_picks": picks[Bait].tolist() == picks[Before].tolist()}  # fmt: skip


BENCHMARKS = {
    f.__name__: f
    for f in (
        pick,
        start,
        relu,
        setup,
        regression,
        regression_torch,
        binary,
        block,
        recompute,
        peer,
        sizes,
    )
}


def main():
    names, benchmarks = sys.argv[1:] or list(BENCHMARKS), BENCHMARKS
    if names[0] == "before":
        benchmarks = {"before": partial(before, *names[1:2])}
        names = ["before"]
    path = STUDY.made("raw").raw("speeds.json")
    known = json.loads(path.read_text()) if path.exists() else {}
    with threadpool_limits(THREADS):
        for name in names:
            print(f"{name}: {globals()[name].__doc__.splitlines()[0]} ({THREADS} thread)")
            known[name] = []
            for line in benchmarks[name]():
                known[name].append({**line, "threads": THREADS})
                print("   ", ", ".join(
                    f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}"
                    for key, value in line.items()
                ), flush=True)  # fmt: skip
            path.write_text(json.dumps(known, indent=1, default=float) + "\n")


if __name__ == "__main__":
    main()
