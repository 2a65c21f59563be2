"""Models in a separate process: fitted on the labels of a store, they select the next rows."""

from skal.labelling.model.fitting import Plan
from skal.labelling.model.trainer import Trainer

__all__ = ["Plan", "Trainer"]
