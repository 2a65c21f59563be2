"""Read labels as people write them in files, and tell classes from numbers."""

import shlex
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from skal._words import MISSING_WORDS
from skal.cli.cells import parsed
from skal.cli.trouble import Trouble
from skal.tables import targets

MISSING = ("", "nan", "NaN")  # of a label; None and NA may be classes
DOUBTFUL = {
    "na", "n/a", "n.a.", "#n/a", "<na>", "?", "??", "-", "--", ".", "null", "none", "nil",
    "unknown", "missing", "unlabelled", "unlabeled", "todo", "tbd",
}  # fmt: skip
QUANTITY = r"[-+]?[^\W\d]{0,3}\s?\d[\d.,']*\s?\D{0,12}"  # 12.5 kg, EUR 1,200, 80%
QUOTED = {word: repr(word) for word in MISSING_WORDS}  # which a learner takes for missing


class Labelled(Protocol):
    """A table with a column of labels."""

    @property
    def label(self) -> str: ...

    @property
    def y(self) -> pd.Series: ...


def is_numeric(y: pd.Series) -> bool:
    """Tell whether a column holds numbers; booleans are none."""
    return pd.api.types.is_numeric_dtype(y) and not pd.api.types.is_bool_dtype(y)


def read_labels(y: pd.Series, decimals: str, missing: Sequence[str] = ()) -> pd.Series:
    """Strip labels, and convert them to numbers if all of them are numbers.

    Empty cells, nan, and the words or numbers in `missing` become missing.
    """
    if isinstance(first := next(iter(y.dropna()), None), str):
        y = y.astype(object).map(lambda label: label.strip(), na_action="ignore")
        y = y.where(~y.isin([*MISSING, *missing]), None)
        numbers = pd.to_numeric(y, errors="coerce")
        if not (numbers.notna() == y.notna()).all():
            numbers = parsed(y, decimals, enough=1)
        y = numbers if pd.api.types.is_numeric_dtype(numbers) else y
    elif pd.api.types.is_datetime64_any_dtype(y):
        raise Trouble(f"Column {y.name!r} holds dates, which are neither classes nor numbers.")
    elif pd.api.types.is_object_dtype(y) and not pd.api.types.is_hashable(first):
        raise Trouble(f"Column {y.name!r} holds {type(first).__name__}s, not labels.")
    if is_numeric(y):
        y = y.where(~y.isin(pd.to_numeric(pd.Series(missing, dtype=object), errors="coerce")))
    if pd.api.types.is_float_dtype(y) and y.isin([float("inf"), -float("inf")]).any():
        raise Trouble(f"Column {y.name!r} holds inf: leave that cell empty, or correct it.")
    return y


def doubt(y: pd.Series) -> str:
    """Name classes that look like words for "no label"; empty if there are none."""
    known = sorted({label for label in y.dropna().unique() if isinstance(label, str)})
    words = [word for word in known if word.lower() in DOUBTFUL]
    if not words:
        return ""
    named = ", ".join(map(repr, words))
    are, mean = ("is read as a class", "it means")
    if len(words) > 1:
        are, mean = ("are read as classes", "they mean")
    typed = shlex.quote(",".join(words))
    return (
        f" {named} {are}: add --missing {typed} if {mean} no label yet, or --skip-word {typed} if "
        f"{mean} that nobody can tell."
    )


def task_of(y: pd.Series) -> str:
    """Return "regression" for numbers with a fraction, else "classification"."""
    known = y.dropna()
    if not len(known):
        return "classification"  # nothing is learned yet, and rows to begin with are the same
    task = targets.task_of(known.to_numpy())
    if task == "unclear":
        raise Trouble(
            f"Column {y.name!r} holds {known.nunique()} different whole numbers, most of them "
            "once: add --task regression if they are quantities, or --task classification if they "
            "are classes."
        )
    if task == "classification" and (quantities := _quantities(known)):
        raise Trouble(
            f"Column {y.name!r} holds {quantities} different texts that look like quantities, such "
            f"as {known.iloc[0]!r}: write them as plain numbers in one unit, or add --task "
            "classification if they are classes."
        )
    return task


def _quantities(known):
    """Count the different texts if most are numbers with a unit and occur once; else return 0."""
    texts = known.astype(str).str.strip()
    once = ~texts.duplicated(keep=False)
    measured = texts.str.fullmatch(QUANTITY)
    return texts.nunique() if len(once) > targets.MANY and (once & measured).mean() > 0.5 else 0


def labels(table: Labelled, task: str) -> np.ndarray:
    """Convert labels to an array for a learner: objects with None, or floats with NaN."""
    y = table.y
    if task == "regression":
        if not pd.api.types.is_numeric_dtype(y) and len(known := y.dropna()):
            words = known[pd.to_numeric(known, errors="coerce").isna()]
            word = next(iter(words), known.iloc[0])
            raise Trouble(f"Column {table.label!r} holds {word!r}, not numbers.{doubt(y)}")
        return y.to_numpy(dtype=float, na_value=float("nan"))
    y = y.convert_dtypes()  # whole numbers among missing ones are not floats
    y = y.astype(object).where(y.notna(), None)
    return y.map(lambda known: QUOTED.get(known, known), na_action="ignore").to_numpy()


def too_few(table: Labelled, task: str) -> str:
    """Say which labels a model needs before it can be fitted; empty if it needs none."""
    known = table.y.dropna()
    if not len(known):
        needed = "two classes or two numbers" if task == "classification" else "two rows"
        return f"Column {table.label!r} has no label yet, and a model needs {needed}"
    if task == "classification" and known.nunique() < 2:
        return f"Only one class is known ({known.iloc[0]}), and a model needs two"
    if len(known) < 2:
        return f"Only one label is known ({known.iloc[0]}), and a model needs two"
    return ""
