"""What a rule says."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Advice:
    """Whether to stop labelling, and why; printed, it is a sentence.

    Parameters
    ----------
    stop : bool
        Whether to stop.
    why : str
        The reason, in one sentence or two.
    expected_gain : float, default=nan
        By how much the score is expected to rise with another batch, where the rule knows.

    See Also
    --------
    StoppingRule : Gives one.

    Examples
    --------
    >>> from skal.stopping import Advice
    >>> print(Advice(True, "Another batch costs more than it is worth.", 0.001))
    Stop. Another batch costs more than it is worth.
    """

    stop: bool
    why: str
    expected_gain: float = np.nan

    def __str__(self) -> str:
        return f"{'Stop' if self.stop else 'Go on'}. {self.why}"
