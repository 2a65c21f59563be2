"""Ways to choose rows from scores and orders: pure functions of arrays."""

from skal.selection.round_robin import round_robin
from skal.selection.top import ranking, top

__all__ = ["ranking", "round_robin", "top"]
