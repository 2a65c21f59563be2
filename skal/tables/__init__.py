"""Tables with numbers, categories, dates, texts and missing cells, in one line."""

from skal.tables.features import TableFeatures
from skal.tables.learner import TabularLearner
from skal.tables.saved import load_model, save_model
from skal.tables.tabular import tabular_learner

__all__ = ["TableFeatures", "TabularLearner", "load_model", "save_model", "tabular_learner"]
