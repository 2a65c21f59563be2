"""Paths of results: <results>/<study>/raw, tables or pictures.  See README.md."""

from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
QUICK = RESULTS / "quick"  # not kept


@dataclass(frozen=True)
class Study:
    """The files of one study, in one folder of results; `_` in their names becomes `-`."""

    name: str
    results: Path = RESULTS

    def raw(self, name):
        """What was measured, as finely as it is kept."""
        return self._place("raw", name)

    def table(self, name):
        """What was made of it to be read."""
        return self._place("tables", name)

    def picture(self, name):
        """What was drawn of it."""
        return self._place("pictures", name)

    def made(self, *kinds):
        """The study, with the folders it will write to ("raw", "tables", "pictures")."""
        for kind in kinds:
            self._place(kind, "").mkdir(parents=True, exist_ok=True)
        return self

    def _place(self, kind, name):
        return self.results / self.name / kind / name.replace("_", "-")
