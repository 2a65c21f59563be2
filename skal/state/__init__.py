"""The query state: the input of a strategy in one query."""

from skal.state.query_state import QueryState
from skal.state.rows import Rows
from skal.state.source import Source
from skal.state.space import Space
from skal.state.view import View

__all__ = ["QueryState", "Rows", "Source", "Space", "View"]
