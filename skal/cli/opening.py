"""A store that is made or found again, where its page is, and the secret that opens it."""

import contextlib
import getpass
import os
import re
import shlex
import socket
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from skal.cli.trouble import Trouble
from skal.labelling import SourceChanged, Store
from skal.labelling.engines import Sqlite
from skal.labelling.locking import holder
from skal.labelling.making import CACHE, DATA_BASE, LOCK, absolute, engine_of, store_of
from skal.labelling.pool_source import is_pool
from skal.labelling.reading import IMAGES, TEXTS, CsvSource, open_source
from skal.labelling.source import MISSING
from skal.pools.parquet_files import matching

LINK = "link"
KEYS = 10  # of classes on the page
LOOKED_AT = 10_000  # labels, to tell classes from numbers
NUMBER = re.compile(r"[\d\s$€£¥+.,-]")  # how numbers and dates begin, as skal.cli.cells reads them


def folder_of(path: Path) -> Path:
    """Where the store of a file lies."""
    return store_of(absolute(path))


def open_store(
    path: Path,
    label: str | None,
    classes: Sequence[str],
    id: str | None,
    task: str | None,
    missing: Sequence[str],
    base: str | None = None,
) -> Store:
    """The store of a file; made where there is none."""
    folder = folder_of(path)
    check_kept(folder, base)
    if is_made(folder, base):
        store = again(folder, base)
        try:
            check_same(store, label, id, task)
            check_files(store, path)
            for name in classes:
                store.add_class(name)
        except BaseException:
            store.close()
            raise
        return store
    several = is_pool(path, IMAGES + TEXTS)
    if not path.exists() and not several:
        raise Trouble(f"There is no file {path}.")
    if path.is_file() and path.suffix.lower() in IMAGES + TEXTS:
        raise Trouble(
            f"{path} is one image or text: name the folder that holds all of them, skal label "
            f"{path.parent}."
        )
    if label is None and (several or not path.is_dir()):
        typed = shlex.quote(str(path))
        raise Trouble(f"Name the column of the labels: skal label {typed} --label COLUMN.")
    label = label or "label"
    return Store.create(
        path, label=label, classes=classes, id=id, missing=missing,
        task=task or _task(path, label, missing), base=base,
    )  # fmt: skip


def is_made(folder: Path, base: str | None) -> bool:
    """Whether there is a store; one whose making was interrupted is none."""
    return engine_of(folder, base).version() > 0


def again(folder: Path, base: str | None) -> Store:
    """A store that was made, here or by another machine, whose folder is elsewhere."""
    if base is not None:
        (folder / CACHE).mkdir(mode=0o700, parents=True, exist_ok=True)
    return Store.open(folder, base=base)


def check_kept(folder: Path, base: str | None) -> None:
    """An error where labels that PostgreSQL keeps would be begun anew in a file, or vice versa."""
    if base is not None and (folder / DATA_BASE).exists():
        raise Trouble(f"{folder} keeps its labels in a file: leave --store away, or move it away.")
    is_elsewhere = (folder / CACHE).is_dir() and not (folder / DATA_BASE).exists()
    if base is None and is_elsewhere:
        raise Trouble(
            f"The labels of {folder} are kept in PostgreSQL: say --store postgresql://…, or move "
            "that folder away to begin anew."
        )


def check_same(store: Store, label: str | None, id: str | None, task: str | None) -> None:
    """An error where a store was made for another column, or another task."""
    settings = store.settings()
    asked = {"label": label and label.strip(), "id": id, "task": task}
    for name, value in asked.items():
        if value is not None and value != settings[name]:
            raise Trouble(
                f"{store.folder} was made with --{name} {settings[name]}, not {value}: leave "
                f"--{name} away to go on, or move that folder away to begin anew."
            )


def check_files(store: Store, path: Path) -> None:
    """Raise an error if a store was made for other files of a pool than the named ones."""
    made, asked = store.desk.source_path(), absolute(path)
    both = all(is_pool(one, IMAGES + TEXTS) for one in (made, asked))
    if made == asked or (both and matching(str(made)) == matching(str(asked))):
        return
    raise Trouble(
        f"{store.folder} keeps the labels of {made}, and {path} names other files: name the same "
        "ones to go on, or move that folder away to begin anew."
    )


def check_source(store: Store, rebind: bool) -> str:
    """A sentence where a changed file was taken as it is now; an error where it was not asked."""
    try:
        changes = store.changes()
    except FileNotFoundError as error:
        raise Trouble(f"The file of {store.folder} is not there: put it back.") from error
    if not changes:
        return ""
    if not rebind:
        raise SourceChanged(
            f"The file has changed since its rows were read ({changes}): put it back, or take it "
            "as it is by --rebind. All labels are kept."
        )
    found = store.bind()
    for made in (store.folder / CACHE).glob("*.npy"):
        made.unlink()  # features of the rows before
    return f"The file was taken as it is now: {found}."


def notes(store: Store, task: str | None) -> list[str]:
    """Report what was guessed about a file: its encoding, and classes that may be quantities."""
    settings = store.settings()
    path, label = store.desk.source_path(), settings["label"]
    source = open_source(path, label, settings["id"])
    guessed = source.encoding.note(path.name) if isinstance(source, CsvSource) else ""
    names = [str(name) for name in settings["classes"]]
    doubt = ""
    if task is None and len(names) > KEYS and all(map(str.isdecimal, names)):
        doubt = (
            f"{label} has {len(names)} whole numbers as classes. If they are quantities, move "
            f"{store.folder.name} away and add --task regression."
        )
    return [note for note in (guessed, doubt) if note]


def url_of(folder: Path) -> str | None:
    """Where the page of a store is, or was last."""
    url = holder(folder / LOCK).get("url")
    return url if isinstance(url, str) else None


def port_of(folder: Path) -> int | None:
    """The port of last time, so that a page that is still open goes on."""
    try:
        return int((folder / "port").read_text())
    except (OSError, ValueError):
        return None


def keep_port(folder: Path, port: int) -> None:
    """Remember a port."""
    write_private(folder / "port", str(port))


def secret(store: Store) -> str:
    """The owner's secret: that of last time, so that a page that is still open goes on.

    A further machine of a data base gets an owner of its own, named after it: a new secret of the
    first owner would end the first one's session.
    """
    path = store.folder / LINK
    with contextlib.suppress(OSError, ValueError):
        token = path.read_text(encoding="ascii")
        known = store.team.by_token(token)
        if known is not None and known["role"] == "owner":
            return token
    owner = _owner(store)
    token = store.team.new_token(owner)
    write_private(path, token)
    return token


def _owner(store):
    """The owner that this machine has the secret of."""
    team = store.team.all()
    first = next(who for who in team if who["role"] == "owner")
    if isinstance(store.engine, Sqlite) or not first["linked"]:
        return first["id"]
    name = f"{getpass.getuser()}@{socket.gethostname()}"[:80]
    taken = {who["name"] for who in team}
    names = (name if not i else f"{name} {i + 1}" for i in range(len(taken) + 1))
    return store.team.add(next(one for one in names if one not in taken), "owner")


def running_link(folder: Path) -> str:
    """The link to the page of the process that has a store open."""
    url = url_of(folder)
    try:
        token = (folder / LINK).read_text(encoding="ascii")
    except (OSError, ValueError):
        token = ""
    told = urlsplit(url or "")
    if not token or not (told.scheme == "https" or told.hostname == "127.0.0.1"):
        raise Trouble(f"{folder} is open in another process, which serves no page: close it first.")
    return f"{url}/#{token}"


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(content)
    os.replace(unfinished, path)


def _task(path, label, missing):
    """Whether the labels there are are numbers; classes where there is none."""
    if path.is_dir() and not is_pool(path, IMAGES + TEXTS):
        return "classification"
    source = open_source(path, label, None, MISSING | set(missing))
    cells = (cells.get(label, "").strip() for cells, _, _ in islice(source.records(), LOOKED_AT))
    known = [cell for cell in cells if cell not in source.missing]
    if not known or _has_words(known):
        return "classification"
    import pandas as pd

    from skal.cli.labels import read_labels, task_of

    return task_of(read_labels(pd.Series(known, name=label, dtype=object), ".,", missing))


def _has_words(labels: Iterable[str]) -> bool:
    """Whether one of the labels is no number for sure: no number begins with its first letter."""
    words = (label for label in labels if not NUMBER.match(label))
    return any(not re.fullmatch(r"[+-]?(inf|infinity|nan)", word, re.I) for word in words)
