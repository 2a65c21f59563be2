"""Cross-validation where only some labels are known."""

from typing import Any

import numpy as np
from sklearn.model_selection import BaseCrossValidator, KFold, StratifiedKFold

from skal._labels import is_missing, label_array, read_labels
from skal._maps import MapReader, is_map


class LabelledKFold(BaseCrossValidator):
    """Deal the labelled rows to K folds; unlabelled rows stay in every training part.

    So a search or a cross-validation of an :class:`~skal.ActiveLearner` works on partly labelled
    y: no missing label reaches a score, and every fold has the whole pool.  Classes are dealt
    evenly (like `StratifiedKFold`), numbers and maps are not looked at (like `KFold`); whole
    numbers are classes if each comes up twice or more on average.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds.
    shuffle : bool, default=False
        Deal the rows in random order.
    random_state : int, RandomState or None, default=None
        Seeds the order when `shuffle` is set.
    missing_label : object, default=np.nan
        What stands in y where a label is missing.  NaN, None and pandas.NA always do.

    See Also
    --------
    skal.metrics.learning_curve_scorer : A score for the whole learning curve.
    sklearn.model_selection.StratifiedKFold : The same for a y that is known in full.

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
            Not looked at: there for scikit-learn's convention.

        Returns
        -------
        n_splits : int
            Number of folds.

        See Also
        --------
        LabelledKFold : The folds that are counted.

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
        """Folds of maps, each of which may hold many classes: these are not looked at."""
        known = np.flatnonzero(MapReader(frozenset()).read(y, self.missing_label)[1])
        self._check_enough(known)
        folds = KFold(self.n_splits, shuffle=self.shuffle, random_state=self.random_state)
        for _, test in folds.split(known):
            yield known[test]

    def _check_enough(self, known):
        if len(known) < self.n_splits:
            raise ValueError(
                f"n_splits={self.n_splits} folds need as many labels; y has {len(known)}."
            )

    def _are_classes(self, values: np.ndarray) -> bool:
        """Whether values are to be dealt class by class."""
        if values.ndim > 1 or values.dtype.kind not in "iuf":
            return values.ndim == 1
        whole = (values == np.floor(values)).all()
        return bool(whole) and len(np.unique(values)) <= len(values) / 2

    def _check_scorable(self, values, y):
        """Scorers see y as it is: numbers in an array of objects are no type that they know."""
        if str(getattr(y, "dtype", "object")) != "object":
            return  # a nullable or categorical column is of a known type once no row is missing
        if values.dtype.kind == "O" and not all(isinstance(value, str) for value in values.flat):
            kind = type(next(value for value in values.flat if not isinstance(value, str))).__name__
            raise ValueError(
                f"y is an array of objects that holds {kind} labels, which scikit-learn's scorers "
                "refuse. Give numbers as floats with NaN, as integers with a mark such as -1 and "
                "missing_label=-1, or as a pandas nullable column; or give strings with None."
            )


def _codes(values):
    """Classes as integers."""
    if values.dtype.kind == "O":
        values, _ = read_labels(values, classify=True)
    return np.unique(values, return_inverse=True)[1]
