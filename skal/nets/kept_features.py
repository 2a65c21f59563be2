"""Features on disk, found by a key and used only if the net reproduces some of them.

An entry consists of three files: `features.npy`; `probes.npy`, the features of a few of these rows
when they were computed alone; and `json`, which has the rows, the shapes and the checksums, and is
written last. An incomplete entry, or one with other content, is ignored.
"""

import contextlib
import hashlib
import json
import os
import secrets
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

KIND = "skal FrozenFeatures 1"
N_SPREAD, N_EXTREME = 8, 8  # probes: rows evenly spaced, and rows of extreme features
ONE_DAY = 86_400.0
BROKEN = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    EOFError,
)  # in reading other files

Ask = Callable[[Any], np.ndarray]  # features of these rows computed alone; of all rows for None


def remembered(
    folder: Path,
    key: str,
    *,
    ask: Ask,
    n: int,
    rounding: float,
    is_changed: Callable[[], bool],
    mmap_mode: Any = None,
) -> np.ndarray:
    """Return features from the folder; if there are none, compute them and store them there.

    `rounding` is the relative change of features that is allowed if other rows share the batch;
    `is_changed` returns whether the net still has the content behind the key.
    """
    features = recalled(folder, key, ask, mmap_mode=mmap_mode)
    if features is None:
        check_repeats(ask, n, rounding=rounding)
        features = ask(None)
        if is_changed():
            raise ValueError(
                "memory= caches the features of a net that does not change, and this net changed "
                "its parameters or buffers in a forward pass. Leave memory=None."
            )
        keep(folder, key, features, ask, rounding=rounding)
    return features


def recalled(folder: Path, key: str, ask: Ask, *, mmap_mode: Any = None) -> np.ndarray | None:
    """Return the stored features if the net reproduces their probes; otherwise None."""
    for place in sorted(folder.glob(f"{key}-*.json")):
        entry = _entry(place, key)
        if entry is not None and same(ask(entry["rows"]), entry["probes"]):
            with contextlib.suppress(*BROKEN):
                return _read(place, "features", entry["told"], mmap_mode)
    return None


def _entry(place, key):
    """Return the rows, probes and file descriptions of an entry; None if it is invalid."""
    with contextlib.suppress(*BROKEN):
        if not place.is_file():
            return None
        told = json.loads(place.read_text(encoding="utf-8"))
        rows, probes = np.array(told["rows"]), _read(place, "probes", told)
        n, n_features = told["features"]["shape"]
        ours = told["kind"] == KIND and told["key"] == key and rows.dtype.kind == "i"
        if ours and rows.min() >= 0 and rows.max() < n and probes.shape == (len(rows), n_features):
            return {"rows": rows, "probes": probes, "told": told}
    return None


def keep(folder: Path, key: str, features: np.ndarray, ask: Ask, *, rounding: float) -> None:
    """Write the features and, as probes, the features of some of their rows computed alone."""
    rows = probe_rows(features)
    probes = ask(rows)
    if not same(probes, features[rows], rounding, rounding):
        raise depends_on_others()
    try:
        _write(folder, key, rows, {"features": features, "probes": probes})
    except OSError as error:
        warnings.warn(
            f"The features are computed but could not be stored in {str(folder)!r}: {error}. The "
            "next call computes them again.",
            UserWarning,
            stacklevel=4,
        )


def check_repeats(ask: Ask, n: int, *, rounding: float) -> None:
    """Raise a ValueError if features are random, or depend on other rows."""
    rows = _spread(n)
    once, again, alone = ask(rows), ask(rows), ask(rows[:1])
    if not same(once, again):
        raise ValueError(
            "memory= requires reproducible features, and the net returned different features of "
            "the same rows in two passes: preprocess=, pool= or the net is random or has a state. "
            "Remove the randomness or the state, or leave memory=None."
        )
    if not same(alone, once[:1], rounding, rounding):
        raise depends_on_others()


def probe_rows(features: np.ndarray) -> np.ndarray:
    """Return evenly spaced rows, and those whose features are smallest, largest or NaN."""
    half = N_EXTREME // 2
    with np.errstate(over="ignore", invalid="ignore"):
        order = np.argsort(np.einsum("ij,ij->i", features, features), kind="stable")
    return np.unique(np.concatenate([_spread(len(features)), order[:half], order[-half:]]))


def _spread(n):
    return np.linspace(0, n - 1, min(n, N_SPREAD)).round().astype(int)


def same(one: np.ndarray, other: np.ndarray, of_column: float = 0, of_all: float = 0) -> bool:
    """Return whether features are the same up to rounding: relative to the largest value in the
    column, and to the largest of all. The defaults allow for another number of threads.
    """
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.dtype.kind not in "fc":
        return np.array_equal(one, other)
    eps = np.finfo(one.dtype).eps
    known = np.abs(np.where(np.isfinite(other), other, 0))
    columns, largest = known.max(axis=0, initial=0), known.max(initial=0)
    allowed = max(of_column, 100 * eps) * columns + max(of_all, 4 * eps) * largest
    with np.errstate(invalid="ignore"):
        near = np.abs(one - other) <= allowed
    return bool((near | (one == other) | (np.isnan(one) & np.isnan(other))).all())


def depends_on_others() -> ValueError:
    return ValueError(
        "memory= caches features row by row, and here the features of a row depend on the other "
        "rows of its batch. Make preprocess= and the net process each row alone (no statistics of "
        "the batch), or leave memory=None."
    )


def _read(place, name, entry, mmap_mode=None):
    """Return an array of an entry; raise a ValueError if its content has changed."""
    path, told = place.with_suffix(f".{name}.npy"), entry[name]
    if not path.is_file():
        _broken(path)
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != told["sha256"]:
            _broken(path)
        file.seek(0)
        if mmap_mode is None:
            values = np.load(file, allow_pickle=False)
        else:
            values = np.load(path, mmap_mode=mmap_mode, allow_pickle=False)
    if [*values.shape] != told["shape"] or values.dtype.str != told["dtype"]:
        _broken(path)
    return values


def _broken(path: Path) -> NoReturn:
    raise ValueError(f"{path} has changed since it was written")


def _write(folder, key, rows, arrays):
    """Write arrays under names made of checksums, so writers cannot mix; write `json` last."""
    folder.mkdir(parents=True, exist_ok=True)
    _tidy(folder)
    entry, drafts = {"kind": KIND, "key": key, "rows": rows.tolist()}, {}
    try:
        for name, values in arrays.items():
            drafts[name] = draft = folder / f".{key}-{secrets.token_hex(8)}.tmp"
            with draft.open("xb") as file:
                np.save(file, values, allow_pickle=False)
                _flush(file)
            with draft.open("rb") as file:
                checksum = hashlib.file_digest(file, "sha256").hexdigest()
            told = {"sha256": checksum, "shape": [*values.shape], "dtype": values.dtype.str}
            entry[name] = told
        stem = "-".join([key, *(entry[name]["sha256"][:16] for name in arrays)])
        for name in arrays:
            os.replace(drafts[name], folder / f"{stem}.{name}.npy")
        drafts["json"] = draft = folder / f".{key}-{secrets.token_hex(8)}.tmp"
        with draft.open("x", encoding="utf-8") as file:
            json.dump(entry, file, indent=1)
            _flush(file)
        os.replace(draft, folder / f"{stem}.json")
        _flush_folder(folder)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def _flush(file):
    file.flush()
    os.fsync(file.fileno())


def _flush_folder(folder):
    """Flush the folder's names to the disk; some systems cannot open a folder."""
    with contextlib.suppress(OSError):
        place = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


def _tidy(folder):
    """Remove the remains of runs that were killed more than a day ago."""
    for path in folder.glob(".*-*.tmp"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - ONE_DAY:
                path.unlink()
