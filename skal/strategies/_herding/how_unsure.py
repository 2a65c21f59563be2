"""How unsure the model is, as the utility of single rows."""

import numpy as np

from skal.state import QueryState
from skal.strategies._herding.uncertainty import uncertainty_of
from skal.strategies.base import UtilityStrategy


class HowUnsure(UtilityStrategy):
    """Rate rows by how unsure the model is of them: what herding shows of single rows."""

    def __init__(self, uncertainty: str = "auto"):
        self.uncertainty = uncertainty

    def utilities(self, state: QueryState) -> np.ndarray:
        """How unsure the model is of each candidate."""
        return uncertainty_of(state, self.uncertainty)[state.candidates]
