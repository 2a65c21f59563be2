"""Tables as numbers."""

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

pytest.importorskip("skrub")

from skal.tables import TableFeatures


def test_dates_with_a_time_zone():
    when = pd.Series(pd.date_range("2024-01-01", periods=9, tz="Europe/Rome"))
    when[4] = pd.NaT
    features = TableFeatures()
    X = features.fit_transform(pd.DataFrame({"when": when, "naive": when.dt.tz_localize(None)}))
    assert features.kinds_["date"] == ["when", "naive"]
    assert X[4, 0] == X[4, 2] == pytest.approx(0)  # the median
    assert (np.diff(X[:4, 0]) > 0).all()


def test_the_same_matrix_on_any_number_of_threads():
    rng = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(400)])
    frame = pd.DataFrame({"note": [" ".join(rng.choice(words, 12)) for _ in range(3000)]})
    made = []
    for n in (1, 2, 4):
        with threadpool_limits(n):
            made.append(TableFeatures().fit_transform(frame))
    assert made[0].tobytes() == made[1].tobytes() == made[2].tobytes()
