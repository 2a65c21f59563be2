"""`TableFeatures`: the columns of a table as numbers that any estimator can use."""

import re
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skal._constraints import COUNT, POSITIVE, check_parameters

OTHERS = ("numeric", "date", "categorical")  # than texts
# Columns of one date that share a variance: its places on circles, and copies of "is missing".
SHARED = (r"^(?!missingindicator_).*_circular_\d+$", r"^missingindicator_")


class TableFeatures(TransformerMixin, BaseEstimator):
    """Turn a table of anything into numbers: dates, categories, texts, missing cells.

    It takes no labels, so that it learns from all rows, labelled or not.  skrub's
    ``TableVectorizer`` does the work:

    - numbers: mean 0 and variance 1, the median where one is missing, and a column that says so;
    - dates: the same of their seconds and year; beside them the place in year, month, week and day
      on a circle, all of which together have variance 1;
    - categories: a column for each of the 30 most common, one for the others;
    - texts (more than three words a cell): skrub's ``StringEncoder``, the main directions of the
      tf-idf of groups of letters, as one block with one common scale;
    - columns that hold one value, or only identify the rows, are left out.

    The numbers are the same to the last bit on any number of cores.

    Parameters
    ----------
    text_dimensions : int, default=30
        Columns that a text becomes.
    text_variance : float, default=3.0
        Variance of all columns of a text together, where that of a number is 1.  The defaults suit
        estimators with their usual regularisation, such as ``LogisticRegression(C=1)``: they were
        chosen by `benchmarks/tables/texts.py`.

    Attributes
    ----------
    kinds_ : dict of str to list of str
        Names of the columns that are "numeric", "date", "categorical", "text" and "left out".
    vectorizer_ : skrub.TableVectorizer or None
        The fitted encoders of numbers, dates and categories; None where there are only texts.
    texts_ : dict of str to encoder
        The fitted encoder of each text.
    n_features_in_, feature_names_in_ : int, ndarray
        Number and names of the columns.

    See Also
    --------
    tabular_learner : A learner for such tables.
    skrub.tabular_pipeline : The same for one estimator, fitted on labelled rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.tables import TableFeatures
    >>> frame = pd.DataFrame({
    ...     "id": [17, 4, 23, 8],
    ...     "age": [31, 45, None, 22],
    ...     "city": ["Rome", "Oslo", "Rome", "Bern"],
    ... })
    >>> features = TableFeatures().fit(frame)
    >>> features.kinds_["left out"], features.kinds_["categorical"]
    (['id'], ['city'])
    >>> features.get_feature_names_out().tolist()
    ['age', 'missingindicator_age', 'city_Bern', 'city_Oslo', 'city_Rome']
    >>> features.transform(frame).shape
    (4, 5)
    """

    _parameter_constraints: ClassVar[dict] = {
        "text_dimensions": [COUNT],
        "text_variance": [POSITIVE],
    }

    def __init__(self, text_dimensions: int = 30, *, text_variance: float = 3.0):
        self.text_dimensions = text_dimensions
        self.text_variance = text_variance

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn what the columns are, and how each becomes numbers.

        Parameters
        ----------
        X : frame of pandas or polars, or what pandas makes a frame of
            The rows, labelled or not.
        y : None
            Not used.

        Returns
        -------
        self : TableFeatures
            The transformer, fitted.

        See Also
        --------
        TableFeatures.transform : Turn rows into numbers.
        """
        check_parameters(self)
        encoding = _encoding()
        from skal.tables.kinds import check_cells, kinds_of_columns

        frame = encoding.as_frame(X)
        for name in frame:
            check_cells(frame[name].dropna())
        with encoding.the_same_everywhere():
            kinds = kinds_of_columns(encoding.typed(frame))
            if not any(kinds[kind] for kind in kinds if kind != "left out"):
                raise ValueError(
                    "There is no column to learn from: all are the label, constant or an id."
                )
            others = [name for kind in OTHERS for name in kinds[kind]]
            others = [name for name in frame if name in set(others)]
            vectorizer = encoding.make_vectorizer().fit(frame[others]) if others else None
            texts = {}
            for name in kinds["text"]:
                texts[name] = encoding.text_encoder(self.text_dimensions, len(frame))
                texts[name].fit(encoding.as_texts(frame[name]))
        self.kinds_, self.vectorizer_, self.texts_ = kinds, vectorizer, texts
        self.feature_names_in_ = np.asarray(frame.columns, dtype=object)
        self.n_features_in_ = len(self.feature_names_in_)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Turn rows into numbers."""
        check_is_fitted(self)
        encoding = _encoding()
        frame = encoding.as_frame(X)
        if missing := [name for name in self.feature_names_in_ if name not in frame]:
            raise ValueError(
                f"X has no column {missing[0]!r}: it has {', '.join(frame.columns)}, and fit saw "
                f"{', '.join(self.feature_names_in_)}."
            )
        encoding.check_numbers(frame[self.kinds_["numeric"]])
        blocks = []
        with encoding.the_same_everywhere():
            if (vectorizer := self.vectorizer_) is not None:
                others = vectorizer.transform(frame[list(vectorizer.feature_names_in_)])
                blocks.append(np.array(others, dtype=np.float64) * self._scales(vectorizer))
            for name, encoder in self.texts_.items():
                block = encoder.transform(encoding.as_texts(frame[name]))
                blocks.append(np.array(block, dtype=np.float64) * np.sqrt(self.text_variance))
        return np.hstack(blocks).astype(np.float32).astype(np.float64)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the columns that come out."""
        check_is_fitted(self)
        names = [] if self.vectorizer_ is None else list(self.vectorizer_.all_outputs_)
        for encoder in self.texts_.values():
            names += encoder.get_feature_names_out()
        return np.asarray(names, dtype=object)

    def _scales(self, vectorizer: Any) -> np.ndarray:
        """Of a date the columns that belong together share one variance; all else keeps its own."""
        names = list(vectorizer.all_outputs_)
        scales = np.ones(len(names))
        for date in self.kinds_["date"]:
            made = vectorizer.input_to_outputs_[date]
            for pattern in SHARED:
                together = [names.index(name) for name in made if re.search(pattern, name)]
                scales[together] = 1 / np.sqrt(max(len(together), 1))
        return scales

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags


def _encoding() -> Any:
    """The module of the encoders, which takes seconds to import; or what to install for it."""
    try:
        from skal.tables import encoding
    except ImportError as error:
        raise ImportError(
            f'{error.name} is missing: tables need pip install "skal[tables]".'
        ) from error
    return encoding
