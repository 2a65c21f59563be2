"""Pictures drawn in tests and doctests go to no screen, and none is left open."""

import os
import sys
from importlib.util import find_spec

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")

# No doctests there: tests/test_examples.py runs the examples; the rest is made from them.
collect_ignore_glob = ["docs/examples/*", "docs/gallery/*", "docs/_build/*", "docs/gallery_*.py"]
# What the docs build writes, and the tools of the docs.
collect_ignore_glob += ["docs/strategies/*", "docs/generated/*", "docs/*_pictures.py"]
collect_ignore_glob += ["docs/conf.py", "docs/look.py", "docs/prose.py"]
if not all(map(find_spec, ("catboost", "lightgbm", "xgboost"))):
    collect_ignore_glob += ["docs/guide/boosting.rst", "docs/howto/xgboost.rst"]
if find_spec("skrub") is None:
    collect_ignore_glob += ["skal/tables/*", "docs/guide/tables.rst", "docs/howto/tables.rst"]


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test has drawn, if it has drawn anything."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
