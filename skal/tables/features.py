"""`TableFeatures`: numeric features from the columns of a table, for any estimator."""

import re
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skal._constraints import COUNT, POSITIVE, check_parameters

OTHERS = ("numeric", "date", "categorical")  # all kinds except texts
# Columns of one date that share a variance: its positions on circles, and "is missing" copies.
SHARED = (r"^(?!missingindicator_).*_circular_\d+$", r"^missingindicator_")


class TableFeatures(TransformerMixin, BaseEstimator):
    """Convert a table into numbers: numbers, dates, categories, texts and missing cells.

    The transformer needs no labels, so it is fitted on all rows, labelled or not.  It uses skrub's
    ``TableVectorizer``:

    - numbers: scaled to mean 0 and variance 1; missing values become the median, and a column marks
      them;
    - dates: seconds and year, treated like numbers; and the positions in year, month, week and day
      on a circle, with a total variance of 1;
    - categories: one column for each of the 30 most common, and one for the others;
    - texts (more than three words per cell): skrub's ``StringEncoder``, the principal directions of
      the tf-idf of groups of letters, as one block with one common scale;
    - columns that contain only one value, or only identify the rows, are dropped.

    The result does not depend on the number of cores.

    Parameters
    ----------
    text_dimensions : int, default=30
        The number of columns per text column.
    text_variance : float, default=3.0
        The total variance of the columns of a text, relative to 1 for a number.  The defaults suit
        estimators with their usual regularisation, such as ``LogisticRegression(C=1)``: they were
        chosen with `benchmarks/tables/texts.py`.

    Attributes
    ----------
    kinds_ : dict of str to list of str
        Names of the columns of each kind: "numeric", "date", "categorical", "text" and "left out".
    vectorizer_ : skrub.TableVectorizer or None
        The fitted encoders of numbers, dates and categories; None if all columns are texts.
    texts_ : dict of str to encoder
        The fitted encoder of each text column.
    n_features_in_, feature_names_in_ : int, ndarray
        Number and names of the columns.

    See Also
    --------
    tabular_learner : Create a learner for such tables.
    skrub.tabular_pipeline : A pipeline for one estimator, fitted on labelled rows.

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
        """Determine the kind of each column, and fit its encoder.

        Parameters
        ----------
        X : data frame of pandas or polars, or data that pandas converts to one
            The rows, labelled or not.
        y : None
            Ignored.

        Returns
        -------
        self : TableFeatures
            The fitted transformer.

        See Also
        --------
        TableFeatures.transform : Convert rows into numbers.
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
                    "There is no column to learn from: each is the label, constant or an id."
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
        """Convert rows into numbers."""
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
        """Return the names of the output columns."""
        check_is_fitted(self)
        names = [] if self.vectorizer_ is None else list(self.vectorizer_.all_outputs_)
        for encoder in self.texts_.values():
            names += encoder.get_feature_names_out()
        return np.asarray(names, dtype=object)

    def _scales(self, vectorizer: Any) -> np.ndarray:
        """Scale the columns of a date jointly to one variance; leave the others unchanged."""
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
    """Import the module of the encoders, or raise an error that says what to install."""
    try:
        from skal.tables import encoding
    except ImportError as error:
        raise ImportError(
            f'{error.name} is missing: tables require pip install "skal[tables]".'
        ) from error
    return encoding
