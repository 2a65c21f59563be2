"""Encoders of images and texts: pretrained nets, or a function of the user."""

import hashlib
import importlib
import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skal.cli.pictures import opened
from skal.cli.trouble import Trouble
from skal.datasets.archives import EFFICIENTNET, MINILM, data_home
from skal.datasets.features import image_encoder, sentence_encoder
from skal.labelling.model.fitting import Progress, Tell, to_nobody

MOST = 20_000  # rows that a net reads where nobody asked for it: minutes on a processor
BLOCK = 512  # rows between two words about how far it is, and between two files that are kept
SIZE = 224  # pixels a side, as the net was trained
TEXT_VARIANCE, IMAGE_VARIANCE = 3.0, 10.0  # of all columns together
NETS = {
    "efficientnet": (EFFICIENTNET, "efficientnet_lite_pytorch", "image_encoder"),
    "minilm": (MINILM, "transformers", "text_encoder"),
}
SIMPLE = {"image": "pixels", "text": "tfidf"}
USUAL = {"image": "efficientnet", "text": "minilm"}
NAMES = (*SIMPLE.values(), *NETS)
Encode = Callable[[Sequence[Any]], np.ndarray]


def check(named: str | None) -> None:
    """Raise an error if an encoder is unknown or not installed."""
    if named is None or named in SIMPLE.values():
        return
    if named in NETS:
        if lacks := lacking(named):
            raise Trouble(f"--encoder {named} needs {lacks}.")
        return
    module, colon, name = named.partition(":")
    if not colon or not name.isidentifier():
        told = ", ".join(NAMES)
        raise Trouble(f"--encoder {named!r} is not known: use {told}, or module:function.")
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        found = None
    if found is None:
        raise Trouble(
            f"--encoder {named} cannot be imported: give a module that is installed, or whose "
            "folder is on PYTHONPATH."
        )


def lacking(net: str) -> str:
    """Return the command that installs what a net lacks; empty if it lacks nothing."""
    archive, package, name = NETS[net]
    if not importlib.util.find_spec("torch") or not importlib.util.find_spec(package):
        return 'pip install "skal[data]"'
    there = (data_home() / archive.file).is_file()
    return "" if there else f"its weights: python -m skal.datasets fetch {name}"


def chosen(named: str | None, kind: str, n: int) -> str:
    """Choose the encoder of n images or texts: the named one, or a net if it is installed."""
    if named is not None:
        suits = ":" in named or named in (SIMPLE[kind], USUAL[kind])
        if not suits:
            raise Trouble(f"--encoder {named} does not read {kind}s: use {SIMPLE[kind]}, "
                          f"{USUAL[kind]} or module:function.")  # fmt: skip
        return named
    return SIMPLE[kind] if n > MOST or lacking(USUAL[kind]) else USUAL[kind]


def key_of(named: str | None) -> str:
    """Make a short name of an encoder, which changes with the code of a function."""
    if named is None or ":" not in named:
        nets = "".join(net for net in NETS if not lacking(net)) if named is None else ""
        return named or f"usual{nets}"
    found = importlib.util.find_spec(named.partition(":")[0])
    told = hashlib.sha256(named.encode())
    if found is not None and found.origin and Path(found.origin).is_file():
        told.update(Path(found.origin).read_bytes())
    return told.hexdigest()[:16]


def of_images(
    paths: Sequence[Path], named: str, kept: Path | None, tell: Tell = to_nobody
) -> np.ndarray:
    """Encode images with a net or a function; a function gets their paths."""
    encode = _made(named) or _pictures()
    return encoded(encode, paths, "Reading images", IMAGE_VARIANCE, kept, tell)


def of_texts(
    texts: Sequence[Any], named: str, kept: Path | None, tell: Tell = to_nobody
) -> np.ndarray:
    """Encode texts with a net or a function, or rows with a function."""
    encode = _made(named) or sentence_encoder()
    return encoded(encode, texts, "Reading texts", TEXT_VARIANCE, kept, tell)


def encoded(
    encode: Encode,
    items: Sequence[Any],
    what: str,
    variance: float,
    kept: Path | None = None,
    tell: Tell = to_nobody,
) -> np.ndarray:
    """Encode items block by block; a block that was saved is not computed again.

    Columns have mean 0 and together this variance, which suits estimators as they come.
    """
    blocks, files = [], []
    for start in range(0, len(items), BLOCK):
        tell(Progress(what, start, len(items)))
        files.append(None if kept is None else kept.with_suffix(f".block-{start}.npy"))
        some = items[start : start + BLOCK]
        blocks.append(_kept(files[-1], lambda some=some: _checked(encode(some), len(some))))
    table = np.concatenate(blocks)
    table -= table.mean(axis=0)
    table *= np.sqrt(variance / max(table.var(axis=0).sum(), np.finfo(np.float32).tiny))
    for file in files:
        if file is not None:
            file.unlink()
    tell(Progress(what, len(items), len(items)))
    return table


def _kept(file, make):
    """Load a block that an earlier run saved, or compute it."""
    if file is None:
        return make()
    if not file.exists():
        unfinished = file.with_suffix(".tmp.npy")
        np.save(unfinished, make())
        unfinished.replace(file)
    return np.load(file)


def _checked(made, n):
    """Check that a block holds a row of finite numbers for each item."""
    table = np.array(made, dtype=np.float32)
    if table.ndim != 2 or len(table) != n or not np.isfinite(table).all():
        raise ValueError(
            f"The encoder made an array of shape {table.shape} of {n} items: expected a row of "
            "finite numbers each."
        )
    return table


def _made(named):
    """Import a function by its name; None for a net."""
    if ":" not in named:
        return None
    module, _, name = named.partition(":")
    found = getattr(importlib.import_module(module), name)
    return found() if isinstance(found, type) else found


def _pictures() -> Encode:
    """Make an EfficientNet-Lite0 encoder of files; a file that is no image counts as black."""
    encode = image_encoder(SIZE)

    def of_files(paths: Sequence[Path]) -> np.ndarray:
        return np.concatenate(
            [
                encode(np.stack([opened(path, SIZE) for path in paths[i : i + 50]]))
                for i in range(0, len(paths), 50)
            ]
        )

    return of_files
