"""Settings of skrub's encoders for the features of a table."""

import contextlib
import copy
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from skrub import DatetimeEncoder, StringEncoder, TableVectorizer
from threadpoolctl import threadpool_limits

CATEGORIES = 30  # columns for the most common categories; the others share one
EVERY = 2**31  # no category is a text: texts are identified by their number of words


def as_frame(X: object) -> pd.DataFrame:
    """Return X as a pandas data frame whose column names are strings."""
    if hasattr(X, "to_pandas"):  # of polars
        X = X.to_pandas()
    frame = X.to_frame() if isinstance(X, pd.Series) else pd.DataFrame(X)
    names = frame.columns.astype(str)
    if names.has_duplicates:
        raise ValueError(
            f"X has several columns {names[names.duplicated()][0]!r}: rename them so that names "
            "are unique."
        )
    frame = frame.set_axis(names, axis=1)
    truths = [name for name in frame if types.is_bool_dtype(frame[name])]
    return frame.assign(**{name: _words(frame[name]) for name in truths})


def _words(column: pd.Series) -> pd.Series:
    """Convert True and False to strings, their form in a column with missing cells."""
    return column.astype(object).map(str, na_action="ignore")


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the data frame with texts parsed as numbers and dates, as skrub does."""
    words = [name for name in frame if not _is_typed(frame[name])]
    if not words:
        return frame
    same = dict.fromkeys(
        ("numeric", "datetime", "low_cardinality", "high_cardinality"), "passthrough"
    )
    reader = TableVectorizer(**same, drop_null_fraction=None, n_jobs=1)
    read = reader.fit_transform(frame[words])
    return frame.assign(**{name: _whole(read[name]) for name in words})


def check_numbers(frame: pd.DataFrame) -> None:
    """Raise an error for numeric columns without any numeric cell: all would count as missing."""
    for name, column in frame.items():
        filled = column.dropna()
        if _is_typed(column) or not len(filled):
            continue
        if pd.to_numeric(filled, errors="coerce").isna().all():
            raise ValueError(
                f"Column {name!r} was numeric in fit, and none of its cells is a number now, such "
                f"as {filled.iloc[0]!r}: read them as numbers, for example by pd.read_csv with "
                "decimal= and thousands=."
            )


def _whole(column: pd.Series) -> pd.Series:
    """Convert whole numbers to integers, so that gapless numbering is detected."""
    if not types.is_float_dtype(column) or not (column.dropna() % 1 == 0).all():
        return column
    return column.astype("Int64")


def _is_typed(column: pd.Series) -> bool:
    number_or_date = types.is_numeric_dtype(column) or types.is_datetime64_any_dtype(column)
    return number_or_date or isinstance(column.dtype, pd.CategoricalDtype)


def make_vectorizer() -> TableVectorizer:
    """Return the encoders of numbers, dates and categories."""
    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    categories = OneHotEncoder(
        max_categories=CATEGORIES,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
        dtype="float32",
    )
    when = DatetimeEncoder(add_weekday=True, periodic_encoding="circular")
    return TableVectorizer(
        cardinality_threshold=EVERY,
        low_cardinality=categories,
        numeric=make_pipeline(fill, StandardScaler()),
        datetime=make_pipeline(when, fill, StandardScaler()),
        drop_null_fraction=None,
        n_jobs=1,
    )


def text_encoder(dimensions: int, n_rows: int) -> "TextEncoder":
    """Return an encoder of one text column, with as many dimensions as the rows allow."""
    return TextEncoder(min(dimensions, max(1, n_rows - 1)), random_state=0)


class TextEncoder(StringEncoder):
    """Extend skrub's encoder to store its groups of letters as one array in pickles and skops
    files.

    skops needs hundreds of bytes for each entry of a dictionary.
    """

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "vectorizer_" in state:
            vectorizer = copy.copy(state["vectorizer_"])
            state["letters"] = np.array(vectorizer.get_feature_names_out(), dtype=str)
            vectorizer.vocabulary_ = None
            state["vectorizer_"] = vectorizer
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        letters = state.pop("letters", None)
        super().__setstate__(state)
        if letters is not None:
            vectorizer = copy.copy(state["vectorizer_"])
            vectorizer.vocabulary_ = {one: i for i, one in enumerate(letters.tolist())}
            self.vectorizer_ = vectorizer


def as_texts(column: pd.Series) -> pd.Series:
    """Return a text column as strings, whatever else it contains."""
    return column.astype(object).where(column.notna(), "").map(str)


@contextlib.contextmanager
def the_same_everywhere() -> Iterator[None]:
    """Use one thread, so the number of cores has no effect; ignore irrelevant warnings."""
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The matrix shape is", UserWarning)
        yield
