"""The models that all strategies are measured with, and committees of them for theirs."""

from sklearn.ensemble import BaggingClassifier, BaggingRegressor
from sklearn.linear_model import BayesianRidge, LogisticRegression

CLASSIFIER = LogisticRegression(max_iter=1000)
REGRESSOR = BayesianRidge()
COMMITTEE = BaggingClassifier(CLASSIFIER)  # of ten, as scikit-learn has it
REGRESSORS = BaggingRegressor(REGRESSOR)
