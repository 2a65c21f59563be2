"""Pools that are read in blocks: rows that no memory holds."""

from skal.pools.as_pool import as_pool
from skal.pools.block_pool import BlockPool
from skal.pools.reading import Piece

__all__ = ["BlockPool", "Piece", "as_pool"]
