"""The version, below all rooms."""

__version__ = "0.1.0.dev0"
