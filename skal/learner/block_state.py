"""The query state of some rows of a pool that is read in blocks."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from skal._rows import n_rows
from skal.state import QueryState, Rows, View


class BlockState(QueryState):
    """Represent some rows of a pool, with the models and labels of the whole query."""

    def __init__(self, before: QueryState, X: Any, committees: dict[str, list[Any]]):
        source = replace(before.source, pool=Rows.all_of(X))
        super().__init__(source, np.arange(n_rows(X)), before.rng)
        self.labelled, self.holdout, self.records = before.labelled, before.holdout, before.records
        self.committees = committees

    def committee(self, members: int | Sequence[Any]) -> list[View]:
        """Return views of the rows through a committee that is fitted once per query."""
        key = repr(members)
        if key not in self.committees:
            self.committees[key] = [view.model for view in super().committee(members)]
        return [View(self.source.pool, model, self.classes) for model in self.committees[key]]
