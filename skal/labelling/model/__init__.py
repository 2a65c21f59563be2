"""A model that learns from the labels of a store in a process of its own, and says what is next."""

from skal.labelling.model.fitting import Plan
from skal.labelling.model.trainer import Trainer

__all__ = ["Plan", "Trainer"]
