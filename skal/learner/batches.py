"""How many rows a query can ask for."""

import warnings

from skal.state import QueryState


def at_most(n: int, state: QueryState) -> int:
    """n, or as many rows as there are; an error where there are none."""
    if not len(state.candidates):
        why = "every row of the pool is excluded."
        if not len(state.pool):
            why = (
                "every label of the X given to fit is known. Pass a pool as query(X), or fit "
                "on rows some of whose labels are missing in y."
            )
        raise ValueError(f"There is no row to ask for: {why}")
    if n > len(state.candidates):
        warnings.warn(
            f"{n} rows were asked for, but only {len(state.candidates)} can be.", stacklevel=4
        )
    return min(n, len(state.candidates))
