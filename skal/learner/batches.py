"""The number of rows that a query can return."""

import warnings

from skal.state import QueryState


def at_most(n: int, state: QueryState) -> int:
    """Return n, or the number of candidates if it is smaller; raise an error if there are none."""
    if not len(state.candidates):
        why = "every row of the pool is excluded."
        if not len(state.pool):
            why = (
                "the X given to fit has no unlabelled row. Pass a pool as query(X), or call fit "
                "with a y in which some labels are missing."
            )
        raise ValueError(f"There is no row to query: {why}")
    if n > len(state.candidates):
        warnings.warn(
            f"Only {len(state.candidates)} of the requested {n} rows can be queried.", stacklevel=4
        )
    return min(n, len(state.candidates))
