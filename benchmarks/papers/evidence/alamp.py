"""Margin shift (alamp): Aggarwal, Popescu and Hudelot, 2021."""

from evidence.estimates import over_seeds, saved
from evidence.sources import heights, lead, read_frame, read_gpu
from evidence.verdicts import Claim, NotRun, Part

TITLE = "Margin shift (alamp)"
REFERENCE = (
    "Aggarwal, Popescu and Hudelot, Optimizing active learning for low annotation budgets, 2021"
)
PROTOCOL = (
    "The paper's transfer scheme, on CIFAR-10 instead of CIFAR-100, Food-101, ImageNet and MIT-67: "
    "128 principal components of EfficientNet-Lite0's features (the paper: ResNet-18's), 20,000 "
    "images, or classes whose deviation is 0.75 of their mean; a linear SVM (an RBF kernel), 200 "
    "first labels, 15 batches of 200; the paper has 5 runs. "
    "Gains are of the mean accuracy over the curve, paired by seed. `alamp_cifar10.py`."
)
SHIFT, DIVERSE = "margin shift", "Diversify(margin shift)"
POOLS = ("balanced", "imbalanced")
EARLY, LATE, ALL = slice(1, 4), slice(-3, None), slice(1, None)  # the first batch is the same
WHEN = {LATE.start: ", last rounds"}


def rounds_of(folder, pool):
    """The learning curves on one pool."""
    frame = read_frame(folder, "alamp-cifar10", "rounds.csv")
    frame = frame[frame["data"] == pool]
    if frame.empty:
        raise NotRun(f"alamp-cifar10 has no {pool} pool")
    return frame


def ahead(pool, first, second, *, rounds=ALL, **options):
    """A part: the mean difference of two curves."""

    def measure(folder):
        return over_seeds(lead(rounds_of(folder, pool), first, second, "accuracy", rounds))

    what = f"{pool}{WHEN.get(rounds.start, '')}: {first} - {second}"
    return Part(what, measure, unit="points", **({"above": 0.0} | options))


def fewer(pool, strategy, other="random", **options):
    """A part: the share of labels saved."""

    def measure(folder):
        return saved(rounds_of(folder, pool), strategy, other, "accuracy")

    what = f"{pool}: {strategy}, against {other}"
    return Part(what, measure, unit="%", **({"above": 0.0} | options))


def gains_more_imbalanced(strategy):
    """A part: the gain over random rows on the imbalanced pool less that on the balanced one."""

    def measure(folder):
        balanced, imbalanced = (
            lead(rounds_of(folder, pool), strategy, "random", "accuracy", ALL) for pool in POOLS
        )
        if len(balanced) != len(imbalanced):
            raise NotRun("both pools have to have the same seeds")
        return over_seeds(imbalanced - balanced)

    return Part(strategy, measure, above=0.0, unit="points")


def more_at_first(folder):
    """What diversification of random rows gains in the first rounds, less that over all."""
    frame = rounds_of(folder, "balanced")
    early, whole = (
        lead(frame, "Diversify(random)", "random", "accuracy", rounds) for rounds in (EARLY, ALL)
    )
    return over_seeds(early - whole)


def evens_out(strategy):
    """A part: deviation over mean of the labelled classes at the end, random's less its own."""

    def measure(folder):
        frame = rounds_of(folder, "imbalanced")
        random, own = (heights(frame, name, "imbalance") for name in ("random", strategy))
        return over_seeds((random - own).dropna().iloc[:, -1])

    return Part(f"random - {strategy}", measure, above=0.0)


def tuned(strategy):
    """A part: the lead over random rows of a net that is fine-tuned in every round."""

    def measure(folder):
        frame = read_gpu(folder, "finetuning")
        names = [f"fine-tuned, {one}" for one in (strategy, "Random")]
        return over_seeds(lead(frame, *names, "accuracy", ALL))

    return Part(f"fine-tuned: {strategy} - Random", measure, below=0.01, unit="points")


def frozen_ahead(labels, **options):
    """A part: an SVM on fixed features less the fine-tuned net, random rows."""

    def measure(folder):
        frame = read_gpu(folder, "finetuning")
        svm, net = (heights(frame, f"{how}, Random", "accuracy") for how in KINDS)
        return over_seeds((svm - net)[labels].dropna())

    return Part(f"SVM - fine-tuned, {labels} labels", measure, above=0.0, unit="points", **options)


KINDS = ("frozen, SVM", "fine-tuned")
CLAIMS = [
    Claim(
        "section 5.3, Figure 2",
        "Balanced: with diversification about 20 % fewer labels than random rows.",
        "22 % (CIFAR-100), 25 % (Food-101), 17 % (ImageNet-100)",
        (fewer("balanced", DIVERSE, paper=0.17),),
    ),
    Claim(
        "section 5.3, Figure 2",
        "Balanced: without diversification somewhat fewer labels than random rows.",
        "11 %, 12 %, 17 %",
        (fewer("balanced", SHIFT, paper=0.11),),
    ),
    Claim(
        "section 5.3, Figure 2",
        "Balanced: margin shift gains over random rows, on average over the curve.",
        "+2.4, +1.3, +1.3 points",
        (ahead("balanced", SHIFT, "random", paper=0.013),),
    ),
    Claim(
        "section 5.3, Figure 2",
        "Margin shift and its diversified form are the best of all that are compared.",
        "the highest curves",
        tuple(
            ahead("balanced", strategy, other)
            for strategy in (SHIFT, DIVERSE)
            for other in ("random", "margin", "CoreSet")
        ),
    ),
    Claim(
        "section 5.3, Figure 2",
        "Margin sampling is ahead of random rows.",
        "ahead in the picture",
        (ahead("balanced", "margin", "random"),),
    ),
    Claim(
        "section 5.3, Figure 2",
        "With many labels margin sampling is level with margin shift.",
        "level (taken as: within 1 point over the last three rounds)",
        (ahead("balanced", SHIFT, "margin", rounds=LATE, above=-0.01, below=0.01),),
    ),
    Claim(
        "section 5.3, Figure 2",
        "Core sets are behind on fixed features, for every data set.",
        "the lowest curve",
        tuple(ahead(pool, other, "CoreSet") for pool in POOLS for other in ("random", "margin")),
    ),
    Claim(
        "section 5.5, Figure 3",
        "Imbalanced: margin shift gains over the baselines.",
        "+1.99, +0.9, +1.49 points",
        (ahead("imbalanced", SHIFT, "random", paper=0.009), ahead("imbalanced", SHIFT, "margin")),
    ),
    Claim(
        "section 5.5, Figure 3",
        "Imbalanced: with diversification it gains more.",
        "+3.59, +1.14, +2.71 points",
        (
            ahead("imbalanced", DIVERSE, "random", paper=0.0114),
            ahead("imbalanced", DIVERSE, "margin"),
        ),
    ),
    Claim(
        "section 5.5, Figure 3",
        "Imbalanced: with diversification 20 % fewer labels than the best other strategy.",
        "20 % (1,600 instead of 2,000, CIFAR-100)",
        tuple(
            fewer("imbalanced", DIVERSE, other, paper=0.2)
            for other in ("margin", "random", "CoreSet")
        ),
    ),
    Claim(
        "sections 5.3, 5.5",
        "The gains over random rows are larger on the imbalanced pool.",
        "larger for CIFAR-100 with diversification",
        (gains_more_imbalanced(SHIFT), gains_more_imbalanced(DIVERSE)),
    ),
    Claim(
        "section 5.5, Figure 4",
        "Both label a more balanced set than random rows (deviation over mean of the classes).",
        "lower profiles",
        (evens_out(SHIFT), evens_out(DIVERSE)),
    ),
    Claim(
        "section 5.6",
        "Diversification improves margin shift on both kinds of pools.",
        "ahead in the pictures",
        tuple(ahead(pool, DIVERSE, SHIFT) for pool in POOLS),
    ),
    Claim(
        "section 5.6, Figure 5",
        "It improves random rows too, most of all at the start.",
        "ahead in the picture",
        (
            ahead("balanced", "Diversify(random)", "random"),
            Part("balanced: more in the first rounds by", more_at_first, 0.0, unit="points"),
        ),
    ),
    Claim(
        "section 5.6, Figure 5",
        "It hardly changes margin sampling.",
        "level (taken as: within 1 point)",
        (ahead("balanced", "Diversify(margin)", "margin", above=-0.01, below=0.01),),
    ),
    Claim(
        "section 5.6, Figure 5",
        "Of the three, margin shift with diversification is the best.",
        "the highest curve",
        tuple(ahead("balanced", DIVERSE, f"Diversify({other})") for other in ("random", "margin")),
    ),
    Claim(
        "sections 5.3, 5.4, Figures 2, 3",
        "With a fine-tuned net no strategy is ahead of random rows at such budgets, BADGE neither, "
        "and an SVM on fixed features beats it. (Here EfficientNet-Lite0 on 6,000 images of "
        "CIFAR-10, 20 epochs of Adam, up to 600 labels, on an NVIDIA H200.)",
        "11 % against 25 % at first (CIFAR-100); level (taken as: less than a point ahead)",
        (
            *(tuned(strategy) for strategy in ("Margin", "MarginShift", "Badge")),
            frozen_ahead(200, paper=0.143),
            frozen_ahead(400),
            frozen_ahead(600),
        ),
    ),
    Claim(
        "sections 5.2 to 5.6",
        "All of this on CIFAR-100, Food-101, 100 classes of ImageNet and MIT-67.",
        "Figures 2 to 5",
        reason="none of these ships in a package; CIFAR-10 stands in",
    ),
]
