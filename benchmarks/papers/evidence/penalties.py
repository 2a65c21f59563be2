"""The pairwise penalty matrix of the BAIT paper, section 6.2."""

import numpy as np
from scipy import stats

from evidence.estimates import CONFIDENCE
from evidence.sources import heights
from evidence.verdicts import Estimate, NotRun

FIRST, WITHIN = 100, 0.01  # labels at first; how near random rows come to their last accuracy


def budgets(random, batch):
    """100 + 2^k × batch labels, until random rows are within 1 % of their last accuracy."""
    means = random.mean()
    enough = means.index[means >= (1 - WITHIN) * means.iloc[-1]][0]
    every = FIRST + batch * 2 ** np.arange(20)
    return [n for n in every if n <= enough and n in means.index]


def outperforms(first, second):
    """Whether a paired two-sided t test finds the first higher."""
    difference = (first - second).dropna()
    n, deviation = len(difference), difference.std()
    if n < 2 or deviation == 0:
        return False
    t = np.sqrt(n) * difference.mean() / deviation
    return bool(t > stats.t.ppf((1 + CONFIDENCE) / 2, n - 1))


def matrix(frame, batch):
    """Element i, j: the share of the budgets (0 without any) at which i outperforms j."""
    curves = {name: heights(frame, name) for name in sorted(set(frame["strategy"]))}
    places = budgets(curves["Random"], batch)
    found = [
        [sum(outperforms(a[n], b[n]) / len(places) for n in places) for b in curves.values()]
        for a in curves.values()
    ]
    return list(curves), np.array(found)


def lead(experiments, name):
    """The lowest column mean of the others less that of `name`, over (frame, batch) pairs."""
    seeds = min(frame["seed"].nunique() for frame, _ in experiments)
    if seeds < 2:
        raise NotRun("a t test needs two seeds of every setting")
    matrices = [matrix(frame, batch) for frame, batch in experiments]
    names = matrices[0][0]
    means = dict(zip(names, sum(one for _, one in matrices).mean(axis=0), strict=True))
    own = means.pop(name)
    return Estimate(min(means.values()) - own, seeds=seeds)
