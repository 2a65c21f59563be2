"""How matplotlib is found, and how curves are told apart."""

import sys
import types

import numpy as np
import pytest

import skal.metrics
from skal.display import LearningCurveDisplay, PairwiseDisplay, QueryMapDisplay, UtilityDisplay
from skal.display._drawing import curve_style
from skal.display._results import Curve
from tests.display.pictured import penalties


def test_no_two_of_seventy_look_alike():
    looks = {tuple(map(str, curve_style(i).values())) for i in range(70)}
    assert len(looks) == 70


@pytest.mark.parametrize(
    "display",
    [
        LearningCurveDisplay({"Margin": Curve(np.arange(2), np.ones((1, 2)))}),
        PairwiseDisplay(penalties()),
        QueryMapDisplay(np.eye(2), [[0]]),
        UtilityDisplay(np.ones(3)),
    ],
    ids=lambda display: type(display).__name__,
)
def test_without_matplotlib(display, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(
        ImportError,
        match=rf'{type(display).__name__} requires matplotlib: pip install "skal\[plot\]"',
    ):
        display.plot()


def test_plot_returns_the_display():
    assert isinstance(skal.metrics, types.ModuleType)
    for display in (
        PairwiseDisplay(penalties()),
        QueryMapDisplay(np.eye(2), [[0]]),
        UtilityDisplay(np.ones(3)),
    ):
        assert display.plot() is display
