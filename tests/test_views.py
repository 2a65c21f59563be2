"""The old place of the last layer."""

import importlib

import pytest

from skal import models


@pytest.mark.parametrize("name", ["LastLayer", "last_layer"])
def test_the_old_place_still_serves_and_names_the_new_one(name):
    views = importlib.import_module("skal.views")
    with pytest.warns(DeprecationWarning, match=f"`from skal.models import {name}`") as warned:
        assert getattr(views, name) is getattr(models, name)
    assert warned[0].filename == __file__


def test_imports_from_the_old_place_warn():
    with pytest.warns(DeprecationWarning, match="skal.views is now skal.models"):
        from skal.views import last_layer
    assert last_layer is models.last_layer


def test_what_was_never_there_is_missing():
    with pytest.raises(ImportError, match="cannot import name 'class_proba'"):
        from skal.views import class_proba  # noqa: F401
