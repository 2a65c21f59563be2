"""Tags, metadata routing and HTML of a learner."""

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC
from sklearn.utils import get_tags

from skal import ActiveLearner
from skal.strategies import Margin


def test_html_says_what_is_known(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), Margin())
    assert "labels known" not in learner._repr_html_()
    html = learner.fit(X, y)._repr_html_()
    assert "12 labels known of 90 rows" in html
    assert "LogisticRegression" in html
    assert "Margin" in html


def test_tags_are_what_estimator_and_surrogate_take():
    boosting = HistGradientBoostingClassifier()
    assert get_tags(ActiveLearner(boosting)).input_tags.allow_nan
    assert not get_tags(
        ActiveLearner(boosting, surrogate=LogisticRegression())
    ).input_tags.allow_nan
    assert get_tags(ActiveLearner(SVC(), surrogate=LogisticRegression())).input_tags.sparse
    assert not get_tags(ActiveLearner(SVC(), surrogate=GaussianNB())).input_tags.sparse
