"""Where the results of these scripts lie."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))  # of places.py
from places import QUICK, RESULTS, Study


def tables(*, quick=False):
    """The study's files, of a quick run apart."""
    return Study("tables", QUICK if quick else RESULTS).made("raw", "tables")
