"""Who labels a store, and how far they agree."""

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
        """A new annotator's number; `role` is "annotator" or "owner", who may change settings."""
        return self._writer.run(annotators.add, name, role)

    def known_or_new(self, name: str) -> int:
        """The number of the annotator of a name, who is added where there is none."""
        return self._writer.run(annotators.known_or_new, name)

    def new_token(self, annotator: int) -> str:
        """A secret for the annotator's link, of which only the hash is kept. The old link ends."""
        return self._writer.run(annotators.new_token, annotator)

    def by_token(self, token: str) -> dict[str, Any] | None:
        """The annotator whose secret this is; None where it is nobody's."""
        return self._readers.run(annotators.by_token, token)

    def all(self) -> list[dict[str, Any]]:
        """Number, name, role, count of answers and whether there is a link, of each annotator."""
        return self._readers.run(annotators.all_of)

    def agreement(self) -> "pd.DataFrame":
        """Cohen's κ of each two annotators over the items that both labelled (scikit-learn's).

        Columns `first`, `second`, `n_items`, `agreed` (the share) and `kappa`, which is NaN where
        both gave one class only.
        """
        return agreement.pairwise(self._readers.run(agreement.answers))

    def fleiss_kappa(self) -> float:
        """Fleiss' κ over the items that the most usual number of annotators labelled.

        By statsmodels, which the extra `label` brings; NaN where there is nothing to compare.
        """
        return agreement.fleiss(self._readers.run(agreement.answers))
