"""The learner that learns from a file while people label; built in its own process."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from skal.labelling.model import Plan
from skal.labelling.model.fitting import Tell, to_nobody

if TYPE_CHECKING:
    from skal import ActiveLearner

# What `skal.cli.names.usual_strategy` gives, without the seconds that its imports take.
OF_CLASSES = "UncertaintyHerding('margin', factor=10)"
SPREAD, OF_NUMBERS = "Spread(Random())", "Random"
USUAL = {"linear": SPREAD, "svm": SPREAD, "forest": OF_NUMBERS, "boosting": OF_NUMBERS}


def usual(estimator: str, task: str) -> str:
    """Return the default strategy by name."""
    return OF_CLASSES if task == "classification" else USUAL[estimator]


@dataclass(frozen=True)
class FilePlan(Plan):
    """A plan whose features are made from the rows of a file.

    `features` is where they are kept once they are made: a path without its ending, whose name
    tells what the source was.  `estimator` and `strategy` are words of the command line, `encoder`
    too.
    """

    source: tuple[Path, str, str | None, frozenset[str]] = (Path(), "label", None, frozenset())
    task: str = "classification"
    encoder: str | None = None

    def rows(self, tell: Tell = to_nobody) -> np.ndarray:
        """Load the features, or compute and save them."""
        from skal.cli.encoders import key_of
        from skal.cli.features import features

        base = Path(self.features)
        kept = base.with_name(f"{base.name}-{key_of(self.encoder)}.npy")
        if not kept.exists():
            path, label, id, missing = self.source
            made = features(path, label, id, missing, self.encoder, kept, tell)
            unfinished = kept.with_suffix(f".{os.getpid()}.tmp.npy")
            np.save(unfinished, made)
            os.replace(unfinished, kept)
        return np.load(kept, mmap_mode="r")

    def learner(self, seed: int) -> "ActiveLearner":
        """Make the learner."""
        from skal import ActiveLearner
        from skal.cli.names import ESTIMATORS, parse_strategies

        model = ESTIMATORS[self.estimator][self.task != "classification"]
        (strategy,) = parse_strategies(self.strategy).values()
        return ActiveLearner(model, strategy, random_state=seed)
