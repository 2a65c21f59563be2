"""skal: which rows to label next."""

from skal.learner import ActiveLearner

__version__ = "0.1.0.dev0"
__all__ = ["ActiveLearner", "__version__"]
