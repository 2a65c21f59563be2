"""Labels of a file, given by people on a page or in Python, kept so that none is lost."""

from skal.labelling.answers import Answer, Recorded
from skal.labelling.binding import Changes
from skal.labelling.desk import Desk
from skal.labelling.rounds import Draw
from skal.labelling.store import Store
from skal.labelling.team import Team
from skal.labelling.trouble import (
    Conflict,
    ReadOnly,
    SimilarClass,
    SourceChanged,
    StoreError,
    StoreFull,
    StoreInUse,
    UnknownClass,
)

__all__ = [
    "Answer",
    "Changes",
    "Conflict",
    "Desk",
    "Draw",
    "ReadOnly",
    "Recorded",
    "SimilarClass",
    "SourceChanged",
    "Store",
    "StoreError",
    "StoreFull",
    "StoreInUse",
    "Team",
    "UnknownClass",
]
