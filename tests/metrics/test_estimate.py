"""The sentence that an estimate prints as."""

import pytest

from skal.metrics import Estimate


@pytest.mark.parametrize(
    ("estimate", "sentence"),
    [
        (
            Estimate(0.95, 0.93, 0.97, 400, 900, ""),
            "Accuracy today: 95.0%, with 95% confidence from 93.0% to 97.0%, by 400 random rows; "
            "900 rows are labelled.",
        ),
        (
            Estimate(0.95, 0.93, 0.97, 30, 500, "", n_audits=40),
            "Accuracy today: 95.0%, with 95% confidence from 93.0% to 97.0%, by the latest 30 of "
            "40 random rows; 500 rows are labelled.",
        ),
        (
            Estimate(0.6, 0.229, 0.925, 10, 200, "", n_audits=20),
            "Too few audit labels: the latest 10 of 20 random rows put accuracy between 22.9% and "
            "92.5% (95% confidence). 10 more audit labels are needed.",
        ),
        (
            Estimate(0.9, 0.55, 1.0, 9, 110, ""),
            "Too few audit labels: 9 random rows put accuracy between 55.0% and 100.0% (95% "
            "confidence). 21 more audit labels are needed.",
        ),
        (
            Estimate(float("nan"), 0.0, 1.0, 0, 20, ""),
            "Too few audit labels: no random row is labelled yet. 30 audit labels are needed.",
        ),
        (
            Estimate(0.5, 0.2, 0.75, 29, 20, "", "r2", 0.9),
            "Too few audit labels: 29 random rows put R² between 0.2 and 0.75 (90% confidence). 1 "
            "more audit label is needed.",
        ),
        (  # a row in two counts
            Estimate(0.6, 0.4, 0.8, 25, 200, "", "precision", 0.95, 25, 50),
            "Too few audit labels: 25 random rows put precision between 40.0% and 80.0% (95% "
            "confidence). 10 more audit labels are needed.",
        ),
        (
            Estimate(0.6, 0.4, 0.8, 30, 200, "", "f1", 0.95, 30, 60),
            "F1 today: 60.0%, with 95% confidence from 40.0% to 80.0%, by 30 random rows; 200 rows "
            "are labelled. 180 more audit labels would halve the interval.",
        ),
        (
            Estimate(float("nan"), 0.0, 1.0, 0, 200, "", "recall", 0.95, 0, 40),
            "Too few audit labels: none of 40 labelled random rows count for recall. 30 that count "
            "are needed.",
        ),
    ],
)
def test_sentences(estimate, sentence):
    assert str(estimate) == sentence


def test_a_wide_interval_says_what_would_halve_it():
    wide = Estimate(0.9, 0.77, 0.97, 40, 220, "")
    assert str(wide).endswith(" 120 more audit labels would halve the interval.")
