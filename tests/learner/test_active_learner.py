"""The loop: fit, query, teach."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skal import ActiveLearner
from skal.strategies import Margin


def test_the_model_is_the_estimator_fitted_on_the_labelled_rows(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), Margin(), batch_size=5).fit(X, y)
    rows = learner.query()
    learner.teach(rows, truth[rows])
    known = np.r_[np.arange(12), np.sort(rows)]
    expected = LogisticRegression().fit(X[known], truth[known])
    np.testing.assert_allclose(learner.predict_proba(X), expected.predict_proba(X), rtol=1e-6)
    np.testing.assert_array_equal(learner.predict(X), expected.predict(X))
    assert learner.score(X, truth) == expected.score(X, truth)


def test_scalars_and_sets(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(GaussianNB(), classes={3, 4}).fit(X, y)
    learner.teach(20, 1)
    assert learner.classes_.tolist() == [0, 1, 2, 3, 4]
    assert len(learner.query(exclude={70, 71})) == len(learner.query(exclude=[70, 70])) == 1


def test_multi_output_regression(blobs):
    X, truth, _ = blobs
    Y = np.column_stack([X[:, 0], X[:, 1] * 2])
    learner = ActiveLearner(Ridge(), random_state=0).fit(
        X, np.where(np.arange(90)[:, None] < 9, Y, np.nan)
    )
    rows = learner.query(batch_size=5)
    learner.teach(rows, Y[rows])
    known = np.r_[np.arange(9), np.sort(rows)]
    np.testing.assert_allclose(learner.predict(X), Ridge().fit(X[known], Y[known]).predict(X))
    with pytest.raises(ValueError, match="some of its outputs missing"):
        learner.fit(X, np.where(np.arange(180).reshape(90, 2) < 9, Y, np.nan))


def test_pipelines_both_ways(blobs):
    X, truth, y = blobs
    around = make_pipeline(StandardScaler(), ActiveLearner(LogisticRegression(), Margin()))
    around.fit(X, y)
    inside = ActiveLearner(make_pipeline(StandardScaler(), LogisticRegression()), Margin()).fit(
        X, y
    )
    assert around[-1].query().shape == inside.query().shape == (1,)
    scaled = around[:-1].transform(X)
    np.testing.assert_array_equal(
        around[-1].query(scaled), [np.nanargmax(around[-1].query_utilities(scaled))]
    )
    inside.teach([30], truth[[30]])
    assert inside.predict(X).shape == (90,)


def test_another_process_asks_for_the_same_rows(capsys):
    code = (
        "import numpy as np\n"
        "from sklearn.ensemble import RandomForestClassifier\n"
        "from sklearn.datasets import load_iris\n"
        "from skal import ActiveLearner\n"
        "from skal.strategies import Random, Shortlist, Margin\n"
        "X, t = load_iris(return_X_y=True)\n"
        "l = ActiveLearner(RandomForestClassifier(5, n_jobs=N_JOBS), Shortlist(Random()), batch_size=4,\n"
        "    initial=Random(), random_state=0).fit(X, [None] * 150)\n"
        "for _ in range(4):\n"
        "    r = l.query(); l.teach(r, t[r]); print(*r)\n"
    )
    exec(code.replace("N_JOBS", "1"), {})
    here = capsys.readouterr().out
    command = [sys.executable, "-c", code.replace("N_JOBS", "2")]
    there = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert here == there
    assert len(here.split()) == 16


def test_histogram_gradient_boosting_with_nan_features(blobs):
    X, truth, y = blobs
    X = X.copy()
    X[::7, 0] = np.nan
    learner = ActiveLearner(
        HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=2), Margin()
    ).fit(X, y)
    rows = learner.query(batch_size=6)
    assert len(learner.teach(rows, truth[rows]).query(X, batch_size=4)) == 4


def test_knn_ties_are_stable(blobs):
    X, _, y = blobs
    learner = ActiveLearner(KNeighborsClassifier(1), Margin()).fit(X, y)  # all margins are 1
    np.testing.assert_array_equal(learner.query(batch_size=5), np.arange(12, 17))
