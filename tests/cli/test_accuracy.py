"""Sentences about a model's accuracy."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LinearRegression, LogisticRegression

pytest.importorskip("click")

from skal.cli.accuracy import by_cross_validation, by_random_rows, expected
from skal.cli.draws import Draws
from skal.cli.replayed import replayed


@pytest.mark.parametrize("n", [40, 100, 400])
def test_the_interval_to_expect(n):
    right = 0.85 * n
    low, high = (
        stats.beta.ppf(0.025, right, n - right + 1),
        stats.beta.ppf(0.975, right + 1, n - right),
    )
    reach = 100 * (high - low) / 2
    assert f"within about ±{reach:.0f} points" in expected(n, 0, "classification")
    assert f"{n} random labels (10 of them there already)" in expected(n - 10, 10, "classification")


def test_too_few_to_expect_anything():
    assert "ask for 25 more" in expected(5, 0, "classification")


def test_the_error_of_numbers():
    errors = np.abs(np.random.default_rng(0).normal(size=(4000, 100)))
    spread = np.quantile(errors.mean(axis=1) / errors.mean(), [0.025, 0.975])
    told = expected(100, 0, "regression")
    reach = int(told.partition("±")[2].partition("%")[0])
    assert reach == pytest.approx(100 * np.ptp(spread) / 2, abs=1)


def audits(share=0.5, n=160):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))
    y = np.where(X[:, 0] > np.quantile(X[:, 0], 1 - share), "yes", "no")
    known = np.arange(400) < n
    draws = Draws(known & (np.arange(400) % 2 == 0), np.where(known, 1 + np.arange(400) // 20, 0))
    return replayed(LogisticRegression(), X, y, known, draws, rng.random(400))


def test_what_a_manager_reads():
    lines = list(by_random_rows(audits(), 1000, 0, 0, (None, None)))
    assert [line.split(" ")[0] for line in lines[:2]] == ["Accuracy", "100"]
    assert lines[-1].startswith(("Stop.", "Go on."))
    dear = list(by_random_rows(audits(), 1000, 0, 0, (100.0, 1.0)))[-1]
    assert dear.startswith("Stop.")
    assert "costs 10,000" in dear


def test_what_the_accuracy_leaves_out_is_told():
    told = " ".join(by_random_rows(audits(), 1000, 3, 2, (None, None)))
    assert "2 random rows could not be told" in told
    assert "3 random rows would not be drawn today" in told


def test_rare_classes_have_a_balanced_score():
    told = " ".join(by_random_rows(audits(share=0.1), 1000, 0, 0, (None, None)))
    assert "mind the rare ones" in told
    assert "Balanced accuracy today" in told


def test_advice_is_about_accuracy_and_about_rows_that_are_left():
    *_, advice, about = by_random_rows(audits(share=0.1), 240, 0, 0, (None, None))
    assert advice.startswith(("Stop.", "Go on."))
    assert "about accuracy" in about
    assert " ".join(by_random_rows(audits(), 7, 0, 0, (None, None))).count(" 7 more labels") == 1
    assert list(by_random_rows(audits(), 0, 0, 0, (None, None)))[-1].startswith("All rows have a")


def test_few_random_rows_are_too_few_to_say():
    lines = list(by_random_rows(audits(n=30), 1000, 0, 0, (None, None)))
    assert len(lines) == 1
    assert lines[0].startswith("Too few audit labels: ")


def test_cross_validation_is_named_as_what_it_is():
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = np.where(X[:, 0] > 0, "u", "v").astype(object)
    told = by_cross_validation(LogisticRegression(), X, y, "classification")
    assert "by 5-fold cross-validation" in told
    assert "If a strategy chose them" in told
    told = by_cross_validation(LinearRegression(), X, X[:, 0], "regression")
    assert "R² 1.00" in told
