"""What a file tells of a model's accuracy: sentences for `skal status` and `skal audit`."""

import numpy as np

from skal.cli.options import counted
from skal.metrics.random_rows import ENOUGH, proportion

ASSUMED = 0.85  # accuracy, where none is known yet
CONFIDENCE = 0.95
SPREAD = 0.756  # deviation of the absolute value of a normal number, as a share of its mean


def expected(n_new: int, n_before: int, task: str) -> str:
    """Say how wide the interval will be once these random rows are labelled."""
    n = n_new + n_before
    rows = f"{counted(n, 'random label')}"
    if n_before:
        rows += f" ({n_before:,} of them there already)"
    if n < ENOUGH:
        return f"{rows} would be too few to tell the accuracy: ask for {ENOUGH - n} more."
    if task == "regression":
        reach = 1.96 * SPREAD / np.sqrt(n)
        return (
            f"{rows} tell the mean absolute error to within about ±{reach:.0%} of itself (95% "
            "confidence)."
        )
    found = proportion(ASSUMED * n, n, CONFIDENCE)
    reach = (found.high - found.low) / 2
    return (
        f"{rows} tell the accuracy to within about ±{100 * reach:.0f} points, if it is "
        f"{ASSUMED:.0%} (95% confidence). Half that width takes {4 * n:,}."
    )
