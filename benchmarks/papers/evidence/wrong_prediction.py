"""Wrongly predicted samples: Aljundi, Chumerin and Olmeda Reino, 2021."""

import numpy as np

from evidence.estimates import over_seeds, share
from evidence.sources import entry, paired, read_json
from evidence.verdicts import Claim, NotRun, Part

TITLE = "Wrongly predicted samples"
REFERENCE = (
    "Aljundi, Chumerin and Olmeda Reino, Identifying wrongly predicted samples: a method for "
    "active learning, 2021"
)
PROTOCOL = (
    "A perceptron with one hidden layer on MNIST, fitted anew each round (the paper trains on); 50 "
    "first labels, ten steps of 50, or, imbalanced, 100 of 100; the paper has 10 seeds. Its BALD "
    "and dropout need a net with dropout; here BALD is of five refits, and least "
    "confidence, margin and entropy stand in for dropout. `wrong_prediction_mnist.py`."
)
APPROXIMATE, EXACT = "WrongPrediction(0)", "WrongPrediction(3)"
NAMES = {APPROXIMATE: "first order", EXACT: "exact", "ErrorReduction": "error reduction"}
UNCERTAIN = ("LeastConfidence", "Margin", "Entropy")
STEPS = (1, 5, 10)
BALD, DROPOUT = (0.722, 0.576, 0.566), (0.704, 0.622, 0.606)  # Table 1
TABLE = {APPROXIMATE: (0.918, 0.672, 0.620), EXACT: (0.900, 0.740, 0.700)}


def curves_of(folder, part, *strategies):
    """Curves by seed, of each strategy."""
    results = read_json(folder, "wrong-prediction-mnist", f"{part}.json")
    return [entry(results, strategy, f"wrong-prediction-mnist, {part},") for strategy in strategies]


def at(curve, step, what="wrong in batch"):
    """What was noted of the query of a step (from 1), or `step` steps after the start."""
    place = step - 1 if what != "accuracy" else step
    if place >= len(curve) or what not in curve[place]:
        raise NotRun(f"no {what!r} at step {step}")
    return curve[place][what]


def picked_wrong(strategy, step):
    """A measure: the share of wrong predictions among the rows asked for."""

    def measure(folder):
        (curves,) = curves_of(folder, "balanced", strategy)
        return share([at(curve, step) for curve in curves.values()])

    return measure


def more_wrong(step, *others):
    """A measure: that share of the exact form, less the best of the others', by its mean."""

    def measure(folder):
        exact, *rivals = curves_of(folder, "balanced", EXACT, *others)
        means = [np.mean([at(curve, step) for curve in other.values()]) for other in rivals]
        best = rivals[int(np.argmax(means))]
        return over_seeds([at(a, step) - at(b, step) for a, b in paired(exact, best)])

    return measure


def sure_and_right(folder):
    """The share of right predictions among the 50 surest rows, less that in the pool."""
    (curves,) = curves_of(folder, "balanced", EXACT)
    return over_seeds(
        [
            at(curve, 1, "confident right") - 1 + at(curve, 1, "wrong in pool")
            for curve in curves.values()
        ]
    )


def ahead(part, strategy, other, **options):
    """A part: the mean lead of a curve in accuracy."""

    def measure(folder):
        pairs = paired(*curves_of(folder, part, strategy, other))
        return over_seeds(
            [np.mean([a["accuracy"] - b["accuracy"] for a, b in zip(*pair)]) for pair in pairs]
        )

    what = f"{NAMES.get(strategy, strategy)} - {NAMES.get(other, other)}"
    return Part(what, measure, unit="points", **({"above": 0.0} | options))


def steps_saved(strategy):
    """A measure: the share of the picked labels not needed for Random's last accuracy."""

    def measure(folder):
        saved = []
        for curve, random in paired(*curves_of(folder, "imbalanced", strategy, "Random")):
            last = len(random) - 1
            aim = at(random, last, "accuracy")
            heights = [record["accuracy"] for record in curve]
            after = next((s for s, height in enumerate(heights) if height >= aim), None)
            if after:
                low, high = heights[after - 1], heights[after]
                after = after - 1 + (aim - low) / (high - low)
            saved.append(1 - (last if after is None else after) / last)
        return over_seeds(saved)

    return measure


def by_holdout(more, fewer, **options):
    """A part: the last accuracy with so many holdout rows, less that with fewer."""

    def measure(folder):
        keys = [f"{EXACT}, {rows} rows" for rows in (more, fewer)]
        pairs = paired(*curves_of(folder, "holdout", *keys))
        return over_seeds([a[-1]["accuracy"] - b[-1]["accuracy"] for a, b in pairs])

    return Part(f"{more} rows - {fewer} rows", measure, unit="points", **options)


def table_1(strategy):
    """Parts: a row of Table 1, each above the best of the paper's rivals."""
    return tuple(
        Part(f"step {step}", picked_wrong(strategy, step), above=rival, paper=figure, unit="%")
        for step, rival, figure in zip(STEPS, np.maximum(BALD, DROPOUT), TABLE[strategy])
    )


def beside_table_1(rival, figures, *stand_ins):
    """Parts: the exact form's row of Table 1 less a rival's."""
    return tuple(
        Part(
            f"over {rival}, step {step}",
            more_wrong(step, *stand_ins),
            above=0.0,
            paper=own - figure,
            unit="points",
        )
        for step, own, figure in zip(STEPS, TABLE[EXACT], figures)
    )


def overlap(other, rounds, **options):
    """A part: the exact form's mean overlap on drawn shapes, less another's, over some rounds."""

    def measure(folder):
        curves = read_json(folder, "segmentation", "shapes.json")
        pairs = paired(*(entry(curves, name, "shapes") for name in ("WrongPrediction", other)))
        return over_seeds([np.mean(np.subtract(*pair)[rounds]) for pair in pairs])

    end = ", at the end" if rounds.start == -1 else ""
    return Part(f"exact - {other}{end}", measure, unit="points", **options)


OTHER_DATA = "KMNIST and SVHN ship in no package, and a ResNet-18 on CIFAR-10 needs a GPU"
LEVEL = {"above": -0.02, "below": 0.02}
CLAIMS = [
    Claim(
        "section 4.1, Table 1",
        "First order: so many of the 50 rows asked for are predicted wrongly, more than by BALD or "
        "dropout (at best 72.2, 62.2 and 60.6 %).",
        "91.8 %, 67.2 %, 62.0 % at steps 1, 5, 10",
        table_1(APPROXIMATE),
    ),
    Claim(
        "section 4.1, Table 1",
        "Exact: the same.",
        "90.0 %, 74.0 %, 70.0 %",
        table_1(EXACT),
    ),
    Claim(
        "section 4.1, Table 1",
        "Exact: 10 to 20 points more than by BALD, and than by dropout (here: by the best of least "
        "confidence, margin and entropy).",
        "+17.8, +16.4, +13.4 and +19.6, +11.8, +9.4 points",
        (
            *beside_table_1("BALD", BALD, "Bald"),
            *beside_table_1("the best of three", DROPOUT, *UNCERTAIN),
        ),
    ),
    Claim(
        "section 3",
        "The rows whose predicted label helps the holdout most are likely to be predicted right.",
        "no figure (taken as: more often than the pool's rows)",
        (Part("surest 50 - pool", sure_and_right, above=0.0, unit="points"),),
    ),
    Claim(
        "section 4.1, Figure 2a",
        "Balanced MNIST: both forms are ahead of random rows, by 2 to 3 points.",
        "+2 to +3 points",
        tuple(
            ahead("balanced", strategy, "Random", paper=0.02) for strategy in (EXACT, APPROXIMATE)
        ),
    ),
    Claim(
        "section 4.1, Figure 2a",
        "Balanced MNIST: both are level with BADGE and the other strategies.",
        "similar (taken as: within 2 points of BADGE)",
        tuple(ahead("balanced", strategy, "Badge", **LEVEL) for strategy in (EXACT, APPROXIMATE)),
    ),
    Claim(
        "section 4.1, Figure 3a",
        "Imbalanced MNIST: half of the picked labels suffice for what random rows reach with all.",
        "50 % (5 of 10 steps), the exact form",
        (Part("exact", steps_saved(EXACT), above=0.0, paper=0.5, unit="%"),),
    ),
    Claim(
        "section 4.1, Figure 3a",
        "Imbalanced MNIST: first order is ahead of random rows too, by slightly less.",
        "slightly below the exact form in the picture",
        (ahead("imbalanced", APPROXIMATE, "Random"), ahead("imbalanced", EXACT, APPROXIMATE)),
    ),
    Claim(
        "section 4.1, Figure 3a",
        "Imbalanced MNIST: the exact form is ahead of all others (BALD, dropout and BADGE too).",
        "a substantial margin",
        tuple(
            ahead("imbalanced", EXACT, other)
            for other in ("Random", *UNCERTAIN, "ExpectedGradientLength", "Badge", "Bald")
        ),
    ),
    Claim(
        "section 4.1, Figure 3",
        "It is always ahead of error reduction; core sets are always behind. (Here error reduction "
        "by a Newton step of the last layer, not by training the net anew.)",
        "ahead, behind",
        (
            ahead("imbalanced", EXACT, "CoreSet"),
            ahead("imbalanced", "Random", "CoreSet"),
            ahead("imbalanced", EXACT, "ErrorReduction"),
        ),
    ),
    Claim(
        "section 4.1, Figure 5a",
        "Imbalanced MNIST: only the very smallest holdout does harm; beyond two rows a class its "
        "size hardly matters.",
        "level curves from 20 rows on (taken as: within 2 points)",
        (
            by_holdout(100, 10, above=0.0),
            by_holdout(100, 20, **LEVEL),
            by_holdout(100, 50, **LEVEL),
        ),
    ),
    Claim(
        "section 4.1, Figures 2b-c, 3b-c, 4a-b, 5b",
        "The same on KMNIST and SVHN; on CIFAR-10 all are close.",
        "pictures",
        reason=OTHER_DATA,
    ),
    Claim(
        "section 4.1",
        "Going on with training is better than training anew; looking at the last layer only "
        "changes nothing much; first order is the fastest of all. (Measured: the first of these.)",
        "said; shown in a supplement",
        (
            ahead("imbalanced", f"{EXACT}, going on", EXACT),
            ahead("imbalanced", "Random, going on", "Random"),
        ),
    ),
    Claim(
        "section 4.2, Figure 4c",
        "Segmentation (Cityscapes, which ships in no package; here drawn shapes, mean overlap): "
        "level with dropout (here: with margin), slightly ahead at the end.",
        "a picture (level taken as: within 2 points; `segmentation.py`)",
        (
            overlap("Margin", slice(None), **LEVEL),
            overlap("Margin", slice(-1, None), above=0.0),
            overlap("Random", slice(None), above=0.0),
        ),
    ),
]
