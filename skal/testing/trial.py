"""A strategy on a problem: its selections, and the error messages of checks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn
from unittest import SkipTest

import numpy as np
from sklearn.base import clone

from skal._seeds import torch_seeded
from skal.state import QueryState
from skal.strategies import Strategy, UtilityStrategy
from skal.testing.estimators import asks_a_function, stated_needs
from skal.testing.problems import Problem

HOW_TO_DENSE = (
    "Features may be sparse or tensors: `for rows, block in view.dense_blocks()` returns them as "
    "dense NumPy arrays, a block of rows at a time. view.dense_features() returns all rows of the "
    "view at once; use it for a view of a few rows only, such as view.part([0, 1])."
)
WORK_ON_A_COPY = (
    "The arrays of a view are shared with the learner, with other strategies and with the user's "
    "own X: copy an array before you change it (np.array(view.proba)); write a = a * b, not a *= b."
)


@dataclass(frozen=True)
class Trial:
    """Run a strategy on a problem; `deterministic` says whether its selections are not random.

    If `deterministic` is None, the use of `state.rng` decides.
    """

    strategy: Strategy
    problem: Problem
    deterministic: bool | None = None

    @property
    def rates_rows(self) -> bool:
        """Return whether the strategy has a utility for each candidate."""
        return isinstance(self.strategy, UtilityStrategy)

    def pick(
        self,
        state: QueryState,
        n: int,
        where: str = "",
        *,
        by: Strategy | None = None,
        mend: str = "",
    ) -> np.ndarray:
        """Select with a copy of the strategy (or `by`); errors become failures of the check."""
        strategy = clone(self.strategy) if by is None else by
        return np.asarray(self._run(strategy.select, state, n, where=where, mend=mend))

    def rate(self, state: QueryState, where: str = "", *, mend: str = "") -> np.ndarray:
        """Compute utilities with a copy of the strategy."""
        utilities = self._run(clone(self.strategy).utilities, state, where=where, mend=mend)
        return np.asarray(utilities)

    @property
    def says_no_model(self) -> bool:
        """Return whether the strategy declares that it needs no model."""
        return "model" not in stated_needs(self.strategy) and not asks_a_function(self.strategy)

    @cached_property
    def is_random(self) -> bool:
        """Return whether the selection may be random, by `state.rng` or `deterministic`."""
        if self.deterministic is not None:
            return not self.deterministic
        state = self.problem.state()
        before = _drawn(state.rng)
        self.pick(state, 4)
        return _drawn(state.rng) != before

    def skip_if_random(self) -> None:
        """Skip a check that is valid only for selections that are not random."""
        if self.is_random:
            raise SkipTest(
                "it draws from state.rng (or deterministic=False), so its selection may be random."
            )

    def fail(self, seen: str, mend: str) -> NoReturn:
        """Raise an error that says what was observed, what is expected and how to fix it."""
        raise AssertionError(f"{self.strategy!r} {seen}. {mend}")

    def _run(self, method: Callable, *arguments: Any, where: str, mend: str) -> Any:
        with torch_seeded(0):
            try:
                return method(*arguments)
            except (SkipTest, AssertionError):
                raise
            except Exception as error:
                if "read-only" in str(error):
                    mend = WORK_ON_A_COPY
                asked = f"{method.__name__}(state{''.join(f', {a}' for a in arguments[1:])})"
                said = str(error).rstrip(".")
                if mend.rstrip(".") in said:
                    mend = ""
                raise AssertionError(
                    f"{self.strategy!r} raised {type(error).__name__} in {asked}"
                    f"{where and ' ' + where}: {said}. {mend}".rstrip()
                ) from error


def _drawn(rng: np.random.Generator) -> tuple[str, int]:
    """Return a value that changes when a generator is drawn from, or spawns another."""
    bits = rng.bit_generator
    return repr(bits.state), getattr(bits.seed_seq, "n_children_spawned", 0)


def difference(expected: np.ndarray, seen: np.ndarray) -> float:
    """Return the largest difference, relative to the range of the expected values."""
    if not np.array_equal(np.isinf(expected), np.isinf(seen)):
        return np.inf
    finite = np.isfinite(expected)
    if not finite.any():
        return 0.0
    expected, seen = expected[finite].astype(float), seen[finite].astype(float)
    return float(np.abs(expected - seen).max() / (np.ptp(expected) or 1.0))
