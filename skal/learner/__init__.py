"""The learner: what `fit`, `query` and `teach` do."""

from skal._audits import Audits
from skal.learner.active_learner import ActiveLearner

__all__ = ["ActiveLearner", "Audits"]
