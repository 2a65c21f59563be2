"""Labels of a file, kept so that none is lost."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from skal.labelling import (
    checking,
    exporting,
    frames,
    label_studio,
    locking,
    log,
    making,
    rounds,
    settings,
)
from skal.labelling.binding import Changes
from skal.labelling.bound import Bound
from skal.labelling.desk import Desk
from skal.labelling.engines import Engine
from skal.labelling.label_studio import Imported
from skal.labelling.making import DATA_BASE, absolute
from skal.labelling.numbers import whole
from skal.labelling.pool import Pool
from skal.labelling.readers import Readers
from skal.labelling.reading import open_source
from skal.labelling.source import MISSING
from skal.labelling.team import Team
from skal.labelling.trouble import StoreError
from skal.labelling.writer import NoWriter, Writer

if TYPE_CHECKING:
    import pandas as pd


class Store:
    """Keep the labels of a file, with who gave them, when, and how the row was drawn.

    :meth:`create` makes a folder beside the file, :meth:`open` opens it again.  An answer that was
    acknowledged is on the disk; nothing that was said is ever changed or deleted.  One process at a
    time writes; others read.

    Parameters
    ----------
    folder : path
        The folder of the store. Use :meth:`create` and :meth:`open`.
    writer : Writer or NoWriter
        What writes to it.
    engine : Engine
        What keeps it: SQLite or PostgreSQL.
    lock : StoreLock or None
        What keeps other processes from writing.
    clock : callable
        The time in seconds.

    See Also
    --------
    skal.ActiveLearner : Learns from the labels, and says which rows to label next.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skal.labelling import Answer, Store
    >>> path = Path(tempfile.mkdtemp()) / "tickets.csv"
    >>> _ = path.write_text("text,category\\nhello,\\nworld,\\n")
    >>> with Store.create(path, label="category", classes=["a", "b"]) as store:
    ...     _ = store.desk.record(Answer(item=2, annotator=1, kind="label", value="b"))
    >>> with Store.open(f"{path}.skal") as store:
    ...     store.labels()
    array([None, 'b'], dtype=object)
    """

    def __init__(
        self,
        folder: Path,
        writer: "Writer | NoWriter",
        engine: Engine,
        lock: locking.StoreLock | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder, self.engine = folder, engine
        self._writer, self._lock, self._clock = writer, lock, clock
        self._readers = Readers(engine)
        self._bound = Bound(writer, self._readers, folder, clock)
        self.team = Team(writer, self._readers)
        self.desk = Desk(writer, self._readers, self._bound, clock)

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        *,
        label: str = "label",
        classes: Sequence[str] = (),
        task: str = "classification",
        id: str | None = None,
        missing: Sequence[str] = (),
        overlap: int = 1,
        audit_reserve: float = 0.25,
        seed: int | None = None,
        folder: str | os.PathLike[str] | None = None,
        base: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> "Store":
        """Make a store of a file's rows, in the folder FILE.skal beside it.

        Labels in the file are taken over; it is read, and never written.

        Parameters
        ----------
        path : path
            A .csv, .tsv, .jsonl, .parquet or .xlsx file, a folder of images or texts, or a folder
            or glob of Parquet files.
        label : str
            The column of labels, which may be there or not.
        classes : sequence of str
            Classes to choose from, besides those in the file.
        task : {"classification", "regression"}
            Whether labels are classes or numbers.
        id : str or None
            A column by which rows are known; without it they are known by their content.
        missing : sequence of str
            Words of the label column that stand for no label.
        overlap : int
            How many annotators answer each row.
        audit_reserve : float
            The share of rows, drawn now, that strategies leave alone: they measure the model.
        seed : int or None
            Makes the draws reproducible.
        folder : path or None
            Where the store lies instead.
        base : str or None
            A PostgreSQL data base that keeps the labels, as postgresql://host/name; several
            servers may work on it, each with the file and a folder of its own.
        clock : callable
            The time in seconds, for tests.
        """
        path = Path(path)
        source = open_source(path, label.strip(), id, MISSING | set(missing))
        told = settings.new(source, classes, overlap, audit_reserve, seed)
        path = absolute(path)
        place = absolute(folder or making.store_of(path))
        engine = making.engine_of(place, base)
        if base is None:
            locking.check_local(place.parent)
        lock = making.begin(place, engine, source, task, told, clock())
        return cls._opened(place, engine, lock, clock)

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        *,
        read_only: bool = False,
        base: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> "Store":
        """Open a store; only to be read (`read_only`) while another process writes.

        A store of an earlier schema is brought to this one, after a copy was made beside it.
        """
        place = absolute(folder)
        engine = making.engine_of(place, base)
        if base is None and not (place / DATA_BASE).is_file():
            raise StoreError(f"{place} holds no store: Store.create(FILE) makes FILE.skal.")
        if read_only:
            engine.check_newest()
            return cls(place, NoWriter(place), engine, None, clock)
        if base is None:
            locking.check_local(place)
        return cls._opened(place, engine, making.again(place, engine), clock)

    @classmethod
    def _opened(cls, place, engine, lock, clock):
        writer = Writer(engine)
        if engine.leads():  # else another server's round may be running
            writer.run(rounds.fail_unfinished, clock())
        return cls(place, writer, engine, lock, clock)

    def close(self) -> None:
        """Finish what was asked for, and let others open the store."""
        self._readers.close()
        self._writer.close()
        self.engine.close()
        if self._lock is not None:
            self._lock.let_go()
            self._lock = None

    def tell_where(self, url: str) -> None:
        """Tell those who find the store open where it is served."""
        if self._lock is not None:
            self._lock.tell(url=url)

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ------------------------------------------------------------------ what it holds
    def labels(self) -> np.ndarray:
        """A label a row of the file, to be the `y` of an ActiveLearner.

        None, or NaN among numbers, where there is none. Of several annotators the majority counts,
        and the mean of numbers; ties have no label, and :meth:`ties` lists them.
        """
        return self._readers.run(frames.labels, self.pool())

    def ties(self) -> "pd.DataFrame":
        """Rows on which annotators disagree so that no label wins."""
        return self._readers.run(frames.ties, self.pool())

    def events(self) -> "pd.DataFrame":
        """All that was said, in its order, with how each row was drawn.

        `drawn` is strategy, audit, cold (random before there was a model) or manual; `propensity`
        the probability of the draw given all before, NaN where the row was chosen for certain;
        `predicted` and `proba` what the model said before the label came; `holds` whether the
        answer holds now.
        """
        return self._readers.run(frames.events, self.pool())

    def progress(self) -> dict[str, Any]:
        """Counts of rows, labels, skips and classes."""
        return self._readers.run(frames.progress)

    def settings(self) -> dict[str, Any]:
        """Task, label column, classes, overlap, reserve, and the uuid of the store."""
        return self._readers.run(making.all_settings)

    def reserve(self) -> np.ndarray:
        """Which rows are in the audit reserve, which a strategy leaves alone."""
        return self.pool().reserve

    def pool(self) -> Pool:
        """The items of the file's rows, as they were bound."""
        return self._bound.pool()

    # ------------------------------------------------------------------ changes
    def add_class(self, name: str, *, sure: bool = False) -> list[str]:
        """The classes with one more.

        A name that differs from a class only in case, spaces or accents raises
        :class:`SimilarClass`, unless you are `sure`.
        """
        return self._writer.run(settings.add_class, name, sure)

    def set_overlap(self, overlap: int) -> None:
        """Have each row answered by so many annotators."""
        self._writer.run(rounds.set_overlap, whole(overlap, "overlap", 1, 1000))

    def changes(self) -> Changes:
        """What has become of the file's rows since they were bound; false where nothing has."""
        return self._bound.changes()

    def bind(self) -> Changes:
        """Take the file as it is now; labels of rows that are gone stay in :meth:`events`."""
        return self._bound.bind()

    def export(
        self,
        path: str | os.PathLike[str],
        *,
        force: bool = False,
        spreadsheet_safe: bool = False,
    ) -> list[str]:
        """Write the labels to a file, whole or not at all; warnings about its content.

        The ending says what: .csv, .tsv, .parquet and .xlsx are the table with its labels, .jsonl
        all events, .json tasks of Label Studio. Nothing is replaced without `force`.
        `spreadsheet_safe` keeps spreadsheets from running cells as formulas.
        """
        return self._readers.run(
            exporting.export, self.pool(), self._bound.unchanged, Path(path),
            force=force, spreadsheet_safe=spreadsheet_safe,
        )  # fmt: skip

    def import_tasks(self, path: str | os.PathLike[str]) -> Imported:
        """Take the annotations of a file of Label Studio's tasks; taken twice they count once."""
        source = self._bound.unchanged()
        return self._writer.run(label_studio.read, source, Path(path), self._clock())

    def check(self) -> list[str]:
        """What was wrong with the store, a sentence each; what the log says is mended."""
        found = self._readers.run(checking.problems)
        if self._lock is not None and self._readers.run(checking.differences):
            self._writer.run(log.rebuild)
        return found
