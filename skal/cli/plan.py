"""The learner that learns from a file while people label; built in its own process."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skal.labelling.model import Plan
from skal.labelling.model.fitting import Tell, to_nobody
from skal.labelling.pool_source import PoolSource, is_pool
from skal.labelling.reading import IMAGES, TEXTS
from skal.pools.parquet_files import matching, state_of

if TYPE_CHECKING:
    from skal import ActiveLearner
    from skal.labelling.model.blocks import BlockRows

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
    note: str = ""

    def rows(self, tell: Tell = to_nobody) -> "np.ndarray | BlockRows":
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


@dataclass(frozen=True)
class PoolPlan(FilePlan):
    """A plan whose features are the embedding in a pool of Parquet files, read in blocks."""

    columns: str | tuple[str, ...] = ()

    def rows(self, tell: Tell = to_nobody) -> "np.ndarray | BlockRows":
        """Open the files, which are read when rows are asked for."""
        paths = matching(str(self.source[0]))
        return opened(self.columns, state_of(paths))

    def learner(self, seed: int) -> "ActiveLearner":
        """Make the learner: of an embedding as it comes, so that linear models scale it."""
        made = super().learner(seed)
        if self.estimator not in ("linear", "svm"):
            return made
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return made.set_params(estimator=make_pipeline(StandardScaler(), made.estimator))


def plan_of(
    cache: Path,
    path: Path,
    settings: Mapping[str, Any],
    estimator: str,
    strategy: str,
    encoder: str | None,
) -> FilePlan:
    """Make the plan for a source: a file, a folder or a pool.

    `cache` is the folder for features, `settings` are those of the store.
    """
    label, id, missing = settings["label"], settings["id"], frozenset(settings["missing"])
    told = {"source": (path, label, id, missing), "task": settings["task"], "encoder": encoder}
    if not is_pool(path, IMAGES + TEXTS):
        found = path.stat()
        kept = cache / f"features-{found.st_size}-{found.st_mtime_ns}"
        return FilePlan(kept, estimator, strategy, **told)
    source = PoolSource(path, label, id, missing)
    size, mtime = source.seen()
    kept, embedding = cache / f"features-{size}-{mtime}", source.embedding
    shown = f"{source.files.n_rows:,} rows. The page shows {', '.join(source.shown)}; the model"
    if embedding is None:
        note = f"{shown} learns from these columns."
        return FilePlan(kept, estimator, strategy, **told, note=note)
    if encoder is not None:
        raise ValueError(
            f"--encoder {encoder} computes an embedding, and the pool has one already: leave "
            "--encoder away."
        )
    if isinstance(embedding, str):
        note = f"{shown} learns from the vectors of {embedding}."
        return PoolPlan(kept, estimator, strategy, **told, note=note, columns=embedding)
    note = f"{shown} learns from {len(embedding)} columns, {embedding[0]} to {embedding[-1]}."
    return PoolPlan(kept, estimator, strategy, **told, note=note, columns=tuple(embedding))


@lru_cache(maxsize=1)
def opened(columns: str | tuple[str, ...], state: tuple[tuple[str, int, int], ...]) -> "BlockRows":
    """Open files of a pool; anew where one has changed."""
    from skal.labelling.model.blocks import BlockRows
    from skal.pools import BlockPool

    names = columns if isinstance(columns, str) else list(columns)
    return BlockRows(BlockPool([path for path, _, _ in state], columns=names).as_seen(None))
