"""Nets whose output is a map."""

import copy
import pickle
from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skal.models import as_rows, class_proba, make_maps, makes_maps, map_reader
from tests.models.drawn_maps import K, drawn_maps

pytest.importorskip("torch", reason="nets need torch")
pytest.importorskip("skorch", reason="nets need skorch")

import skorch
import torch

from tests.models.small_nets import map_net

X, MAPS = drawn_maps()


def fitted(y=MAPS, **kwargs):
    net = map_net(**kwargs)
    make_maps(net)
    return net.fit(X, y)


def by_hand(net):
    with torch.no_grad():
        output = net.module_.eval()(torch.tensor(X))
    return output.softmax(1).numpy()


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"module__end": "log"},
        {"predict_nonlinearity": None},
        {"predict_nonlinearity": partial(torch.softmax, dim=1)},
    ],
)
def test_classes_are_on_axis_1(kwargs):
    net = fitted(**kwargs)
    P = by_hand(net)
    np.testing.assert_allclose(net.predict_proba(X), P, atol=1e-6)
    np.testing.assert_array_equal(net.predict(X), P.argmax(axis=1))
    np.testing.assert_array_equal(net.classes_, range(K))
    assert net.score(X, MAPS) == (net.predict(X) == MAPS).mean() > 1 / K
    np.testing.assert_allclose(class_proba(net, X, np.arange(K)), P, atol=1e-6)
    two = class_proba(net, X, np.array([0, 2]))  # the others are left out
    np.testing.assert_allclose(two, P[:, [0, 2]] / P[:, [0, 2]].sum(1, keepdims=True), rtol=1e-4)
    assert as_rows(P)[9].tolist() == P[0, :, 1, 2].tolist()


def test_probabilities_stay_probabilities():
    net = fitted(module__end="softmax", criterion=torch.nn.NLLLoss)
    with torch.no_grad():
        P = net.module_.eval()(torch.tensor(X)).numpy()
    np.testing.assert_allclose(net.predict_proba(X), P, atol=1e-6)


def test_positions_without_a_label_have_no_say():
    y = MAPS.copy()
    y[:, :2] = -1
    other = np.where(y < 0, (MAPS + 1) % K, y)
    net = fitted(y)
    np.testing.assert_array_equal(net.classes_, range(K))
    marked = map_net(criterion__ignore_index=7)
    make_maps(marked)
    np.testing.assert_array_equal(marked.fit(X, y).predict_proba(X), net.predict_proba(X))
    assert not np.allclose(fitted(other).predict_proba(X), net.predict_proba(X))
    assert net.score(X, y) == (net.predict(X) == MAPS)[:, 2:].mean()


class NoMark(torch.nn.Module):
    def forward(self, scores, y):
        return torch.nn.functional.cross_entropy(scores, y)


def test_where_the_mark_is_found():
    loss = torch.nn.CrossEntropyLoss
    for net, marks in (
        (map_net(), {-100}),
        (map_net(criterion__ignore_index=255), {255}),
        (map_net(criterion=loss(ignore_index=9)), {9}),
        (map_net(criterion=NoMark), set()),
    ):
        assert map_reader(net).ignored == marks
        assert map_reader(make_pipeline(FunctionTransformer(), net)).ignored == marks
    assert map_reader(map_net(), map_net(criterion__ignore_index=255)).ignored == {-100, 255}
    for other in (LogisticRegression(), map_net(skorch.NeuralNetRegressor)):
        assert map_reader(other) is None
        assert map_reader(map_net(), other) is None
    fitted(criterion=NoMark)
    y = MAPS.copy()
    y[0, 0, 0] = -1
    with pytest.raises(TypeError, match=r"1 positions .* no ignore_index"):
        fitted(y, criterion=NoMark)


def test_rows_set_aside_by_the_net():
    with pytest.raises(TypeError, match="a map has many: set train_split=None"):
        fitted(train_split=skorch.dataset.ValidSplit(3, stratified=True))
    net = fitted(train_split=skorch.dataset.ValidSplit(3))
    assert "valid_loss" in net.history[-1]


def test_outputs_that_are_no_maps():
    with pytest.raises(ValueError, match=r"put out an array of shape \(24, 1, 6, 7\)"):
        fitted().set_params(module__end="one").initialize().predict(X)


def test_copies_and_files():
    net = fitted()
    expected = net.predict_proba(X)
    for other in (pickle.loads(pickle.dumps(net)), copy.deepcopy(net)):
        assert makes_maps(other)
        assert type(other).__name__ == "NeuralNetClassifier"
        np.testing.assert_array_equal(other.predict_proba(X), expected)


def test_inside_of_pipelines_and_searches():
    pipeline = make_pipeline(FunctionTransformer(), map_net())
    search = GridSearchCV(map_net(), {"max_epochs": [2]}, cv=2, refit=True)
    for estimator in (pipeline, search):
        make_maps(estimator)
        estimator.fit(X, MAPS)
        assert makes_maps(estimator)
        assert estimator.predict(X).shape == MAPS.shape
        assert estimator.score(X, MAPS) == (estimator.predict(X) == MAPS).mean()
    assert not makes_maps(LogisticRegression())


def test_maps_that_do_not_fit_the_net():
    for y in (MAPS + 3, MAPS[:, :4], MAPS[:, None]):
        with pytest.raises((IndexError, RuntimeError)) as caught:
            fitted(y)
        (note,) = caught.value.__notes__
        assert f"maps of shape {y.shape[1:]}, with classes up to {y.max()}" in note
