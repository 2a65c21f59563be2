"""Columns of a table as numbers."""

import numpy as np
import pandas as pd

from skal.tables import TableFeatures


def as_numbers(frame: pd.DataFrame) -> tuple[np.ndarray, dict[str, list]]:
    """Convert a frame to an array of float64, and return the kinds of its columns."""
    features = TableFeatures()
    return features.fit_transform(frame), features.kinds_
