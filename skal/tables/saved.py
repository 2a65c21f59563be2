"""Models in files, written by skops, which, unlike pickle, runs no code from the file."""

import zipfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sklearn.pipeline import Pipeline

from skal.tables.features import TableFeatures

# Types of scikit-learn that skops asks about; `_written_here` adds those in skrub's encoders.
TRUSTED = {
    "numpy.dtype",
    "skal.tables.encoding.TextEncoder",
    "skal.tables.features.TableFeatures",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
}
ZONES = ("UTC", "+02:00", "Europe/Berlin")  # one example of each kind that a date may contain
PACKAGES = ("scikit-learn", "skrub")  # a file records their versions


def save_model(pipeline: Pipeline, path: str | Path, **about: Any) -> None:
    """Write a fitted pipeline to a file that `load_model` reads.

    Parameters
    ----------
    pipeline : Pipeline
        The result of `TabularLearner.pipeline`: the features of tables and a fitted estimator.
    path : str or Path
        The file to write, usually called ``….skops``; an existing file is replaced.
    **about : dict
        Strings, numbers, lists and dictionaries to store with it.

    See Also
    --------
    load_model : Read the file.

    Examples
    --------
    >>> import pandas as pd
    >>> from skal.tables import load_model, save_model, tabular_learner
    >>> frame = pd.DataFrame({"size": [1.5, 7.0, 2.5, 6.0]})
    >>> learner = tabular_learner().fit(frame, ["small", "large", None, None])
    >>> save_model(learner.pipeline(), "model.skops")  # doctest: +SKIP
    >>> load_model("model.skops").predict(frame)  # doctest: +SKIP
    array(['small', 'large', 'small', 'large'], dtype='<U5')
    """
    held = {"pipeline": pipeline, "versions": _versions(), **about}
    data = _skops().dumps(held, compression=zipfile.ZIP_DEFLATED)
    unknown = set(_skops().get_untrusted_types(data=data)) - _trusted()
    if unknown:
        raise ValueError(
            f"The model contains {', '.join(sorted(unknown))}, which `load_model` does not trust: "
            "save it by skops.io.dump, and name these types when you load it."
        )
    Path(path).write_bytes(data)


def load_model(path: str | Path) -> Pipeline:
    """Read a pipeline that `save_model` or ``skal train`` wrote.

    Parameters
    ----------
    path : str or Path
        The file.  Only types of scikit-learn, skrub and skal that skal itself writes are created
        from it.

    Returns
    -------
    pipeline : Pipeline
        Predicts rows of data frames with the columns that it was fitted on.

    See Also
    --------
    save_model : Write the file.

    Examples
    --------
    >>> from skal.tables import load_model
    >>> load_model("model.skops").predict(frame)  # doctest: +SKIP
    """
    return read_model(path)["pipeline"]


def read_model(path: str | Path) -> dict[str, Any]:
    """Return the content of a model's file, or raise an error that says why it cannot be read."""
    data = Path(path).read_bytes()
    skops = _skops()
    try:
        unknown = set(skops.get_untrusted_types(data=data)) - _trusted()
        held = None if unknown else skops.loads(data, trusted=sorted(_trusted()))
    except (zipfile.BadZipFile, KeyError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a model that skal can read: {error}") from error
    if unknown:
        raise ValueError(
            f"{path} contains {', '.join(sorted(unknown))}, which skal does not write, so it is "
            "not loaded: it may come from another program, or from another version of skrub or "
            "scikit-learn."
        )
    if not isinstance(held, dict) or not isinstance(held.get("pipeline"), Pipeline):
        raise ValueError(f"{path} is not a model written by skal train or save_model.")
    return held


def other_versions(held: dict[str, Any]) -> list[str]:
    """Return the versions in a file that differ from the installed ones: "skrub 0.9"."""
    here = _versions()
    return [f"{name} {then}" for name, then in held["versions"].items() if here[name] != then]


def _versions() -> dict[str, str]:
    return {name: version(name) for name in PACKAGES}


@cache
def _trusted() -> frozenset[str]:
    """Return the names of the types that skal writes, in this version of skrub."""
    import pandas as pd

    n = 8
    dates = pd.Series(pd.to_datetime(["2024-01-02", "2023-04-05"] * (n // 2)))
    frame = pd.DataFrame(
        {
            "number": [None, *map(float, range(1, n))],
            "date": dates,
            **{zone: dates.dt.tz_localize(zone) for zone in ZONES},
            "word": ["one", "two", "two", None] * (n // 4),
            "text": [f"four words and number {i % 7}" for i in range(n)],
            "constant": 1,
        }
    )
    data = _skops().dumps(TableFeatures().fit(frame))
    return frozenset(TRUSTED.union(_skops().get_untrusted_types(data=data)))


def _skops() -> Any:
    try:
        from skops import io
    except ImportError as error:
        raise ImportError('Saved models require skops: pip install "skal[cli]".') from error
    return io
