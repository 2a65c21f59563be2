"""Speed of the closed forms of goals, as ratios within one run.

- linear: the whole pool (n = 100,000, d = 128, k = 10, features and probabilities given), compared
  with its matrix product with d×k, for each goal.  The time includes the gradient of the goal, but
  not H of 300 labelled rows.
- newton: 5,000 candidates with every label, 200 goal rows (k = 10, d = 64), compared with refitting
  a warm-started scikit-learn logistic regression (default tolerance) for every candidate and label,
  extrapolated from 50 of them.
- steps: 2,000 such candidates and the same goal rows without the refits, and with the second step
  for the 200 labelled rows, compared with the matrix products and exponentials that they cannot do
  without, in processor time of one thread.
- wrong: exact `WrongPrediction` (m = 100, d = 128, k = 10, 3 steps) compared with a NumPy loop over
  rows, in float64 and float32, extrapolated from 500 rows of the loop.
- cg: conjugate gradients at dk = 20,000: the memory in addition to that of the labelled rows.

Ratios are of medians of alternating runs, those of steps the medians of ratios.

    python benchmarks/influence_speed.py [--only linear ...] [--quick]

Writes results/influence-speed/raw/speeds.txt, unless --only or --quick.
"""

import argparse
import copy
import statistics
import time
import tracemalloc
import warnings

import numpy as np
from places import Study
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from skal.kernels.influence import goals
from skal.kernels.influence.conjugate_gradients import conjugate_gradients
from skal.kernels.influence.goals import GoalRows
from skal.kernels.influence.inverse_hessian import inverse_hessian
from skal.kernels.influence.linear import direction, settled_linear_utilities
from skal.kernels.influence.newton import newton_utilities
from skal.kernels.influence.second_step import OldRows
from skal.kernels.influence.wrong_prediction import exact_rises

STUDY = Study("influence-speed")
LINES = []


def seconds(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def say(line):
    print(line, flush=True)
    LINES.append(line)


def turns(one, other, repeats):
    """Median seconds of each."""
    one(), other()
    times = [(seconds(one), seconds(other)) for _ in range(repeats)]
    return tuple(statistics.median(column) for column in zip(*times))


def layer(n, d, k, rng, dtype):
    Z = rng.normal(size=(n, d)).astype(dtype)
    theta = (rng.normal(size=(d + 1, k)) / np.sqrt(d)).astype(dtype)
    logits = Z @ theta[:-1] + theta[-1]
    return Z, logits, softmax(logits, axis=1), theta


def linear(quick):
    for dtype in (np.float32, np.float64):
        for goal in ("holdout", "entropy", "fisher"):
            linear_one(goal, dtype, 5 if quick else 31)


def linear_one(goal, dtype, repeats):
    n, d, k, m = 100_000, 128, 10, 200
    rng = np.random.default_rng(0)
    Z, logits, P, theta = layer(n, d, k, rng, dtype)
    inverse = inverse_hessian(Z[:300], P[:300], np.append(np.ones(d), 0), True)
    V = theta[:-1].copy()
    part, columns = slice(None), None
    if goal == "holdout":
        part, columns = slice(m), rng.integers(k, size=m)
    rows = GoalRows(goal, Z[part], logits[part], True, columns)

    def ours():
        gradient = goals.weight_gradient(rows.features, rows.slope(P[part]), True)
        V = direction(inverse.times, gradient.astype(np.float64))
        return settled_linear_utilities(Z, P, V, True, "mean")

    a, b = turns(ours, lambda: Z @ V, repeats)
    say(
        f"linear {goal:8} {np.dtype(dtype).name}: {1e3 * a:6.1f} ms, product "
        f"{1e3 * b:6.1f} ms: {a / b:.2f}×"
    )


def newton_problem(n, m, k, d, n_labelled, rng):
    """Rows, their classes, and which of them are labelled, candidates and goal rows."""
    X = rng.normal(size=(n_labelled + n + m, d))
    y = (X @ rng.normal(size=(d, k)) + rng.gumbel(size=(len(X), k))).argmax(axis=1)
    return X, y, *np.split(np.arange(len(X)), [n_labelled, n_labelled + n])


def steps(quick):
    n, m, k, d, n_labelled = (500 if quick else 2000), 200, 10, 64, 200
    rng = np.random.default_rng(0)
    X, y, known, pool, hold = newton_problem(n, m, k, d, n_labelled, rng)
    model = LogisticRegression(max_iter=1000).fit(X[known], y[known])
    F = X @ model.coef_.T + model.intercept_
    inverse = inverse_hessian(X[known], softmax(F[known], axis=1), np.append(np.ones(d), 0), True)
    rows = GoalRows("holdout", X[hold], F[hold], True, y[hold])
    V = direction(inverse.times, rows.gradient(softmax(F[hold], axis=1)))
    columns = np.broadcast_to(np.arange(k), (n, k))
    for second, old in ((False, None), (True, OldRows(X[known], F[known], None, V, True))):

        def ours(old=old):
            newton_utilities(X[pool], F[pool], columns, inverse, rows, None, old)

        # moves of goal rows are relative to one class, which costs nothing then
        shapes = [(m, k - 1), (n_labelled, k)] if second else [(m, k - 1)]
        arrays = [arrays_of(n, d + 1, k, shape, rng) for shape in shapes]

        def alone(arrays=arrays):
            for some in arrays:
                products_and_exponentials(*some)

        times = [(processor_seconds(ours), processor_seconds(alone)) for _ in range(11)]
        a, b = (statistics.median(column) for column in zip(*times))
        ratio = statistics.median(one / other for one, other in times)
        name = "with the second step" if second else "first step alone"
        say(
            f"newton, {name}: {a:.2f} s for {n:,} candidates × {k} labels; products and "
            f"exponentials {b:.2f} s: {ratio:.2f}×"
        )


def arrays_of(n, r, k, shape, rng):
    """Features, what the rows of a shape (rows, classes) see of the weights, and label steps."""
    columns = shape[0] * shape[1]
    S = rng.normal(size=(r, (k - 1) * columns)) / 100
    return rng.normal(size=(n, r)), S, rng.normal(size=(n, k, k - 1)) / 100


def products_and_exponentials(F, S, c):
    """What each candidate and label costs at least, in blocks that stay in caches."""
    q = c.shape[2]
    for start in range(0, len(F), 24):
        K = (F[start : start + 24] @ S).reshape(-1, q, S.shape[1] // q)
        for few in range(0, len(K), 3):
            moved = c[start + few : start + few + len(K[few : few + 3])] @ K[few : few + 3]
            np.exp(moved, out=moved)


def processor_seconds(function):
    start = time.process_time()
    function()
    return time.process_time() - start


def newton(quick):
    n, m, k, d, n_labelled = (500 if quick else 5000), 200, 10, 64, 200
    rng = np.random.default_rng(0)
    X, y, known, pool, hold = newton_problem(n, m, k, d, n_labelled, rng)
    model = LogisticRegression(warm_start=True).fit(X[known], y[known])
    W, b = model.coef_.T, model.intercept_
    P, ridge = softmax(X @ W + b, axis=1), np.append(np.ones(d), 0)
    columns = np.broadcast_to(np.arange(k), (n, k))

    def ours():
        inverse = inverse_hessian(X[known], P[known], ridge, True)
        rows = GoalRows("holdout", X[hold], X[hold] @ W + b, True, y[hold])
        return newton_utilities(X[pool], X[pool] @ W + b, columns, inverse, rows)

    def refits(count=50):
        for i in range(count):
            one = copy.deepcopy(model)
            rows = np.append(known, pool[i % n])
            one.fit(X[rows], np.append(y[known], i % k))
            L = one.predict_log_proba(X[hold])
            L[np.arange(m), y[hold]].sum()

    a, b_ = turns(ours, refits, 1)
    theirs = b_ / 50 * n * k
    say(
        f"newton float64: {a:.2f} s for {n:,} candidates × {k} labels; warm-started refits "
        f"{theirs:.0f} s (from 50): {theirs / a:.0f}×"
    )


def loop(Z, theta, Z_v, columns, steps, rate):
    """A NumPy loop over rows: the gradient steps on each, the holdout's loss after them."""
    rows = np.arange(len(columns))
    one, one_v = (np.c_[part, np.ones(len(part), part.dtype)] for part in (Z, Z_v))

    def loss(theta):
        F = one_v @ theta
        F -= F.max(axis=1)[:, None]
        return (np.log(np.exp(F).sum(axis=1)) - F[rows, columns]).sum()

    before, out = loss(theta), np.empty(len(Z))
    for i, z in enumerate(one):
        moved = theta.copy()
        own = (z @ theta).argmax()
        for _ in range(steps):
            p = np.exp((f := z @ moved) - f.max())
            p /= p.sum()
            p[own] -= 1
            moved -= rate * np.outer(z, p).astype(theta.dtype)
        out[i] = loss(moved) - before
    return out


def wrong(quick):
    for dtype in (np.float64, np.float32):
        wrong_one(dtype, 2000 if quick else 20_000, 3 if quick else 7)


def wrong_one(dtype, n, repeats):
    m, d, k = 100, 128, 10
    rng = np.random.default_rng(0)
    Z, logits, _, theta = layer(n, d, k, rng, dtype)
    Z_v, logits_v = Z[:m], logits[:m]
    y = rng.integers(k, size=m)
    few, rate = Z[:500], np.float32(1e-3)
    a, b = turns(
        lambda: exact_rises(Z, logits, Z_v, logits_v, y, True, steps=3, rate=1e-3),
        lambda: loop(few, theta, Z_v, y, 3, rate),
        repeats,
    )
    theirs = b / 500 * n
    say(
        f"wrong prediction, exact, {np.dtype(dtype).name}: {1e6 * a / n:.1f} µs a row, loop "
        f"{1e6 * theirs / n:.0f} µs: {theirs / a:.1f}×"
    )


def cg(quick):
    d, k, n_labelled = 2000, 10, 3000
    rng = np.random.default_rng(0)
    Z, _, P, _ = layer(n_labelled, d, k, rng, np.float64)
    G = rng.normal(size=(d + 1, k - 1))
    ridge = np.append(np.full(d, 1.0), 0)
    tracemalloc.start()
    start = time.perf_counter()
    solution = conjugate_gradients(Z, P, ridge, True, G)
    took, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    say(
        f"conjugate gradients, dk = {d * k:,}, {n_labelled:,} labelled rows: {took:.2f} s, "
        f"{solution.steps} steps, residual {solution.residual:.0e}, peak {peak / 2**20:.0f} MiB; "
        f"Z is {Z.nbytes / 2**20:.0f} MiB, H would be {((d + 1) * (k - 1)) ** 2 * 8 / 2**20:,.0f}"
    )


PARTS = {"linear": linear, "newton": newton, "steps": steps, "wrong": wrong, "cg": cg}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--threads", type=int, default=None, help="2 for newton, else 1")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # lbfgs at its default max_iter
    for name in options.only:
        threads = options.threads or (2 if name == "newton" else 1)
        say(f"[{threads} thread{'s' * (threads > 1)}]")
        with threadpool_limits(threads):
            PARTS[name](options.quick)
    if options.only == list(PARTS) and not options.quick:
        STUDY.made("raw").raw("speeds.txt").write_text("\n".join(LINES) + "\n")


if __name__ == "__main__":
    main()
