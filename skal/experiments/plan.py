"""The plan of a comparison: every strategy with every estimator, data set and seed."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, TypeAlias

from sklearn.base import BaseEstimator, clone, is_classifier

from skal import _checks
from skal._maps import check_works_on_maps
from skal.experiments.naming import named, read_seeds
from skal.experiments.tasks import Data, Task, read_tasks
from skal.learner import ActiveLearner
from skal.models import last_layer, wraps_net
from skal.stopping import StoppingRule
from skal.strategies import Strategy
from skal.strategies.function_strategy import StrategyLike, as_strategy

# One, several, or a dictionary.
Strategies: TypeAlias = StrategyLike | Sequence[StrategyLike] | Mapping[str, StrategyLike]
Estimators: TypeAlias = BaseEstimator | Sequence[BaseEstimator] | Mapping[str, BaseEstimator]
Rules: TypeAlias = StoppingRule | Sequence[StoppingRule] | Mapping[str, StoppingRule]
AUDIT = 0.1  # share of each batch where stopping rules are replayed, unless a learner says


@dataclass(frozen=True)
class Settings:
    """Store the settings that all replays of a comparison share."""

    budget: int
    batch_size: int
    initial_size: int
    scoring: dict
    test_size: float
    holdout_size: float | None


@dataclass(frozen=True)
class Replay:
    """Store one replay, with its names."""

    data: str
    estimator: str
    strategy: str
    seed: int
    task: Task
    asks: Strategy
    learner: ActiveLearner
    settings: Settings
    rules: dict[str, StoppingRule] = field(default_factory=dict)

    def names(self) -> tuple[str, str, str, int]:
        """Return the names that identify the replay within its plan."""
        return self.data, self.estimator, self.strategy, self.seed

    def make_learner(self) -> ActiveLearner:
        """Return the learner to fit: it spends the budget, and stores its models."""
        first, audit = self.learner.initial, self.learner.audit
        return clone(self.learner).set_params(
            strategy=clone(self.asks),
            initial="random" if first is None else clone(first, safe=False),
            batch_size=self.settings.batch_size,
            initial_size=self.settings.initial_size,
            replay_budget=self.settings.budget,
            validation_fraction=None,
            store_rounds=True,
            audit=AUDIT if self.rules and audit is None else audit,
            random_state=self.seed,
        )

    def __str__(self) -> str:
        return f"{self.strategy} with {self.estimator} on {self.data}, seed {self.seed}"


@dataclass(frozen=True)
class Plan:
    """Store strategies, estimators and data by name, the seeds, and the settings."""

    strategies: dict[str, Strategy]
    learners: dict[str, ActiveLearner]
    tasks: dict[str, Task]
    seeds: list[int]
    settings: Settings
    rules: dict[str, StoppingRule] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Replay]:
        """Iterate with seeds outermost, so that finished replays are a balanced part of all."""
        parts = product(self.seeds, self.tasks, self.learners, self.strategies)
        for seed, data, estimator, strategy in parts:
            objects = self.tasks[data], self.strategies[strategy], self.learners[estimator]
            yield Replay(data, estimator, strategy, seed, *objects, self.settings, self.rules)

    def __len__(self) -> int:
        return len(self.seeds) * len(self.tasks) * len(self.learners) * len(self.strategies)

    def in_order(self) -> list[Replay]:
        """Return the replays in the order of the results: seeds innermost."""
        names = [list(self.tasks), list(self.learners), list(self.strategies)]

        def place(replay):
            return [known.index(name) for known, name in zip(names, replay.names())]

        return sorted(self, key=place)


def make_plan(
    strategies: Strategies,
    estimators: Estimators,
    data: Data | Mapping[str, Data],
    seeds: int | Iterable[int],
    settings: Settings,
    rules: Rules | None = None,
) -> Plan:
    """Create a plan from the user's arguments, after a check of all of them."""
    asked = named(_made(strategies), "strategies", Strategy)
    learners = _learners(estimators)
    kinds = {_checks.check_estimator_kind(learner.estimator) for learner in learners.values()}
    if len(kinds) > 1:
        raise ValueError(
            "estimators contains both classifiers and regressors: compare one kind at a time."
        )
    classify = kinds.pop()
    for learner in learners.values():
        for name, strategy in asked.items():
            _check_strategy(name, strategy, learner, settings, classify=classify)
    tasks = read_tasks(data, learners, classify=classify)
    if any(classify and task.labels.ndim > 2 for task in tasks.values()):
        for strategy in asked.values():
            check_works_on_maps(strategy)
    by_name, listed = _rules(rules, classify=classify), read_seeds(seeds)
    for name, task in tasks.items():
        _warn_of_budget(name, task, listed[0], settings)
    return Plan(asked, learners, tasks, listed, settings, by_name)


def _warn_of_budget(name: str, task: Task, seed: int, settings: Settings) -> None:
    """Warn once if a data set has fewer labels to spend than the budget."""
    n_labels = task.n_to_spend(task.split(seed, settings.test_size, settings.holdout_size))
    if n_labels < settings.budget:
        warnings.warn(
            f"budget={settings.budget} is more than the {n_labels} labels of {name!r} that are "
            "left to spend, besides test rows and holdout: each of its replays spends all of them.",
            stacklevel=4,
        )


def _rules(rules: Rules | None, *, classify: bool) -> dict[str, StoppingRule]:
    """Return stopping rules by name, after a check."""
    if isinstance(rules, str):
        raise TypeError(
            f"stopping={rules!r} is a string: give an instance of a rule, such as Agreement()."
        )
    by_name = {} if rules is None else named(rules, "stopping", StoppingRule)
    for name, rule in by_name.items():
        if not isinstance(rule, StoppingRule):
            raise TypeError(
                f"stopping: {name!r} is {rule!r}, not a stopping rule: give an instance of one, "
                "such as Agreement()."
            )
        rule.check()
        rule.check_task(classify=classify)
    return by_name


def _made(strategies: Strategies) -> Any:
    """Return strategies for names and functions."""
    if isinstance(strategies, Mapping):
        return {name: as_strategy(strategy) for name, strategy in strategies.items()}
    if isinstance(strategies, list | tuple):
        return [as_strategy(strategy) for strategy in strategies]
    return as_strategy(strategies)


def default_scoring(estimators: Estimators) -> str:
    """Return the default metric: accuracy for classifiers, R² for regressors."""
    first = next(iter(_learners(estimators).values()))
    return "accuracy" if is_classifier(first.estimator) else "r2"


def _learners(estimators: Estimators) -> dict[str, ActiveLearner]:
    """Return learners by name; an estimator is wrapped in a learner."""
    return {
        name: e if isinstance(e, ActiveLearner) else ActiveLearner(e)
        for name, e in named(estimators, "estimators", BaseEstimator).items()
    }


def _check_strategy(name, strategy, learner, settings, *, classify):
    """Raise an error for requirements of a strategy that the comparison does not meet."""
    if not isinstance(strategy, Strategy):
        raise TypeError(
            f"strategies: {name!r} is {strategy!r}, not a strategy: pass an instance of one, such "
            "as Margin()."
        )
    seen_through = learner.estimator if learner.surrogate is None else learner.surrogate
    has_holdout = settings.holdout_size is not None
    strategy.check()
    if strategy.needs & {"holdout", "holdout_rows"} and not has_holdout:
        raise ValueError(
            f"strategies: {name!r} needs a holdout: set holdout_size=, the number of labels that "
            "are given to all strategies alike as a holdout."
        )
    _checks.check_strategy(
        strategy,
        "strategy",
        estimator=seen_through,
        classify=classify,
        has_holdout=has_holdout,
        has_holdout_rows=has_holdout,
        has_last_layer=last_layer.knows(seen_through),
        has_modules=wraps_net(seen_through),
    )
