"""Pickles go on in the same version or a later one."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skal import ActiveLearner, __version__
from skal.learner import pickles
from skal.strategies import Margin


@pytest.fixture
def learner(blobs):
    X, truth, y = blobs
    learner = ActiveLearner(LogisticRegression(), Margin(), batch_size=3, random_state=0)
    rows = learner.fit(X, y).query()
    learner.teach(rows, truth[rows]).query()
    return learner


@pytest.fixture
def in_version(monkeypatch):
    return lambda version: monkeypatch.setattr(pickles, "__version__", version)


def goes_on(again, learner, truth):
    """Whether both go on alike."""
    rows = learner.query()
    np.testing.assert_array_equal(again.query(), rows)
    for one in (learner, again):
        one.teach(rows, truth[rows])
    np.testing.assert_array_equal(again.query(), learner.query())
    assert again.history_[-1]["n_labelled"] == learner.history_[-1]["n_labelled"] == 18


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_the_same_version(learner, blobs, protocol):
    goes_on(pickle.loads(pickle.dumps(learner, protocol)), learner, blobs[1])


def test_an_older_pickle_goes_on(learner, blobs, in_version):
    in_version("1.7.0")
    written = pickle.dumps(learner)
    in_version("1.9.0")
    goes_on(pickle.loads(written), learner, blobs[1])


def test_a_pickle_of_before_versions_were_kept_goes_on(learner, blobs, monkeypatch):
    with monkeypatch.context() as before:
        before.delattr(pickles.PickledWithVersion, "__reduce_ex__")
        written = pickle.dumps(learner)
    assert __version__.encode() not in written
    goes_on(pickle.loads(written), learner, blobs[1])


@pytest.mark.parametrize(
    ("wrote", "reads"), [("1.9.0", "1.7.0"), ("1.10.0", "1.9.2"), ("0.2.0", "0.2.0.dev0")]
)
def test_a_newer_pickle_is_refused_in_words(learner, in_version, wrote, reads):
    in_version(wrote)
    written = pickle.dumps(learner)
    in_version(reads)
    with pytest.raises(RuntimeError, match=f"pickled by skal {wrote}, and this is skal {reads}"):
        pickle.loads(written)


def test_it_is_refused_before_what_an_older_version_does_not_know(learner, in_version):
    in_version("9.0")
    written = pickle.dumps(learner, 0).replace(b"skal.learner.session", b"skal.learner.unheard")
    in_version("1.0")
    with pytest.raises(RuntimeError, match="pickled by skal"):
        pickle.loads(written)
    in_version("9.0")
    with pytest.raises(ModuleNotFoundError, match="unheard"):
        pickle.loads(written)
