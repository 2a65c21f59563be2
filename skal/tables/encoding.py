"""skrub's encoders, as the features of a table are made of them."""

import contextlib
import warnings
from collections.abc import Iterator

import pandas as pd
from pandas.api import types
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from skrub import DatetimeEncoder, StringEncoder, TableVectorizer
from threadpoolctl import threadpool_limits

CATEGORIES = 30  # columns for the most common of them; the others share one
EVERY = 2**31  # no category is a text: texts are found by their words


def as_frame(X: object) -> pd.DataFrame:
    """X as a frame of pandas whose columns have strings for names."""
    if hasattr(X, "to_pandas"):  # of polars
        X = X.to_pandas()
    frame = X.to_frame() if isinstance(X, pd.Series) else pd.DataFrame(X)
    names = frame.columns.astype(str)
    if names.has_duplicates:
        raise ValueError(f"X has several columns {names[names.duplicated()][0]!r}: rename them.")
    frame = frame.set_axis(names, axis=1)
    truths = [name for name in frame if types.is_bool_dtype(frame[name])]
    return frame.assign(**{name: _words(frame[name]) for name in truths})


def _words(column: pd.Series) -> pd.Series:
    """True and False as words, as they are in a column where some are missing."""
    return column.astype(object).map(str, na_action="ignore")


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with numbers and dates for texts that say some, as skrub reads them."""
    words = [name for name in frame if not _is_typed(frame[name])]
    if not words:
        return frame
    same = dict.fromkeys(
        ("numeric", "datetime", "low_cardinality", "high_cardinality"), "passthrough"
    )
    reader = TableVectorizer(**same, drop_null_fraction=None, n_jobs=1)
    read = reader.fit_transform(frame[words])
    return frame.assign(**{name: _whole(read[name]) for name in words})


def _whole(column: pd.Series) -> pd.Series:
    """Whole numbers as integers, so that those without a gap are seen."""
    if not types.is_float_dtype(column) or not (column.dropna() % 1 == 0).all():
        return column
    return column.astype("Int64")


def _is_typed(column: pd.Series) -> bool:
    number_or_date = types.is_numeric_dtype(column) or types.is_datetime64_any_dtype(column)
    return number_or_date or isinstance(column.dtype, pd.CategoricalDtype)


def make_vectorizer(kinds: dict[str, list], n_rows: int, text_dimensions: int) -> TableVectorizer:
    """The encoders for columns of these kinds."""
    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    when = DatetimeEncoder(resolution=None)
    categories = OneHotEncoder(
        max_categories=CATEGORIES,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
        dtype="float32",
    )
    texts = StringEncoder(min(text_dimensions, max(1, n_rows - 1)), random_state=0)
    return TableVectorizer(
        cardinality_threshold=EVERY,
        low_cardinality=categories,
        numeric=make_pipeline(fill, StandardScaler()),
        datetime=make_pipeline(when, fill, StandardScaler()),
        specific_transformers=[(texts, kinds["text"]), ("drop", kinds["left out"])],
        drop_null_fraction=None,
        n_jobs=1,
    )


@contextlib.contextmanager
def the_same_everywhere() -> Iterator[None]:
    """One thread, so that sums come out alike on any number of cores; no word about few words."""
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The matrix shape is", UserWarning)
        yield
