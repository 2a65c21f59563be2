"""GORAL: Xu and Kazantsev, Understanding goal-oriented active learning, 2019."""

import numpy as np

from evidence.estimates import correlation, median, over_seeds, share
from evidence.sources import entry, paired, read_json
from evidence.verdicts import Claim, NotRun, Part

TITLE = "GORAL"
REFERENCE = (
    "Xu and Kazantsev, Understanding goal-oriented active learning via influence functions, 2019"
)
PROTOCOL = (
    "Correlations with refits: rt-polarity, 50 labels, 500 candidates, as the paper, but through "
    "MiniLM (384 features; the paper: BERT, 768). Curves: rt-polarity and letter, pools of 3,000 "
    "rows (the paper: 9,586 and 14,948), up to 310 and 552 labels; synth2 as the paper's. The "
    "paper shows one run each. `goral_retraining.py`, `goal_curves.py`, `goral_snapshots.py`."
)
RULES = {"oracle": "oracle", "mean": "average", "min": "minimum", "max": "maximum"}
STRONG = 0.9  # what a "fairly good" or "strong" correlation is taken as
NEVER = 530  # all of synth2's pool
DEV_LABELS, SCORE = 53, 0.966
REAL = ("letter", "rt_polarity")


def pearson(kind, goal, rule, order, file="rt_polarity"):
    """A measure: correlation with the refits."""

    def measure(folder):
        results = read_json(folder, "goral-retraining", f"{file}.json")
        key = f"{goal} | {rule} | {order}"
        return correlation([one[kind][key]["pearson"] for one in results.values()])

    return measure


def followed(kind, goal, rules):
    """Parts: the first order follows refits under each label rule."""
    return tuple(
        Part(RULES.get(rule, rule), pearson(kind, goal, rule, "linear"), above=STRONG)
        for rule in rules
    )


def lost_in_batches(folder):
    """The correlation of singles less that of batches."""
    results = read_json(folder, "goral-retraining", "rt_polarity.json")
    key = "entropy | oracle | linear"
    pairs = [(one["singles"][key], one["batches"][key]) for one in results.values()]
    return over_seeds([single["pearson"] - batch["pearson"] for single, batch in pairs])


def vacuous(goal):
    """A measure: in which share of the seeds first-order expected utilities are all alike."""

    def measure(folder):
        results = read_json(folder, "goral-retraining", "rt_polarity.json")
        key = f"{goal} | expected | linear"
        return over_seeds([one["singles"][key].get("vacuous", False) for one in results.values()])

    return measure


def curves_of(folder, data, *strategies):
    """Pairs (or more) of curves by seed."""
    results = read_json(folder, "goal-curves", f"{data}.json")
    return [entry(results, strategy, f"goal-curves of {data}") for strategy in strategies]


def asked_until(records):
    """Labels asked for until the test accuracy of synth2 has reached the paper's."""
    first = records[0]["labels"]
    return next((r["labels"] - first for r in records if r["accuracy"] >= SCORE), NEVER)


def margins_labels(folder):
    """How many labels margin sampling needs on synth2."""
    (margin,) = curves_of(folder, "synth2", "Margin")
    return median([asked_until(records) for records in margin.values()])


def fewer_than_margin(strategy):
    """A measure: labels fewer than margin sampling's on synth2, the dev-labels counted."""

    def measure(folder):
        pairs = paired(*curves_of(folder, "synth2", "Margin", strategy))
        return median([asked_until(a) - asked_until(b) - DEV_LABELS for a, b in pairs])

    return measure


def column(records, what):
    """One number a round."""
    return np.array([record[what] for record in records])


def together(data, strategy, first, second):
    """A measure: correlation of two curves over the rounds."""

    def measure(folder):
        (curves,) = curves_of(folder, data, strategy)
        return correlation(
            [np.corrcoef(column(c, first), column(c, second))[0, 1] for c in curves.values()]
        )

    return measure


def higher(data, strategy, other, what="accuracy"):
    """A measure: the mean difference of two curves; of a goal, the difference of its last value."""

    def measure(folder):
        pairs = paired(*curves_of(folder, data, strategy, other))
        differences = [column(a, what) - column(b, what) for a, b in pairs]
        return over_seeds([d.mean() if what == "accuracy" else d[-1] for d in differences])

    return measure


def points(data, strategy, other):
    """A part: how far one learning curve is above another."""
    return Part(
        f"{data}: {strategy} - {other}", higher(data, strategy, other), above=0.0, unit="points"
    )


def reached_and_worst(goal):
    """Parts: the oracle raises the goal above random rows', and is the worst learner."""
    others = ("Random", "Margin", f"{goal} mean")
    return tuple(
        part
        for data in REAL
        for part in (
            Part(
                f"{data}: last goal, oracle - Random",
                higher(data, f"{goal} oracle", "Random", goal),
                above=0.0,
            ),
            *(points(data, other, f"{goal} oracle") for other in others),
        )
    )


def past_600(what, sign=1):
    """A measure: the mean over the last 100 labels less that of 560 to 650 labels."""

    def measure(folder):
        (curves,) = curves_of(folder, "rt_polarity_long", "holdout oracle")
        around = [np.array([560 <= r["labels"] <= 650 for r in c]) for c in curves.values()]
        if not all(place.any() for place in around):
            raise NotRun("goal-curves of rt_polarity_long end before 560 labels")
        pairs = zip((column(c, what) for c in curves.values()), around, strict=True)
        return over_seeds([sign * (c[-10:].mean() - c[place].mean()) for c, place in pairs])

    return measure


def lost_by(rule):
    """A measure: the correlation of batches under the mean label less that under a rule."""

    def measure(folder):
        every = read_json(folder, "goral-snapshots", "batches.json").values()
        return over_seeds([one["mean"]["pearson"] - one[rule]["pearson"] for one in every])

    return measure


def spread_over(rule):
    """A measure: deviation of refits' utilities of batches, expected label over another rule."""

    def measure(folder):
        every = read_json(folder, "goral-snapshots", "batches.json").values()
        return over_seeds([one["expected"]["spread"] / one[rule]["spread"] for one in every])

    return measure


def snapshots(folder, strategy):
    """What was asked for on synth2, a list of rounds a seed."""
    every = read_json(folder, "goral-snapshots", "snapshots.json").values()
    return [one[strategy] for one in every]


def central_rows(folder):
    """How many rows of the central clusters margin asks for until the paper's accuracy."""
    return median(
        [
            next((r["central"] for r in records if r["accuracy"] >= SCORE), records[-1]["central"])
            for records in snapshots(folder, "Margin")
        ]
    )


def others_first(folder):
    """The share of other rows that the average asks for before the first distracting one."""
    shares = []
    for records in snapshots(folder, "mean"):
        before = [r["labels"] for r in records if not r["distracting"]][-1]
        shares.append(before / (records[-1]["central"] + records[-1]["definitive"]))
    return share(shares)


def begins_with(folder):
    """The share of distracting rows in the first batch of the minimum."""
    return share([records[1]["distracting"] / 10 for records in snapshots(folder, "min")])


CLAIMS = [
    Claim(
        "section 6.1, Figure 2",
        "First-order utilities follow those of real retraining fairly well, whatever settles the "
        "unknown label (goal: prediction entropy).",
        f"near the diagonal in the picture (taken as: a correlation above {STRONG})",
        followed("singles", "entropy", RULES),
    ),
    Claim(
        "section 6.1",
        "So they do for other goals (here: the loss on a holdout).",
        "said, not shown",
        followed("singles", "holdout", RULES),
    ),
    Claim(
        "section 6.1, Figure 3",
        "For batches of ten the sum of utilities still follows retraining strongly.",
        f"a strong correlation (taken as: above {STRONG})",
        followed("batches", "entropy", ("oracle", "predicted")),
    ),
    Claim(
        "section 6.1, Figure 3",
        "It follows slightly less well than for single rows.",
        "a slight degradation",
        (Part("correlation, singles less batches", lost_in_batches, above=0.0),),
    ),
    Claim(
        "section 6.1, Figure 3",
        "It follows clearly less well when the best or worst label is taken.",
        "a larger degradation",
        tuple(Part(f"mean - {rule}", lost_by(rule), above=0.0) for rule in ("max", "min")),
    ),
    Claim(
        "section 3.1, Remark 1",
        "With labels expected by the model itself, all rows have the same first-order utility.",
        "always",
        tuple(
            Part(f"{goal}: share of seeds", vacuous(goal), above=0.99, unit="%")
            for goal in ("holdout", "entropy")
        ),
    ),
    Claim(
        "section 6.1, Figure 4",
        "Real utilities under the expected label lie much closer together than under other rules.",
        "a narrow histogram (taken as: less than half the deviation of each other rule)",
        tuple(
            Part(f"spread, over that of the {RULES[rule]}", spread_over(rule), below=0.5, unit="×")
            for rule in ("mean", "min", "max")
        ),
    ),
    Claim(
        "sections 3.1, 6.1",
        "They lie so close that noise decides: not a sensible criterion. (If so, nothing could "
        "follow them. Here: correlation of a converged Newton step with refits, and with refits "
        "in single precision.)",
        "no figure (taken as: a correlation below 0.5)",
        (
            Part(
                "refits in double precision",
                pearson("singles", "entropy", "expected", "newton"),
                below=0.5,
            ),
            Part(
                "in single precision",
                pearson("singles", "entropy", "expected", "newton", "rt_polarity_float32"),
                below=0.5,
            ),
        ),
    ),
    Claim(
        "section 6.2",
        "synth2: uncertainty sampling takes 230 labels to 0.966 test accuracy.",
        "230",
        (Part("median over seeds", margins_labels, paper=230, unit="labels"),),
    ),
    Claim(
        "section 6.2",
        "synth2: with the average over labels the holdout goal needs far fewer, its 53 holdout "
        "labels counted; so it does with the true labels.",
        "fewer; no figure",
        (
            Part("average: labels fewer", fewer_than_margin("mean"), above=0.0, unit="labels"),
            Part("oracle: labels fewer", fewer_than_margin("oracle"), above=0.0, unit="labels"),
        ),
    ),
    Claim(
        "section 6.2, Figure 5",
        "synth2: uncertainty wastes 170 labels on the two misleading clusters; the average leaves "
        "the distracting clusters to the end, the minimum begins with them.",
        "170; snapshots (taken as: 90 % of the other rows first; half of the first ten)",
        (
            Part("central rows asked for by margin", central_rows, paper=170, unit="labels"),
            Part("average: share of other rows asked for first", others_first, 0.9, unit="%"),
            Part("minimum: distracting among the first ten", begins_with, above=0.5, unit="%"),
        ),
    ),
    Claim(
        "section 6.3, Figures 6a, 8a",
        "Holdout loss and test accuracy clearly go together along the curve (true labels).",
        f"a clear correlation (taken as: above {STRONG})",
        tuple(
            Part(data, together(data, "holdout oracle", "accuracy", "holdout"), above=STRONG)
            for data in REAL
        ),
    ),
    Claim(
        "section 2.1, Figures 6a, 8a",
        "Knowing the true labels bounds what the other label rules can reach (holdout loss).",
        "the highest curve",
        tuple(points(data, "holdout oracle", "holdout mean") for data in REAL),
    ),
    Claim(
        "section 6.3, Figure 8a",
        "Past about 600 labels the holdout is fitted too closely: accuracy falls, the goal rises.",
        "from about 600 labels (here: the last 100 of 1,510 labels beside those around 600)",
        (
            Part("accuracy lost", past_600("accuracy", sign=-1), above=0.0, unit="points"),
            Part("goal gained", past_600("holdout"), above=0.0),
        ),
    ),
    Claim(
        "section 6.3",
        "Without true labels no goal is ahead of random rows and margin sampling consistently: "
        "somewhere one of these is ahead.",
        "no consistent lead",
        tuple(
            points(data, other, f"{goal} mean")
            for data in REAL
            for goal in ("holdout", "entropy", "fisher")
            for other in ("Random", "Margin")
        ),
        needs="some",
    ),
    Claim(
        "section 6.3, Figures 6b, 8b",
        "Prediction entropy is a bad goal: with true labels it is reached, and the learner is the "
        "worst of all.",
        "the lowest learning curve, the highest goal curve",
        reached_and_worst("entropy"),
    ),
    Claim(
        "section 6.3, Figures 6c, 8c",
        "So is the Fisher information.",
        "the same",
        reached_and_worst("fisher"),
    ),
    Claim(
        "sections 6.3, 8",
        "Entropy and Fisher information go together along the curves.",
        f"closely related (taken as: a correlation above {STRONG})",
        tuple(
            Part(f"{data}, {strategy}", together(data, strategy, "entropy", "fisher"), above=STRONG)
            for data in REAL
            for strategy in ("entropy oracle", "Random")
        ),
    ),
    Claim(
        "section 6.3, Figures 7, 9",
        "How the utilities' distributions change along the curves.",
        "pictures, of which the text claims nothing",
        reason="there is no claim to measure",
    ),
]
