"""A strategy on a problem: what it chooses, and the sentence that says what is wrong with it."""

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
    "Features may be sparse or tensors: `for rows, block in view.dense_blocks()` gives them as "
    "dense NumPy arrays, a block of rows at a time. view.dense_features() gives all rows of the "
    "view at once, which is fine for a view of a few rows, such as view.part([0, 1])."
)
WORK_ON_A_COPY = (
    "The arrays of a view are shared with the learner, with other strategies and with the user's "
    "own X: work on a copy (np.array(view.proba)), and write a = a * b for a *= b."
)


@dataclass(frozen=True)
class Trial:
    """A strategy, a problem, and whether its choices follow from the state without chance.

    `deterministic` is None where `state.rng` tells.
    """

    strategy: Strategy
    problem: Problem
    deterministic: bool | None = None

    @property
    def rates_rows(self) -> bool:
        """Whether the strategy gives each candidate a utility."""
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
        """Let a copy of the strategy (or `by`) choose; an error becomes a sentence."""
        strategy = clone(self.strategy) if by is None else by
        return np.asarray(self._run(strategy.select, state, n, where=where, mend=mend))

    def rate(self, state: QueryState, where: str = "", *, mend: str = "") -> np.ndarray:
        """Let a copy of the strategy rate the candidates."""
        utilities = self._run(clone(self.strategy).utilities, state, where=where, mend=mend)
        return np.asarray(utilities)

    @property
    def says_no_model(self) -> bool:
        """Whether the strategy says that it needs no model."""
        return "model" not in stated_needs(self.strategy) and not asks_a_function(self.strategy)

    @cached_property
    def is_random(self) -> bool:
        """Whether chance may decide: it draws from `state.rng`, or `deterministic` says so."""
        if self.deterministic is not None:
            return not self.deterministic
        state = self.problem.state()
        before = _drawn(state.rng)
        self.pick(state, 4)
        return _drawn(state.rng) != before

    def skip_if_random(self) -> None:
        """Skip a check that holds only where chance decides nothing."""
        if self.is_random:
            raise SkipTest("it draws from state.rng (or deterministic=False): chance may decide.")

    def fail(self, seen: str, mend: str) -> NoReturn:
        """Say what was seen, what is expected and how to mend it."""
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
    """What changes when somebody draws from a generator, or spawns one."""
    bits = rng.bit_generator
    return repr(bits.state), getattr(bits.seed_seq, "n_children_spawned", 0)


def difference(expected: np.ndarray, seen: np.ndarray) -> float:
    """The largest difference, as a share of the range of what is expected."""
    if not np.array_equal(np.isinf(expected), np.isinf(seen)):
        return np.inf
    finite = np.isfinite(expected)
    if not finite.any():
        return 0.0
    expected, seen = expected[finite].astype(float), seen[finite].astype(float)
    return float(np.abs(expected - seen).max() / (np.ptp(expected) or 1.0))
