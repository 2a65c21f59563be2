"""Cross-validation with partly labelled data."""

from typing import Any

import numpy as np
from sklearn.model_selection import BaseCrossValidator, KFold, StratifiedKFold

from skal._labels import is_missing, label_array, read_labels
from skal._maps import MapReader, is_map


class LabelledKFold(BaseCrossValidator):
    """Split the labelled rows into K folds; unlabelled rows stay in every training part.

    So a search or a cross-validation of an :class:`~skal.ActiveLearner` works on partly labelled y:
    no missing label reaches a score, and every fold has the whole pool.  Folds are stratified for
    classes (like `StratifiedKFold`), and not for numbers and maps (like `KFold`); whole numbers are
    classes if each occurs twice or more on average.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds.
    shuffle : bool, default=False
        Whether to assign the rows in random order.
    random_state : int, RandomState or None, default=None
        Seed of the order if `shuffle` is set.
    missing_label : object, default=np.nan
        The marker of missing labels in y.  NaN, None and pandas.NA always mark missing labels.

    See Also
    --------
    skal.metrics.learning_curve_scorer : Score the whole learning curve.
    sklearn.model_selection.StratifiedKFold : Folds for a fully labelled y.

    Examples
    --------
    >>> import numpy as np
    >>> from skal.model_selection import LabelledKFold
    >>> y = np.array([0, np.nan, 1, np.nan, 0, 1])
    >>> for train, test in LabelledKFold(2).split(y.reshape(-1, 1), y):
    ...     print(train, test)
    [1 3 4 5] [0 2]
    [0 1 2 3] [4 5]
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        shuffle: bool = False,
        random_state: np.random.RandomState | int | None = None,
        missing_label: Any = np.nan,
    ):
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state
        self.missing_label = missing_label

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : object
            Ignored; present by scikit-learn's convention.

        Returns
        -------
        n_splits : int
            Number of folds.

        See Also
        --------
        LabelledKFold : The splitter.

        Examples
        --------
        >>> from skal.model_selection import LabelledKFold
        >>> LabelledKFold(3).get_n_splits()
        3
        """
        return self.n_splits

    def _iter_test_indices(self, X=None, y=None, groups=None):
        if is_map(y):
            yield from self._maps(y)
            return
        labels = label_array(y)
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels.ravel()
        missing = is_missing(labels, self.missing_label)
        known = np.flatnonzero(~missing if missing.ndim == 1 else ~missing.any(axis=1))
        self._check_enough(known)
        values = labels[known]
        self._check_scorable(values, y)
        dealer = StratifiedKFold if self._are_classes(values) else KFold
        folds = dealer(self.n_splits, shuffle=self.shuffle, random_state=self.random_state)
        for _, test in folds.split(known, values if dealer is KFold else _codes(values)):
            yield known[test]

    def _maps(self, y):
        """Split maps regardless of classes, because each may contain many."""
        known = np.flatnonzero(MapReader(frozenset()).read(y, self.missing_label)[1])
        self._check_enough(known)
        folds = KFold(self.n_splits, shuffle=self.shuffle, random_state=self.random_state)
        for _, test in folds.split(known):
            yield known[test]

    def _check_enough(self, known):
        if len(known) < self.n_splits:
            raise ValueError(
                f"n_splits={self.n_splits} folds require at least as many labels; y has "
                f"{len(known)}."
            )

    def _are_classes(self, values: np.ndarray) -> bool:
        """Return whether to stratify by value."""
        if values.ndim > 1 or values.dtype.kind not in "iuf":
            return values.ndim == 1
        whole = (values == np.floor(values)).all()
        return bool(whole) and len(np.unique(values)) <= len(values) / 2

    def _check_scorable(self, values, y):
        """Raise an error for numbers in an object array, which scikit-learn's scorers reject."""
        if str(getattr(y, "dtype", "object")) != "object":
            return  # nullable and categorical columns have a known type once no row is missing
        if values.dtype.kind == "O" and not all(isinstance(value, str) for value in values.flat):
            kind = type(next(value for value in values.flat if not isinstance(value, str))).__name__
            raise ValueError(
                f"y is an array of objects that contains {kind} labels, which scikit-learn's "
                "scorers do not accept. Pass numbers as floats with NaN, as integers with a marker "
                "such as -1 and missing_label=-1, or as a pandas nullable column; or pass strings "
                "with None."
            )


def _codes(values):
    """Return the classes as integers."""
    if values.dtype.kind == "O":
        values, _ = read_labels(values, classify=True)
    return np.unique(values, return_inverse=True)[1]
