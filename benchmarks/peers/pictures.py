"""One picture of ours and the peers: leads and penalties on both halves, some learning curves.

    python benchmarks/peers/pictures.py

Reads tables and curves of results/peers, writes its pictures/leads-and-curves.png.  The default
stands in bold.
"""

import matplotlib.pyplot as plt
import pandas as pd
from data_sets import CHOOSING, CLASSIFICATION, REPORTING
from folder import peers
from matplotlib.ticker import MultipleLocator

DEFAULT = "Spread(Margin, 20)"
OURS, PEERS = "#0b61a4", "#d9730d"
SHOWN = {  # curves: colour and line
    "Random": ("0.6", "-"),
    "Margin": ("0.2", "-"),
    DEFAULT: (OURS, "-"),
    "Badge": (OURS, "--"),
    "scikit-activeml: Badge": (PEERS, "-"),
    "scikit-activeml: Clue": (PEERS, "--"),
}
CURVES = ["MNIST", "satimage", "rt-polarity", "MNIST, steps"]


def dots(axes, tables, column):
    """A row a strategy, best on the reporting half on top; no dot where there is no figure."""
    names = list(tables[REPORTING].sort_values("lead").index)
    colours = [PEERS if ":" in name else OURS for name in names]
    for half, table in tables.items():
        inside = "none" if half == CHOOSING else colours
        places = table.loc[names, column], range(len(names))
        axes.scatter(*places, edgecolors=colours, facecolors=inside, s=28)
    axes.set_yticks(range(len(names)), names, fontsize=9)
    for label, colour in zip(axes.get_yticklabels(), colours, strict=False):  # one axis has them
        label.set_color(colour)
        label.set_fontweight("bold" if label.get_text() == DEFAULT else "normal")
    axes.grid(axis="y", color="0.93")
    axes.set_axisbelow(True)
    axes.tick_params(axis="x", labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)


def learning_curves(axes, curves, data):
    """Mean curves of a data set, the default's with its interval."""
    for name, (colour, line) in SHOWN.items():
        curve = curves.loc[(data, name)]
        width = 2.4 if name == DEFAULT else 1.2
        axes.plot(curve.index, curve["mean"], color=colour, linestyle=line, lw=width, label=name)
        if name == DEFAULT:
            around = curve["low"], curve["high"]
            axes.fill_between(curve.index, *around, color=colour, alpha=0.15, lw=0)
    axes.set_title(f"{data}: {CLASSIFICATION[data].score.replace('_', ' ')}", fontsize=10)
    axes.tick_params(labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)


def main():
    study = peers("pictures")
    tables = {
        half: pd.read_csv(study.table(f"{half}-summary.csv"), index_col="strategy")
        for half in (CHOOSING, REPORTING)
    }
    curves = pd.read_csv(study.raw("classification-curves.csv"), index_col=[0, 1, 2])
    figure = plt.figure(figsize=(10.4, 13), layout="constrained")
    left, right = figure.subfigures(2, 1, height_ratios=[1.75, 1])
    lead, beaten = left.subplots(1, 2, sharey=True)
    dots(lead, tables, "lead")
    dots(beaten, tables, "beaten")
    lead.set_xlabel("lead over margin sampling, mean score")
    lead.xaxis.set_major_locator(MultipleLocator(0.05))
    lead.axvline(0, color="0.7", lw=0.8, zorder=0)
    beaten.set_xlabel("how often another is reliably ahead")
    lead.scatter([], [], edgecolors="0.3", facecolors="none", label="half that chose")
    lead.scatter([], [], color="0.3", label="half that reports")
    lead.legend(loc="upper left", fontsize=9, frameon=False)
    every = right.subplots(2, len(CURVES) // 2, sharex=True).ravel()
    for axes, data in zip(every, CURVES, strict=True):
        learning_curves(axes, curves.sort_index(), data)
    for axes in every[-2:]:
        axes.set_xlabel("labels")
    every[0].legend(fontsize=9, frameon=False)
    figure.savefig(study.picture("leads-and-curves.png"), dpi=110)


if __name__ == "__main__":
    main()
