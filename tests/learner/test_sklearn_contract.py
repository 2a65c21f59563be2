"""What scikit-learn asks of an estimator."""

import warnings

import pytest
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.utils.estimator_checks import check_estimator

from skal import ActiveLearner

ESTIMATORS = [
    LogisticRegression(),
    LinearSVC(),
    SVC(),
    RandomForestClassifier(n_estimators=2),
    HistGradientBoostingClassifier(max_iter=2),
    Ridge(),
    RandomForestRegressor(n_estimators=2),
    make_pipeline(StandardScaler(), LogisticRegression()),
]
REPLAY = {"replay_budget": 8, "batch_size": 4}


def cases():
    """Every estimator in a plain fit; a replay with a classifier and a regressor, slow with others."""
    for estimator in ESTIMATORS:
        name = type(estimator).__name__
        yield pytest.param(estimator, {}, id=f"{name}-fit")
        marks = () if name in ("LogisticRegression", "Ridge") else pytest.mark.slow
        yield pytest.param(estimator, REPLAY, id=f"{name}-replay", marks=marks)


@pytest.mark.parametrize(("estimator", "params"), list(cases()))
def test_check_estimator(estimator, params):
    # The seed: eight random labels are of one class in one replay of 128, and no model is then.
    # An SVC that breaks no ties contradicts itself where votes tie (predict takes the first class,
    # decision_function the surest): so does a bare one, on 32 of 200 draws of eight rows.
    if params and isinstance(estimator, SVC):
        estimator = SVC(break_ties=True)
    learner = ActiveLearner(estimator, random_state=0, **params)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks provoke warnings on purpose
        results = check_estimator(learner, on_fail=None, on_skip=None)
    failed = [(r["check_name"], r["exception"]) for r in results if r["status"] == "failed"]
    assert not failed
    assert not [r for r in results if r["expected_to_fail"]]
    assert sum(r["status"] == "passed" for r in results) > 40
