"""Figure 3 of the BAIT paper: the exact Bayes risk of Bayesian linear regression, by batch size.

σ²tr(Λ_S⁻¹Σ) with Λ_S = λσ²I + Σ_S xxᵀ, in 100 dimensions whose variances fall as 1/i²: rows that
are Gaussian, and rows that are basis vectors, drawn with probabilities that fall so.  The trace
(Bait, forward) beside the determinant (greedy, log det Λ_S) and random rows; 10 draws of 5,000.

    python benchmarks/papers/bait_regression.py [--quick]

Writes results/bait-regression/raw/risks.csv.
"""

import numpy as np
import pandas as pd
from options import parser_for, study_of
from threadpoolctl import threadpool_limits

from skal.kernels.fisher.rank_one_rows import Ones, RankOneRows
from skal.selection import forward

D, N, BATCH, STRENGTH = 100, 5_000, 300, 1.0


def gaussian(rng, variances):
    """Independent features of these variances."""
    return rng.normal(size=(N, D)) * np.sqrt(variances)


def orthonormal(rng, variances):
    """Basis vectors, drawn with these probabilities."""
    return np.eye(D)[rng.choice(D, size=N, p=variances / variances.sum())]


def by_trace(X, n):
    """Bait's rows: each lowers tr(Λ⁻¹Σ) the most."""
    target, scale = (X.T @ X / (N * STRENGTH))[None], np.full(D, STRENGTH**-0.5)
    return forward(RankOneRows(X, Ones(X), False, scale, lambda: np.eye(D)[None], target), n)


def by_determinant(X, n):
    """Each row raises log det Λ the most: its xᵀΛ⁻¹x is the largest."""
    inverse, seen, picks = np.eye(D) / STRENGTH, (X**2).sum(axis=1) / STRENGTH, []
    for _ in range(n):
        seen[picks] = -np.inf
        j = int(seen.argmax())
        step = inverse @ X[j] / np.sqrt(1 + seen[j])
        inverse -= np.outer(step, step)
        seen -= (X @ step) ** 2
        picks.append(j)
    return np.array(picks)


def risks(X, picks):
    """tr(Λ_S⁻¹Σ) after each pick, σ = 1."""
    inverse, covariance = np.eye(D) / STRENGTH, X.T @ X / N
    for j in picks:
        step = inverse @ X[j] / np.sqrt(1 + X[j] @ inverse @ X[j])
        inverse -= np.outer(step, step)
        yield (inverse * covariance).sum()


def main():
    options = parser_for(__doc__, "2 draws").parse_args()
    study = study_of(options, "bait-regression", "raw")
    draws = 2 if options.quick else 10
    variances, lines = 1 / np.arange(1, D + 1) ** 2, []
    strategies = {
        "trace": by_trace,
        "determinant": by_determinant,
        "random": lambda X, n: np.arange(n),
    }
    with threadpool_limits(1):
        for design in (gaussian, orthonormal):
            for seed in range(draws):
                X = design(np.random.default_rng(seed), variances)
                for name, pick in strategies.items():
                    for size, risk in enumerate(risks(X, pick(X, BATCH)), 1):
                        if size in (1, 3, 10, 30, 100, 300):
                            lines.append((design.__name__, name, seed, size, risk))
    table = pd.DataFrame(lines, columns=["design", "strategy", "seed", "batch", "risk"])
    table.to_csv(study.raw("risks.csv"), index=False)
    print(table.pivot_table(index=["design", "batch"], columns="strategy", values="risk").round(4))


if __name__ == "__main__":
    main()
