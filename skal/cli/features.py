"""Features of rows, texts or images, for the model that learns beside `skal label`."""

from pathlib import Path

import numpy as np
import pandas as pd

from skal.cli import encoders
from skal.cli.cells import parsed
from skal.cli.draws import without
from skal.cli.pictures import thumbnails
from skal.labelling.model.fitting import Progress, Tell, to_nobody
from skal.labelling.pool_source import PoolSource
from skal.labelling.reading import open_source
from skal.pools import BlockPool
from skal.tables import TableFeatures

FITTED = 100_000  # rows that encoders of columns are fitted on
BLOCK = 50_000  # rows that they encode at a time
READING = "Reading rows"


def features(
    path: Path,
    label: str,
    id: str | None = None,
    missing: frozenset[str] = frozenset(),
    encoder: str | None = None,
    kept: Path | None = None,
    tell: Tell = to_nobody,
) -> np.ndarray:
    """Compute a row of numbers for each row of a file, or for each file of a folder.

    `kept` is where they will lie; what took long is kept beside it meanwhile.
    """
    source = open_source(path, label, id, missing)
    if isinstance(source, PoolSource) and source.files.n_rows > FITTED:
        return _of_pool(source, encoder, tell)
    if isinstance(source, PoolSource) or not path.is_dir():
        return _of_table(source, encoder, kept, tell)
    names = [name for _, _, name in source.records() if name]
    paths = [path / name for name in names]
    if all(name.lower().endswith((".txt", ".md")) for name in names):
        named = encoders.chosen(encoder, "text", len(names))
        texts = [one.read_text("utf-8", errors="replace") for one in paths]
        if named == "tfidf":
            return _numbers(pd.DataFrame({"text": texts}), tell)
        return encoders.of_texts(texts, named, kept, tell)
    named = encoders.chosen(encoder, "image", len(names))
    if named == "pixels":
        return thumbnails(paths, tell)
    return encoders.of_images(paths, named, kept, tell)


def _of_table(source, encoder, kept, tell):
    """Encode columns by kind, texts with a net if installed; or rows with a user's function."""
    used = [name for name in without(source.columns) if name not in (source.label, source.id)]
    records = (cells for cells, _, _ in source.records())
    if encoder is not None and ":" in encoder:
        rows = [{name: cells.get(name, "") for name in used} for cells in records]
        return encoders.of_texts(rows, encoder, kept, tell)
    table = [[cells.get(name, "") for name in used] for cells in records]
    tell(Progress(READING, 0, len(table)))
    frame = pd.DataFrame(table, columns=used, dtype=object)
    del table
    named = encoders.chosen(encoder, "text", len(frame))
    frame = frame.replace("", None).apply(parsed)
    if named == "tfidf":
        return _numbers(frame, tell)
    texts = TableFeatures().fit(frame.iloc[:FITTED]).kinds_["text"]
    parts = [_numbers(frame.drop(columns=texts), tell)] if len(texts) < len(used) else []
    for i, name in enumerate(texts):
        column = frame[name].fillna("").astype(str).tolist()
        place = None if kept is None else kept.with_suffix(f".text-{i}.npy")
        parts.append(encoders.of_texts(column, named, place, tell))
    return np.hstack(parts)


def _of_pool(source, encoder, tell):
    """Encode the columns of a large pool in blocks, fitted on a sample."""
    if encoder not in (None, "tfidf"):
        raise ValueError(
            f"--encoder {encoder} is for pools of up to {FITTED:,} rows. Compute the embeddings "
            "once, and keep them in the Parquet files as a column of vectors: the model learns "
            "from it."
        )
    used = [name for name in without(source.shown) if name != source.id]
    pool = BlockPool(list(source.files.paths), columns=used).as_seen(used)
    n = len(pool)
    tell(Progress(READING, 0, n))
    some = np.sort(np.random.default_rng(0).choice(n, FITTED, replace=False))
    made = TableFeatures().fit(pool.take_rows(some))
    table = np.empty((n, len(made.get_feature_names_out())), dtype=np.float32)
    for piece in pool.pieces(size=BLOCK):
        tell(Progress(READING, int(piece.rows[0]), n))
        table[piece.rows] = made.transform(piece.X)
    tell(Progress(READING, n, n))
    return table


def _numbers(frame, tell):
    """Encode columns; with very many rows, fit on a sample and transform in blocks."""
    n = len(frame)
    if n <= FITTED:
        return TableFeatures().fit_transform(frame)
    some = np.sort(np.random.default_rng(0).choice(n, FITTED, replace=False))
    made = TableFeatures().fit(frame.iloc[some])
    blocks = []
    for start in range(0, n, BLOCK):
        tell(Progress(READING, start, n))
        blocks.append(made.transform(frame.iloc[start : start + BLOCK]).astype(np.float32))
    tell(Progress(READING, n, n))
    return np.concatenate(blocks)
