"""skal: which rows to label next."""

from skal._version import __version__
from skal.learner import ActiveLearner

__all__ = ["ActiveLearner", "__version__"]
