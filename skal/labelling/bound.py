"""The file of a store as it was bound and as it is now."""

from collections.abc import Callable
from pathlib import Path

from skal.labelling import binding, making
from skal.labelling.binding import Changes
from skal.labelling.pool import Pool
from skal.labelling.reading import open_source
from skal.labelling.runner import Runner
from skal.labelling.source import Source
from skal.labelling.trouble import SourceChanged


class Bound:
    """The source that was bound last, and its items, each read on first use."""

    def __init__(
        self, writer: Runner, readers: Runner, folder: Path, clock: Callable[[], float]
    ) -> None:
        self.folder = folder
        self._writer, self._readers, self._clock = writer, readers, clock
        self._source: Source | None = None
        self._pool: Pool | None = None

    def pool(self) -> Pool:
        """Return the items of the rows."""
        if self._pool is None:
            self._pool = self._readers.run(Pool.read)
        return self._pool

    def source(self) -> Source:
        """Return the file, opened once."""
        if self._source is None:
            self._source = self._opened()
        return self._source

    def unchanged(self) -> Source:
        """Return the file; raise an error that describes the changes if it has changed."""
        source = self.source()
        if not self._readers.run(binding.same, source):
            told = self.changes() if source.is_there() else "it is not there"
            raise SourceChanged(
                f"{source.path} has changed ({told}): restore it, or accept it as it is with "
                "store.bind(). All labels are kept."
            )
        return source

    def changes(self) -> Changes:
        """Return how the rows changed."""
        source = self._opened()
        if self._readers.run(binding.same, source):
            return Changes(kept=len(self.pool().items))
        return self._readers.run(binding.changes, source)

    def bind(self) -> Changes:
        """Accept the file as it is now."""
        found = self.changes()
        source = self._opened()
        told = making.path_told(source.path, self.folder)
        self._writer.run(binding.bind, source, told, self._clock())
        self._source = self._pool = None
        return found

    def _opened(self):
        return open_source(*self._readers.run(making.source_of, self.folder))
