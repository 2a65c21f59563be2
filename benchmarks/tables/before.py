"""The features of tables before skrub made them: the baseline of `texts.py`."""

import numpy as np
import pandas as pd
from pandas import Series
from pandas.api import types
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from skal.tables.identifiers import is_identifier

TEXT_DIMENSIONS = 100


def kinds_of_columns(frame: pd.DataFrame) -> dict[str, list]:
    """Names of numeric, categorical and text columns, and of those to leave out.

    Left out are columns with a single value, and identifiers.
    """
    kinds: dict[str, list] = {"numeric": [], "categorical": [], "text": [], "left out": []}
    for name in frame.columns:
        kinds[_kind(frame[name])].append(name)
    return kinds


def _kind(column: pd.Series) -> str:
    values = column.dropna()
    n_values = values.nunique()
    if n_values <= 1 and not (n_values == 1 and column.isna().any()):
        return "left out"
    if types.is_bool_dtype(column):
        return "categorical"
    words = 0 if is_number(column) else values.astype(str).str.split().str.len().mean()
    if words > 3 and n_values > len(values) / 4:
        return "text"
    if is_identifier(column):
        return "left out"
    return "numeric" if is_number(column) else "categorical"


def is_number(column: pd.Series) -> bool:
    """Numbers, and dates, which are numbers too."""
    return types.is_numeric_dtype(column) or types.is_datetime64_any_dtype(column)


def as_numbers(frame: pd.DataFrame) -> tuple[np.ndarray, dict[str, list]]:
    """The rows of a frame as an array of float64, and the kinds of its columns.

    Learned from all rows, since it takes no label.  Numbers: the median where one is missing, and
    a column that says so; mean 0, variance 1.  Categories: a column each for the 30 most common.
    Texts: the 100 main directions of their tf-idf.  All of it the same to the last bit on
    however many cores, so that a comparison that goes on recognises its rows.
    """
    kinds = kinds_of_columns(frame)
    if not (kinds["numeric"] or kinds["categorical"] or kinds["text"]):
        raise ValueError("There is no column to learn from: all are the label, constant or an id.")
    frame = frame.assign(**{name: _lower(frame[name]) for name in kinds["text"]})
    numbers = make_pipeline(
        FunctionTransformer(_floats),
        SimpleImputer(strategy="median", add_indicator=True),
        StandardScaler(),
    )
    categories = make_pipeline(
        FunctionTransformer(_strings),
        OneHotEncoder(max_categories=30, sparse_output=False, handle_unknown="infrequent_if_exist"),
    )
    transformer = ColumnTransformer(
        [
            ("numeric", numbers, kinds["numeric"]),
            ("categorical", categories, kinds["categorical"]),
            *((f"text {name}", _texts(frame[name]), name) for name in kinds["text"]),
        ],
        sparse_threshold=0,
    )
    with threadpool_limits(1):
        X = transformer.fit_transform(frame)
    return X.astype(np.float32).astype(np.float64), kinds


def _texts(column):
    words = TfidfVectorizer(sublinear_tf=True)
    n_words = len(words.fit(column).vocabulary_)
    svd = TruncatedSVD(min(TEXT_DIMENSIONS, n_words), random_state=0)
    return make_pipeline(words, svd, StandardScaler())


def _lower(column):
    return column.astype(object).where(column.notna(), "").astype(str).str.lower()


def _strings(frame):
    return frame.astype(object).where(frame.notna(), "missing").astype(str)


def _floats(frame):
    return frame.apply(_as_floats)


def _as_floats(column):
    """Dates as seconds; a missing one is missing."""
    if types.is_datetime64_any_dtype(column):
        column = (column - column.min()).dt.total_seconds()
    return Series(column.to_numpy(dtype=float, na_value=np.nan), column.index)
