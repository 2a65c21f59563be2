"""What a strategy sees of one query."""

from skal.state.query_state import QueryState, View

__all__ = ["QueryState", "View"]
