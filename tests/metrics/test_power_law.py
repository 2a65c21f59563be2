"""Learning curves behind audit rows."""

import numpy as np
import pytest

from skal._audits import Audits
from skal.metrics.power_law import curves_of

N_LABELLED = 20 * np.arange(1, 16)


def law(n):
    return 0.06 + 2.0 * n**-0.7


def audits_of_a_law(rng, n_rows=3, w=400, numbers=False):
    """Models whose loss falls by a power law: each has the easiest rows right, and more of them."""
    known = N_LABELLED[-1] + 20
    losses = law(np.append(N_LABELLED, known))
    number = np.repeat(np.arange(len(N_LABELLED)), n_rows)
    rows = np.arange(len(number))
    if numbers:
        y = rng.normal(size=len(number))
        far = np.sqrt(losses[number]) * rng.normal(size=len(number))
        seen = np.sqrt(losses - losses[-1])[:, np.newaxis] * rng.normal(size=(len(losses), w))
        facts = {"y": y, "predicted": y + far, "watched": seen, "watched_proba": None}
        facts["classes"] = None
    else:
        easy, easy_rows = rng.random(w), rng.random(len(number))
        right = (easy > losses[:, np.newaxis]).astype(int)
        P = np.where(np.arange(2) == right[-1][:, np.newaxis], 1 - losses[-1], losses[-1])
        facts = {"y": np.ones(len(number), int), "watched": right, "watched_proba": P}
        facts["predicted"] = (easy_rows > losses[number]).astype(int)
        facts["classes"] = np.arange(2)
    sure = np.full(len(number), 0.9)
    labelled = {"n_labelled": N_LABELLED[number], "n_known": int(known)}
    return Audits(rows=rows, confidence=sure, expected=sure, round=number, **labelled, **facts)


def losses_of(audits):
    if audits.classes is None:
        return (audits.y - audits.predicted) ** 2
    return (audits.y != audits.predicted).astype(float)


@pytest.mark.parametrize("numbers", [False, True], ids=["classes", "numbers"])
def test_a_known_law_is_found(numbers):
    rng, inside, gains = np.random.default_rng(0), [], []
    for _ in range(60):
        audits = audits_of_a_law(rng, numbers=numbers)
        curves = curves_of(audits, losses_of(audits))
        later = curves.at(audits.n_known + 100)
        low, high = curves.quantiles(later, [0.1, 0.9])
        inside.append(low <= law(audits.n_known + 100) <= high)
        gains.append(curves.mean(curves.loss - later))
    assert np.mean(inside) >= 0.75
    gain = law(320) - law(420)
    assert gain / 2 < np.mean(gains) < 2 * gain


def test_a_curve_is_the_law_of_its_numbers():
    audits = audits_of_a_law(np.random.default_rng(0))
    curves = curves_of(audits, losses_of(audits))
    i = int(curves.weight.argmax())
    floor = curves.loss[i] * (1 - curves.removable[i])
    fall = curves.loss[i] * curves.removable[i] * 320 ** curves.power[i]
    for n in (50, 320, 1000):
        assert curves.at(n)[i] == pytest.approx(floor + fall * n ** -curves.power[i])
    assert curves.weight.sum() == pytest.approx(1)


def test_quantiles_are_those_of_draws():
    audits = audits_of_a_law(np.random.default_rng(1))
    curves = curves_of(audits, losses_of(audits))
    drawn = np.random.default_rng(0).choice(curves.loss, 20_000, p=curves.weight)
    found = curves.quantiles(curves.loss, [0.1, 0.5, 0.9])
    assert found == pytest.approx(np.quantile(drawn, [0.1, 0.5, 0.9]), abs=0.01)


def test_without_lags_today_is_the_posterior_of_the_rows():
    rng = np.random.default_rng(2)
    audits = audits_of_a_law(rng, w=0)
    rows = np.r_[np.zeros(36), np.ones(9)]
    curves = curves_of(audits, rows)
    flat = curves.weight * (curves.removable == 0)  # no learning: Beta(9 + 1/2, 36 + 1/2)
    assert flat @ curves.loss / flat.sum() == pytest.approx(9.5 / 46, abs=1e-3)


def test_all_rows_right_and_one_row():
    audits = audits_of_a_law(np.random.default_rng(3), n_rows=1)
    for losses in (np.zeros(len(audits)), np.ones(len(audits))):
        curves = curves_of(audits, losses)
        assert np.isfinite(curves.weight).all()
    numbers = audits_of_a_law(np.random.default_rng(3), n_rows=1, numbers=True)
    assert np.isfinite(curves_of(numbers, np.zeros(len(numbers))).weight).all()
