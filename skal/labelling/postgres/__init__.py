"""Stores in PostgreSQL, for teams whose servers run on several machines."""

from skal.labelling.postgres.engine import Postgres

__all__ = ["Postgres"]
