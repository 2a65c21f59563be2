"""The rows that `skal compare` tests on: random ones, where the file says which they are."""

from typing import Any, NamedTuple

import numpy as np

from skal.cli.draws import draws_of
from skal.cli.tables import Table
from skal.metrics.random_rows import ENOUGH

MISLEAD = (
    "rows that a strategy chose are harder than other rows. Then all scores are too low, and the "
    "order of the strategies may not hold for the rest of the file. Label random rows (skal audit) "
    f"to test on: {ENOUGH} or more."
)


class Tested(NamedTuple):
    """Data for a comparison, and how many labels there are to spend.

    `remark` is a sentence about the test rows, empty where nothing has to be said.
    """

    data: tuple[Any, ...]
    n_labels: int
    remark: str


def data_of(table: Table, X: np.ndarray, y: np.ndarray, test_size: float) -> Tested:
    """Keep the random rows of a file to test on; a share of all where these are too few."""
    known, draws = table.y.notna().to_numpy(), draws_of(table.written)
    random = draws.random & known
    n_known, n_random = int(known.sum()), int(random.sum())
    n_others = n_known - n_random
    if n_random >= ENOUGH and n_others > 1:
        remark = (
            f"Test rows: the {n_random:,} labelled rows that were drawn at random, the same for "
            "all seeds. The intervals show how much the seeds differ; they leave out that "
            f"{n_random:,} test rows are a sample."
        )
        return Tested((X[~random], y[~random], X[random], y[random]), n_others, remark)
    n_labels = int(n_known * (1 - test_size))
    if not n_others or known.all():
        return Tested((X, y), n_labels, "")
    if draws.by_strategy.any():
        remark = (
            f"These figures may mislead: only {n_random:,} of {n_known:,} labelled rows were drawn "
            f"at random, and {MISLEAD}"
        )
    else:
        remark = (
            f"{n_known:,} of {len(known):,} rows are labelled. If a strategy chose them, these "
            f"figures may mislead: {MISLEAD}"
        )
    return Tested((X, y), n_labels, remark)
