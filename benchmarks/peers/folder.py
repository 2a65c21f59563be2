"""Where the results of these scripts lie."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))  # of places.py
from places import QUICK, RESULTS, Study


def peers(*kinds, quick=False):
    """The study's files, of which these kinds will be written; of a quick run apart."""
    return Study("peers", QUICK if quick else RESULTS).made(*kinds)
