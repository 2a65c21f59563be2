"""The learner: what `fit`, `query` and `teach` do."""

from skal.learner.active_learner import ActiveLearner

__all__ = ["ActiveLearner"]
