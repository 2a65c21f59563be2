"""Figures of random rows, by their coverage and against closed forms."""

import numpy as np
import pytest
from scipy import stats

from skal.metrics import random_rows

ZERO = np.zeros(0)


@pytest.mark.parametrize(("right", "n"), [(0, 1), (0, 20), (20, 20), (19, 20), (7, 30), (99, 100)])
def test_a_proportion_has_the_exact_binomial_interval(right, n):
    figure = random_rows.proportion(right, n, 0.95)
    exact = stats.binomtest(right, n).proportion_ci(0.95, method="exact")
    assert figure == pytest.approx((right / n, exact.low, exact.high))


def test_of_no_rows_nothing_is_known():
    assert random_rows.proportion(0, 0, 0.95)[1:] == (0, 1)
    assert random_rows.share(ZERO, ZERO, None, 100, 0.95)[1:] == (0, 1)
    assert random_rows.window(ZERO, ZERO) == 0


@pytest.mark.parametrize("p", [0.5, 0.8, 0.95, 0.99])
@pytest.mark.parametrize("n", [20, 60])
def test_coverage_without_lag_and_with_a_control_variate(p, n):
    rng, covered, widths = np.random.default_rng(0), [], []
    for _ in range(400):
        chance = rng.beta(5 * p, 5 * (1 - p), size=n)
        right = rng.random(n) < chance
        figure = random_rows.share(right, np.zeros(n), chance - p, 1000, 0.95)
        covered.append(figure.low <= p <= figure.high)
        exact = random_rows.proportion(right.sum(), n, 0.95)
        widths.append((figure.high - figure.low) / (exact.high - exact.low))
    assert np.mean(covered) > 0.93
    assert np.mean(widths) < 1.005


def test_a_control_variate_that_tells_all_narrows_to_the_reserve():
    right = np.repeat([True, False], [40, 10])
    figure = random_rows.share(right, np.zeros(50), right - 0.7, 10_000, 0.95)
    assert figure.value == pytest.approx(0.7, abs=0.02)
    assert figure.high - figure.low < 0.06


def test_a_lag_moves_the_share_and_widens_its_interval():
    right = np.repeat([True, False], [40, 10])
    plain = random_rows.share(right, np.zeros(50), None, 1000, 0.95)
    moved = random_rows.share(right, np.full(50, 0.1), None, 1000, 0.95)
    assert (plain.value, moved.value) == pytest.approx((0.8, 0.9))
    assert moved.high - moved.low > plain.high - plain.low


def test_a_window_leaves_out_what_lags_behind():
    right = np.ones(100, dtype=bool)
    right[::5] = False
    assert random_rows.window(right, np.zeros(100)) >= 99
    lag = np.where(np.arange(100) < 50, 0.5, 0.0)
    assert 45 <= random_rows.window(right, lag) <= 60
    assert random_rows.window(right, np.linspace(1, 0, 100)) == random_rows.ENOUGH


def classes_of(rng, n):
    y = rng.choice(3, n, p=[0.6, 0.3, 0.1])
    return y, rng.random(n) < np.array([0.9, 0.7, 0.5])[y]


def test_coverage_of_balanced_accuracy():
    rng, covered = np.random.default_rng(0), []
    for _ in range(150):
        y, right = classes_of(rng, 60)
        figure = random_rows.balanced_accuracy(y, right, np.zeros((60, 3)), np.arange(3), 0.95)
        covered.append(figure.low <= 0.7 <= figure.high)
    assert np.mean(covered) >= 0.93


def test_a_class_without_a_row_leaves_its_share_open():
    y, right = np.zeros(50, int), np.ones(50, bool)
    figure = random_rows.balanced_accuracy(y, right, np.zeros((50, 2)), np.arange(2), 0.95)
    assert figure.low < 0.55 < 0.95 < figure.high


@pytest.mark.parametrize("n", [30, 80])
def test_coverage_of_numbers(n, monkeypatch):
    monkeypatch.setattr(random_rows, "N_RESAMPLES", 299)
    rng, covered = np.random.default_rng(0), []
    true = np.array([0.8, -np.sqrt(2 / np.pi)])
    for _ in range(100):
        y, error = 5**0.5 * rng.normal(size=n), rng.normal(size=n)
        figures = [
            of(y, y - error, np.zeros(n), 0.95)
            for of in (random_rows.r2, random_rows.mean_absolute_error)
        ]
        covered.append([f.low <= t <= f.high for f, t in zip(figures, true, strict=True)])
    assert (np.mean(covered, axis=0) >= 0.9).all()


def test_numbers_of_few_rows_and_of_equal_ones():
    one = np.ones(2)
    assert random_rows.mean_absolute_error(one, 2 * one, 0 * one, 0.95)[1:] == (-np.inf, 0)
    figure = random_rows.mean_absolute_error(np.ones(9), np.zeros(9), np.zeros(9), 0.95)
    assert figure.value == -1
    assert random_rows.window_of_means(ZERO, ZERO) == 0
    for n in range(2):  # a row has no R², and no warning
        figure = random_rows.r2(np.ones(n), np.zeros(n), np.zeros(n), 0.95)
        assert np.isnan(figure.value)
        assert figure[1:] == (-np.inf, 1)


@pytest.mark.parametrize("n", [2, 5, 40])
def test_r2_is_1_at_most(n):
    y, error = np.random.default_rng(0).normal(size=(2, n))
    figure = random_rows.r2(y, y - error / 2, np.full(n, 0.2), 0.95)
    assert figure.value < figure.high <= 1
    assert random_rows.r2(y, y, np.zeros(n), 0.95).value == 1


def test_a_window_does_not_choose_rows_for_being_right():
    rng, means = np.random.default_rng(0), []
    for _ in range(2000):
        right = rng.random(60) < 0.8
        means.append(right[-random_rows.window(right, np.linspace(0.05, 0, 60)) :].mean())
    assert abs(np.mean(means) - 0.8) < 0.005  # the best looking window of each is 0.03 above
