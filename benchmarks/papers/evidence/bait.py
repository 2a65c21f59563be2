"""BAIT: Ash et al., Gone fishing: neural active learning with Fisher embeddings, 2021."""

import numpy as np

from evidence import penalties
from evidence.estimates import over_seeds, saved
from evidence.sources import lead, missing, read_frame, read_gpu
from evidence.verdicts import Claim, NotRun, Part

TITLE = "BAIT"
REFERENCE = (
    "Ash, Goel, Krishnamurthy and Kakade, Gone fishing: neural active learning with Fisher "
    "embeddings, 2021"
)
PROTOCOL = (
    "Logistic regression on MNIST in 64 dimensions (the paper: 128), through a random matrix or "
    "the first layer of a net; pools of 1,000 rows, 120 labels in batches of 20 (the paper: 600 "
    "in batches of 10); casp with ridge regression. Differences are of the mean accuracy (R²) over "
    "the curve, paired by seed. The regression designs of Figure 3 are the paper's. Nets: a "
    "perceptron on MNIST, pools of 2,000 to 6,000 images. `bait_structures.py`, "
    "`bait_regression.py`, `bait_nets.py`."
)
VIEWS = {"random": "MNIST, random projection", "learned": "MNIST, learned"}
FORWARD, TWO_DETERMINANTS = "full, forward only", ("determinant", "determinant, rank one")
NAMES = {
    "full": "BAIT",
    FORWARD: "forward only",
    "identity": "without the pool's information",
    "Badge": "BADGE",
    "CoreSet": "core sets",
    "LeastConfidence": "confidence",
    "Random": "random rows",
}
LATE, EARLY = slice(-1, None), slice(1, 3)
WHEN = {LATE.start: ", last round", EARLY.start: ", rounds 2 and 3"}


def rounds_of(folder, data):
    """The learning curves on one data set."""
    frame = read_frame(folder, "bait-structures", "rounds.csv")
    frame = frame[frame["data"] == data]
    if frame.empty:
        raise NotRun(f"bait-structures has no rounds of {data}")
    return frame


def ahead(view, strategy, other, rounds=slice(None), **options):
    """A part: how far one curve is above another."""
    data = VIEWS.get(view, view)
    names = [NAMES.get(name, name) for name in (strategy, other)]
    what = f"{view}{WHEN.get(rounds.start, '')}: {' - '.join(names)}"

    def measure(folder):
        return over_seeds(lead(rounds_of(folder, data), strategy, other, rounds=rounds))

    return Part(what, measure, unit="points", **({"above": 0.0} | options))


def how_much_more(folder):
    """The lead over the determinant on the random view, less that on the learned one."""
    random, learned = (
        lead(rounds_of(folder, VIEWS[view]), FORWARD, "determinant") for view in VIEWS
    )
    if len(random) != len(learned):
        raise NotRun("both views have to have the same seeds")
    return over_seeds(random - learned)


def labels_saved_on(view):
    """A part: labels saved against random rows."""

    def measure(folder):
        return saved(rounds_of(folder, VIEWS[view]), "full", "Random", "score")

    return Part(f"{view}: labels saved against random rows", measure, above=0.0, unit="%")


def beside_baselines(folder):
    """BAIT without the pool's information, less the mean of the four baselines."""
    frame = rounds_of(folder, VIEWS["random"])
    every = ("Badge", "CoreSet", "LeastConfidence", "Random")
    return over_seeds(np.mean([lead(frame, "identity", other) for other in every], axis=0))


def risk_ratio(design, size):
    """A measure: the determinant's Bayes risk over BAIT's, after so many rows."""

    def measure(folder):
        frame = read_frame(folder, "bait-regression", "risks.csv")
        part = frame[(frame["design"] == design) & (frame["batch"] == size)]
        risks = part.pivot(index="seed", columns="strategy", values="risk")
        return over_seeds(risks["determinant"] / risks["trace"])

    return measure


def left_to_learn(structure):
    """A measure: the whole problem's objective after a query, over what "full" reaches."""

    def measure(folder):
        frame = read_frame(folder, "bait-structures", "queries.csv")
        part = frame[(frame["structure"] == structure) & frame["data"].isin(VIEWS.values())]
        if part.empty:
            raise NotRun(f"bait-structures has no queries of {structure!r}")
        return over_seeds(part.groupby("seed")["objective"].mean())

    return measure


def oversampled(factor):
    """A part: how far the curve of so many times the batch is above that of twice."""

    def measure(folder):
        frame = read_frame(folder, "bait-oversampling", "rounds.csv")
        by_data = [lead(part, f"{factor} ×", "2 ×") for _, part in frame.groupby("data")]
        return over_seeds(np.concatenate(by_data))

    return Part(f"{factor} times - twice", measure, below=0.005, unit="points")


def times_as_long(other, k):
    """A measure: seconds of BAIT's query over those of another strategy, over k."""

    def measure(folder):
        frame = read_frame(folder, "bait-times", "seconds.csv")
        took = frame[frame["k"] == k].pivot(index="seed", columns="strategy", values="seconds")
        return over_seeds(took["Bait"] / took[other] / k)

    return measure


def curves_of(setting):
    """A function that reads the learning curves of a net, whose first batch is the same."""

    def read(folder):
        frame = read_frame(folder, "bait-nets", "rounds.csv")
        frame = frame[frame["data"] == setting]
        if frame.empty:
            raise NotRun(f"bait-nets has no {setting} yet")
        return frame

    return read


def on_the_gpu(folder):
    """The learning curves of ResNet-18."""
    return read_gpu(folder, "resnet").assign(score=lambda frame: frame["accuracy"])


def beside_best(what, read, name="Bait"):
    """A part: the curve less the best of the other strategies', by its mean."""

    def measure(folder):
        frame = read(folder)
        others = set(frame["strategy"]) - {name}
        leads = [lead(frame, name, other, rounds=slice(1, None)) for other in sorted(others)]
        return over_seeds(min(leads, key=np.mean))

    return Part(what, measure, above=-0.01, unit="points")


def one_hot(other):
    """A part: a net's regression onto one-hot labels."""
    read = curves_of("one-hot, batches of 10")

    def measure(folder):
        return over_seeds(lead(read(folder), "Bait", other, rounds=slice(1, None)))

    return Part(f"one-hot MNIST: BAIT - {NAMES[other]}", measure, above=0.0, unit="points")


def penalised_less(*settings):
    """A part: the least mean penalty of the other strategies less BAIT's."""

    def measure(folder):
        return penalties.lead([(curves_of(one)(folder), BATCHES[one]) for one in settings], "Bait")

    return Part(settings[0] if len(settings) == 1 else "all three", measure, above=0.0)


BATCHES = {"batches of 10": 10, "batches of 100": 100, "batches of 1,000": 1_000}
DEEP = (
    "more than one ResNet-18 trained anew in every round takes hours of a GPU, and SVHN, OpenML "
    "155 and the yearbook photographs ship in no package"
)
CLAIMS = [
    Claim(
        "section 5, Figure 1",
        "Taking rows out of twice the batch again sometimes does better than adding rows only.",
        "a lead in the picture",
        tuple(ahead(view, "full", FORWARD) for view in ("learned", "random", "letter")),
        needs="some",
    ),
    Claim(
        "section 5",
        "Adding more than twice the batch before taking rows out does not help.",
        "no figure (taken as: gains less than half a point over twice)",
        tuple(oversampled(factor) for factor in (3, 4)),
    ),
    Claim(
        "section 5.1, Figure 2",
        "The trace, with the pool's information, selects better than both determinants, on a "
        "learned and on a random view of MNIST.",
        "ahead in both pictures",
        tuple(ahead(view, FORWARD, other) for view in VIEWS for other in TWO_DETERMINANTS),
    ),
    Claim(
        "section 5.1, Figure 2",
        "Its lead over the determinants is larger on the random view than on the learned one.",
        "seen in the pictures",
        (Part("lead, random less learned", how_much_more, above=0.0, unit="points"),),
    ),
    Claim(
        "section 5.1, Figure 2",
        "On the random view the whole Fisher information of a row is worth more than its rank-one "
        "part late in the curve, and the pool's information most early in it.",
        "seen in the picture",
        (
            ahead("random", "determinant", TWO_DETERMINANTS[1], LATE),
            ahead("random", FORWARD, "determinant", EARLY),
        ),
    ),
    Claim(
        "section 5.1, Figure 3, left",
        "Bayesian regression, Gaussian design: trace and determinant leave almost the same risk "
        "(ratio: the determinant's over the trace's).",
        "almost identical (taken as: within 5 %)",
        tuple(
            Part(
                f"ratio at {n} rows",
                risk_ratio("gaussian", n),
                above=0.95,
                below=1.05,
                unit="×",
            )
            for n in (10, 100, 300)
        ),
    ),
    Claim(
        "section 5.1, Figure 3, right",
        "Bayesian regression, basis vectors of unequal frequency: the trace leaves much less risk "
        "than the determinant, which takes the vectors in turn.",
        "significantly less",
        tuple(
            Part(f"ratio at {n} rows", risk_ratio("orthonormal", n), above=1.0, unit="×")
            for n in (10, 100, 300)
        ),
    ),
    Claim(
        "section 6.1, Figure 4, right",
        "On the random view BAIT is far ahead of BADGE, core sets, confidence and random rows.",
        "a large margin in the picture",
        tuple(
            ahead("random", "full", other)
            for other in ("Badge", "CoreSet", "LeastConfidence", "Random")
        ),
    ),
    Claim(
        "section 6.1, Figure 4, left",
        "On the learned view BAIT, BADGE and confidence are among the best: none is behind core "
        "sets or random rows.",
        "ahead in the picture",
        tuple(
            ahead("learned", strategy, other)
            for strategy in ("full", "Badge", "LeastConfidence")
            for other in ("CoreSet", "Random")
        ),
    ),
    Claim(
        "section 6.1, Figure 4",
        "BAIT reaches an accuracy with fewer labels than random rows do.",
        "read from the pictures; no figure given",
        tuple(labels_saved_on(view) for view in VIEWS),
    ),
    Claim(
        "section 6.1, Figure 4",
        "It is the pool's information that lets BAIT succeed on the random view: without it, it is "
        "level with the other baselines.",
        "level (taken as: within 2 points of their mean)",
        (
            ahead("random", "full", "identity"),
            Part(
                "random: without it - mean of four baselines",
                beside_baselines,
                above=-0.02,
                below=0.02,
                unit="points",
            ),
        ),
    ),
    Claim(
        "section 6.2, Figures 6, 10-14",
        "With nets on MNIST, SVHN, CIFAR-10 and OpenML 155, in batches of 10 to 1,000, BAIT is as "
        "good as the best other strategy or better.",
        "as good or ahead in the pictures (taken as: at most a point behind the best other)",
        (
            *(beside_best(f"MNIST, {name}", curves_of(name)) for name in BATCHES),
            beside_best(
                "CIFAR-10, ResNet-18, batches of 1,000, two rounds", on_the_gpu, "Bait block"
            ),
            Part("SVHN, OpenML 155, the rest of CIFAR-10", missing(DEEP), above=-0.01),
        ),
    ),
    Claim(
        "section 6.2, Figures 5, 15",
        "Over all of these, BAIT is significantly behind less often than any other strategy, for "
        "each architecture and batch size.",
        "the lowest mean penalty (here: the lowest of the others' less BAIT's, on MNIST only)",
        (
            *(penalised_less(name) for name in BATCHES),
            penalised_less(*BATCHES),
            Part("the other data and ResNets", missing(DEEP), above=0.0),
        ),
    ),
    Claim(
        "section 6.3, Figures 7 and 8, right",
        "Linear regression: BAIT is as good as core sets and random rows or better.",
        "ahead on rainfall and on MNIST's digits as numbers (here: casp)",
        tuple(ahead("casp", "full", other) for other in ("CoreSet", "Random")),
    ),
    Claim(
        "section 6.3, Figures 7 and 8",
        "Regression with nets (yearbook photographs, MNIST, SVHN): the same.",
        "ahead in the pictures",
        (
            *(one_hot(other) for other in ("CoreSet", "Random")),
            Part("yearbook photographs, SVHN", missing(DEEP), above=0.0),
        ),
    ),
    Claim(
        "section 6.3, Figure 9",
        "For a regression BAIT takes hardly longer than core sets.",
        "slightly slower (taken as: less than twice as long; `bait_times.py`)",
        (Part("BAIT over core sets, seconds", times_as_long("CoreSet", 1), below=2.0, unit="×"),),
    ),
    Claim(
        "section 7",
        "For k classes BAIT takes about k times as long a pick as BADGE.",
        "k × (taken as: k/2 to 2k; `bait_times.py`)",
        tuple(
            Part(f"over BADGE, over k, k = {k}", times_as_long("Badge", k), 0.5, 2.0, unit="×")
            for k in (5, 10, 20)
        ),
    ),
    Claim(
        "section 7",
        "Fewer than k columns of a row's gradients would do, for less computation (proposed, not "
        "measured there). Here: what is left to learn after a query, over what all columns reach.",
        "no figure (taken as: within 5 %)",
        tuple(
            Part(f"rank {rank}", left_to_learn(f"rank {rank}"), below=1.05, unit="×")
            for rank in (2, 3, 5)
        ),
    ),
]
