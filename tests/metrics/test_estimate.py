"""The sentence that an estimate prints as."""

import pytest

from skal.metrics import Estimate


@pytest.mark.parametrize(
    ("estimate", "sentence"),
    [
        (
            Estimate(0.95, 0.93, 0.97, 400, 900, ""),
            "Accuracy today: 95.0%, with 95% confidence from 93.0% to 97.0%, by 400 random rows of "
            "the 900 that are labelled.",
        ),
        (
            Estimate(0.9, 0.55, 1.0, 9, 110, ""),
            "Too few to say: 9 random rows say that accuracy is with 95% confidence from 55.0% to "
            "100.0%. 21 more audit labels would do.",
        ),
        (
            Estimate(float("nan"), 0.0, 1.0, 0, 20, ""),
            "Too few to say: no random row is labelled yet. 30 audit labels would do.",
        ),
        (
            Estimate(0.5, 0.2, 0.75, 29, 20, "", "r2", 0.9),
            "Too few to say: 29 random rows say that R² is with 90% confidence from 0.2 to 0.75. "
            "1 more audit label would do.",
        ),
    ],
)
def test_sentences(estimate, sentence):
    assert str(estimate) == sentence


def test_a_wide_interval_says_what_would_halve_it():
    wide = Estimate(0.9, 0.77, 0.97, 40, 220, "")
    assert str(wide).endswith(" 120 more audit labels would halve the interval.")
