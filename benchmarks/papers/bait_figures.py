"""Figures 2 to 4 of the BAIT paper, and tables of Bait's structures, from what was measured.

    python benchmarks/papers/bait_figures.py

Reads what bait_structures.py, bait_regression.py and ../fisher.py left.  Writes, for the user
guide, pictures: bait-regression's designs.png, bait-structures' objectives.png and baselines.png;
and tables: bait-structures' reached.csv, common.csv, gaps.csv, areas.csv and labels-saved.csv, and
fisher's ratios.csv, sizes.csv and exponents.csv.  Wants matplotlib.
"""

import json

import matplotlib
import pandas as pd
from options import Study, parser_for, study_of

matplotlib.use("Agg")
import matplotlib.pyplot as plt

SPEEDS = {
    "pick": ("a pick", "the product (n×d)(d×2(k−1)²)"),
    "start": ("a pick at the start", "the product (n×d)(d×2(k−1)²)"),
    "setup": ("set-up", "its matrix products"),
    "regression": ("a pick of a regression", "two products of the pool with a vector"),
    "regression_torch": ("the same on torch's tensors", "one product of the pool with a vector"),
    "binary": ('a pick of "binary"', "one product of the pool with a vector"),
    "recompute": ("a pick", "one that computes every row anew (ten times a tenth of them)"),
    "peer": ("a query of a regression", "bmdal_reg 3.0.2"),
}
VIEWS = ("MNIST, learned", "MNIST, random projection")
OBJECTIVES = {
    "full, forward only": "Bait, forward only",
    "determinant": "Determinantal()",
    "determinant, rank one": 'Determinantal("one")',
    "Random": "Random",
}
BASELINES = {
    "full": "Bait",
    "identity": 'Bait(target="identity")',
    "Badge": "Badge",
    "CoreSet": "CoreSet",
    "LeastConfidence": "LeastConfidence",
    "Margin": "Margin",
    "Random": "Random",
}


def curves(points, strategies, picture):
    """Accuracy of strategies on both views of MNIST."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6))
    for axis, view in zip(axes, VIEWS, strict=True):
        for number, (strategy, label) in enumerate(strategies.items()):
            line = points[(points["data"] == view) & (points["strategy"] == strategy)]
            style = {"color": "0.5", "linestyle": "--"} if strategy == "Random" else {}
            style = style or {"color": f"C{number}", "marker": "osvD^P"[number], "markersize": 4}
            axis.plot(line["n_labelled"], line["mean"], label=label, **style)
        axis.set(title=view, xlabel="labels")
    axes[0].set_ylabel("test accuracy")
    axes[0].legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(picture, dpi=100)


def designs(study):
    """The Bayes risk of Bayesian linear regression on two designs of one covariance."""
    risks = pd.read_csv(study.raw("risks.csv"))
    means = risks.groupby(["design", "strategy", "batch"])["risk"].mean()
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
    labels = {"trace": "Bait", "determinant": "determinant", "random": "Random"}
    for axis, design in zip(axes, ("gaussian", "orthonormal"), strict=True):
        for (strategy, label), marker in zip(labels.items(), "osv", strict=True):
            line = means[design, strategy]
            axis.loglog(line.index, line.to_numpy(), marker=marker, markersize=4, label=label)
        axis.set(title=f"{design} design", xlabel="rows picked")
    axes[0].set_ylabel("Bayes risk")
    axes[0].legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(study.picture("designs.png"), dpi=100)


def tables(study):
    """Tables of the guide: a row a structure, a column a data set."""
    means = pd.read_csv(study.table("queries-means.csv"))
    means["column"] = means["data"] + ", " + means["labelled"].astype(str)
    for column, name, digits in (("objective", "reached", 3), ("in_common", "common", 2)):
        part = means.dropna(subset=[column])
        table = part.pivot_table(index="structure", columns="column", values=column, sort=False)
        table.round(digits).to_csv(study.table(f"{name}.csv"))
        print(table.round(digits).to_string())
    gaps = means.dropna(subset=["gap"])
    table = gaps.pivot_table(index="structure", columns="column", values="gap", sort=False)
    table.round(3).to_csv(study.table("gaps.csv"))
    print(table.round(3).to_string())
    areas = pd.read_csv(study.table("curves.csv"))
    areas["value"] = [
        f"{mean:.3f} ± {(high - low) / 2:.3f}"
        for mean, low, high in zip(areas["mean"], areas["low"], areas["high"], strict=True)
    ]
    table = areas.pivot_table(
        index="strategy", columns="data", values="value", aggfunc="first", sort=False
    ).fillna("")
    table.to_csv(study.table("areas.csv"))
    saved = pd.read_csv(study.table("saved.csv"))
    shares = saved.pivot_table(index="strategy", columns="data", values="saved", sort=False)
    shares.round(2).to_csv(study.table("labels-saved.csv"))
    print(shares.round(2).to_string())
    print(table.to_string())


def size_of(line):
    """Rows × features, and classes and labels where they count."""
    counts = {"classes": line.get("k"), "labelled": line.get("labelled")}
    more = [f"{count} {name}" for name, count in counts.items() if count]
    return ", ".join([f"{line['n']:,} × {line['d']}", *more])


def digits(number):
    """Three of them: 2.22, 12.2, 1,330."""
    return f"{float(f'{number:.3g}'):,g}"


def speeds(study):
    """What benchmarks/fisher.py measured: ratios, and the sizes with their exponents."""
    measured = json.loads(Study("fisher").raw("speeds.json").read_text())
    table = pd.DataFrame(
        [
            what,
            beside,
            size_of(line),
            line["dtype"],
            f"{digits(line['ratio'])} times as {how}",
        ]
        for name, (what, beside) in SPEEDS.items()
        for how in ["fast" if name in ("recompute", "peer") else "long"]
        for line in measured[name]
    )
    table.columns = ["what", "beside", "rows × features", "dtype", "takes"]
    table.to_csv(study.table("ratios.csv"), index=False)
    lines, exponents = [], {}
    for line in measured["sizes"]:
        if "varied" in line:
            exponents[line["varied"]] = line["exponent_of_picks"]
        else:
            lines.append(line)
    sizes = pd.DataFrame(lines)[["n", "d", "k", "b", "setup_seconds", "picks_seconds"]].round(2)
    sizes.to_csv(study.table("sizes.csv"), index=False)
    pd.DataFrame([exponents]).round(2).to_csv(study.table("exponents.csv"), index=False)
    print(table.to_string(), sizes, exponents, sep="\n")


def main():
    options = parser_for(__doc__, "of the results of a quick run").parse_args()
    designs(study_of(options, "bait-regression", "pictures"))
    structures = study_of(options, "bait-structures", "tables", "pictures")
    points = pd.read_csv(structures.table("points.csv"))
    curves(points, OBJECTIVES, structures.picture("objectives.png"))
    curves(points, BASELINES, structures.picture("baselines.png"))
    tables(structures)
    speeds(study_of(options, "fisher", "tables"))


if __name__ == "__main__":
    main()
