"""The annotators of a store, and their agreement."""

from typing import TYPE_CHECKING, Any

from skal.labelling import agreement, annotators
from skal.labelling.runner import Runner

if TYPE_CHECKING:
    import pandas as pd


class Team:
    """The annotators of a store; `store.team`."""

    def __init__(self, writer: Runner, readers: Runner) -> None:
        self._writer, self._readers = writer, readers

    def add(self, name: str, role: str = "annotator") -> int:
        """Add an annotator, and return its id; the role "owner" can change settings."""
        return self._writer.run(annotators.add, name, role)

    def known_or_new(self, name: str) -> int:
        """Return the id of the annotator with this name, who is added if needed."""
        return self._writer.run(annotators.known_or_new, name)

    def new_token(self, annotator: int) -> str:
        """Return a new secret for the annotator's link, in place of the old; its hash is kept."""
        return self._writer.run(annotators.new_token, annotator)

    def by_token(self, token: str) -> dict[str, Any] | None:
        """Return the annotator with this secret; None for an unknown secret."""
        return self._readers.run(annotators.by_token, token)

    def all(self) -> list[dict[str, Any]]:
        """Return id, name, role, number of answers and `linked` of each annotator."""
        return self._readers.run(annotators.all_of)

    def agreement(self) -> "pd.DataFrame":
        """Compute Cohen's κ of each pair of annotators, over items that both labelled.

        Columns `first`, `second`, `n_items`, `agreed` (the share) and `kappa`, which is NaN where
        both gave one class only.
        """
        return agreement.pairwise(self._readers.run(agreement.answers))

    def fleiss_kappa(self) -> float:
        """Compute Fleiss' κ over the items with the most common number of annotators.

        By statsmodels, which the extra `label` brings; NaN where there is nothing to compare.
        """
        return agreement.fleiss(self._readers.run(agreement.answers))
