"""What is to be replayed: every strategy on every estimator, data set and seed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from numbers import Integral
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier

from skal import __version__, _checks
from skal.experiments.tasks import Task, read_tasks
from skal.learner import ActiveLearner
from skal.strategies import Strategy


@dataclass(frozen=True)
class Settings:
    """What all replays of a comparison have in common."""

    budget: int
    batch_size: int
    initial_size: int
    scoring: dict
    test_size: float
    holdout_size: float | None


@dataclass(frozen=True)
class Replay:
    """One replay, and the names it goes by."""

    data: str
    estimator: str
    strategy: str
    seed: int
    task: Task
    asking: Strategy
    learner: ActiveLearner
    settings: Settings

    def names(self) -> tuple:
        """What tells it apart from the others of its plan."""
        return self.data, self.estimator, self.strategy, self.seed

    def make_learner(self) -> ActiveLearner:
        """The learner to fit: it spends the budget, and keeps its models."""
        return clone(self.learner).set_params(
            strategy=clone(self.asking),
            batch_size=self.settings.batch_size,
            initial_size=self.settings.initial_size,
            replay_budget=self.settings.budget,
            validation_fraction=None,
            store_rounds=True,
            random_state=self.seed,
        )

    def __str__(self):
        return f"{self.strategy} with {self.estimator} on {self.data}, seed {self.seed}"


@dataclass(frozen=True)
class Plan:
    """Strategies, estimators and data by name, the seeds, and the settings."""

    strategies: dict
    learners: dict
    tasks: dict
    seeds: list
    settings: Settings

    def __iter__(self) -> Iterator[Replay]:
        """Seeds outermost, so that what is finished at any time is a fair part of the whole."""
        parts = product(self.seeds, self.tasks, self.learners, self.strategies)
        for seed, data, estimator, strategy in parts:
            objects = self.tasks[data], self.strategies[strategy], self.learners[estimator]
            yield Replay(data, estimator, strategy, seed, *objects, self.settings)

    def __len__(self):
        return len(self.seeds) * len(self.tasks) * len(self.learners) * len(self.strategies)

    def in_order(self) -> list[Replay]:
        """The replays as a table has them: seeds innermost."""
        names = [list(self.tasks), list(self.learners), list(self.strategies)]

        def place(replay):
            return [known.index(name) for known, name in zip(names, replay.names())]

        return sorted(self, key=place)

    @cached_property
    def _fingerprints(self) -> dict:
        """What the objects behind the names are."""
        objects = {
            **{("strategy", name): s for name, s in self.strategies.items()},
            **{("estimator", name): e for name, e in self.learners.items()},
            **{("data", name): task for name, task in self.tasks.items()},
            ("settings",): self.settings,
        }
        return {name: _fingerprint(thing, *name) for name, thing in objects.items()}

    def key(self, replay: Replay) -> str:
        """The same for the same replay in another process, and only then."""
        known = self._fingerprints
        return joblib.hash(
            (
                __version__,
                known["strategy", replay.strategy],
                known["estimator", replay.estimator],
                known["data", replay.data],
                known["settings",],
                replay.seed,
            )
        )


def make_plan(strategies, estimators, data, seeds, settings) -> Plan:
    """A plan from what the user gave, checked before any work."""
    strategies = _named(strategies, "strategies", Strategy)
    estimators = _named(estimators, "estimators", BaseEstimator)
    for name, strategy in strategies.items():
        if not isinstance(strategy, Strategy):
            raise TypeError(
                f"strategies: {name!r} is {strategy!r}, not a strategy: give an instance of one, "
                "such as Margin()."
            )
    learners = {
        name: e if isinstance(e, ActiveLearner) else ActiveLearner(e)
        for name, e in estimators.items()
    }
    kinds = {_checks.check_estimator_kind(learner.estimator) for learner in learners.values()}
    if len(kinds) > 1:
        raise ValueError("estimators are classifiers and regressors: compare one kind at a time.")
    tasks = read_tasks(data, learners, classify=kinds.pop())
    return Plan(strategies, learners, tasks, _read_seeds(seeds), settings)


def default_scoring(estimators) -> str:
    """Accuracy of classifiers, R² of regressors."""
    first = next(iter(_named(estimators, "estimators", BaseEstimator).values()))
    inner = first.estimator if isinstance(first, ActiveLearner) else first
    return "accuracy" if is_classifier(inner) else "r2"


def _named(things, argument: str, kind) -> dict:
    """Things by name: a mapping as it is; one thing or several by what they are."""
    if isinstance(things, Mapping):
        named = {str(name): thing for name, thing in things.items()}
    else:
        several = [things] if isinstance(things, kind) else list(things)
        named = {_name(thing): thing for thing in several}
        if len(named) < len(several):
            raise ValueError(
                f"{argument}: two of them would have the same name; give a dictionary with a name "
                f"for each. The names are {', '.join(_name(thing) for thing in several)}."
            )
    if not named:
        raise ValueError(f"{argument} is empty: there is nothing to compare.")
    return named


def _name(thing) -> str:
    """Margin() is "Margin"; Spread(strategy=Margin()) is itself."""
    return " ".join(repr(thing).split()).removesuffix("()")


def _read_seeds(seeds) -> list[int]:
    if isinstance(seeds, Integral) and not isinstance(seeds, bool):
        _checks.check_count(seeds, "seeds")
        return list(range(int(seeds)))
    listed = [int(seed) for seed in np.atleast_1d(seeds)]
    if not listed or min(listed) < 0 or len(set(listed)) < len(listed):
        raise ValueError(
            f"seeds={seeds!r} must be how many, or a list of different numbers from 0 on."
        )
    return listed


def _fingerprint(thing: Any, *name) -> str:
    try:
        return joblib.hash(thing)
    except Exception as error:
        raise TypeError(
            f"{' '.join(name)} cannot be pickled, so its replays could not be recognised by a "
            "later run: define the functions it uses in a module (no lambda)."
        ) from error
