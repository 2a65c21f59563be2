"""The tables of a store, in the newest version of their schema."""

APPLICATION_ID = 0x534B4C31  # "SKL1": what kind of SQLite file this is
VERSION = 2

# What the model of each round says of the same random rows; probabilities of the last one only.
WATCH = """
CREATE TABLE watch (
    round INTEGER PRIMARY KEY REFERENCES round,
    items TEXT NOT NULL CHECK (json_valid(items)),
    predicted TEXT NOT NULL CHECK (json_valid(predicted)),
    expected REAL,
    proba TEXT CHECK (proba IS NULL OR json_valid(proba))
) STRICT;
"""
# The log is what was said, and never changes; `current` and `counter` are computed from it.
TABLES = """
CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    schema_version INTEGER NOT NULL,
    store_uuid TEXT NOT NULL,
    task TEXT NOT NULL CHECK (task IN ('classification', 'regression')),
    settings TEXT NOT NULL CHECK (json_valid(settings))
) STRICT;
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    columns TEXT NOT NULL CHECK (json_valid(columns)),
    n_rows INTEGER NOT NULL
) STRICT;
CREATE TABLE item (
    id INTEGER PRIMARY KEY,
    reserve INTEGER NOT NULL CHECK (reserve IN (0, 1)),
    digest BLOB NOT NULL,
    occurrence INTEGER NOT NULL,
    UNIQUE (digest, occurrence)
) STRICT;
CREATE TABLE item_row (
    source INTEGER NOT NULL REFERENCES source,
    row INTEGER NOT NULL,
    item INTEGER NOT NULL REFERENCES item,
    byte_offset INTEGER,
    name TEXT,
    content BLOB,
    PRIMARY KEY (source, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_row_item ON item_row (item, source);
CREATE TABLE annotator (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    token_hash BLOB UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'annotator', 'import'))
) STRICT;
CREATE TABLE round (
    id INTEGER PRIMARY KEY,
    started REAL NOT NULL,
    finished REAL,
    status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed')),
    strategy TEXT NOT NULL,
    parameters TEXT NOT NULL CHECK (json_valid(parameters)),
    seed INTEGER NOT NULL,
    up_to_event INTEGER NOT NULL,
    n_labels INTEGER NOT NULL,
    metrics TEXT CHECK (metrics IS NULL OR json_valid(metrics)),
    error TEXT
) STRICT;
CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    round INTEGER REFERENCES round,
    kind TEXT NOT NULL CHECK (kind IN ('strategy', 'audit', 'cold', 'manual'))
) STRICT;
CREATE TABLE queue (
    item INTEGER NOT NULL REFERENCES item,
    slot INTEGER NOT NULL CHECK (slot >= 0),
    batch INTEGER NOT NULL REFERENCES batch,
    rank INTEGER NOT NULL,
    propensity REAL CHECK (propensity > 0 AND propensity <= 1),
    predicted TEXT,
    proba TEXT CHECK (proba IS NULL OR json_valid(proba)),
    PRIMARY KEY (item, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_rank ON queue (rank);
CREATE TABLE lease (
    id INTEGER PRIMARY KEY,
    item INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    annotator INTEGER NOT NULL REFERENCES annotator,
    client TEXT NOT NULL,
    expires REAL NOT NULL,
    UNIQUE (item, slot),
    UNIQUE (item, annotator),
    FOREIGN KEY (item, slot) REFERENCES queue (item, slot)
) STRICT;
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    item INTEGER NOT NULL REFERENCES item,
    annotator INTEGER NOT NULL REFERENCES annotator,
    kind TEXT NOT NULL CHECK (kind IN ('label', 'skip', 'undo', 'import')),
    value TEXT,
    reason TEXT,
    undoes INTEGER REFERENCES event,
    at REAL NOT NULL,
    seconds REAL,
    batch INTEGER REFERENCES batch,
    round INTEGER REFERENCES round,
    strategy TEXT,
    propensity REAL,
    predicted TEXT,
    proba TEXT,
    CHECK ((kind IN ('label', 'import')) = (value IS NOT NULL)),
    CHECK (kind != 'undo' OR undoes IS NOT NULL)
) STRICT;
CREATE INDEX event_item ON event (item);
CREATE INDEX event_annotator ON event (annotator);
CREATE TABLE current (
    item INTEGER NOT NULL REFERENCES item,
    annotator INTEGER NOT NULL REFERENCES annotator,
    event INTEGER NOT NULL UNIQUE REFERENCES event,
    kind TEXT NOT NULL,
    value TEXT,
    PRIMARY KEY (item, annotator)
) STRICT, WITHOUT ROWID;
CREATE TABLE counter (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    n INTEGER NOT NULL CHECK (n > 0),
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER event_is_not_changed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER event_is_not_deleted BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER event_is_not_replaced BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event WHERE uuid = NEW.uuid OR id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'events are never replaced'); END;
""" + WATCH.lstrip()


def statements(script: str) -> list[str]:
    """Split a script into statements, so that they run in the caller's transaction."""
    found, begun = [], ""
    for line in script.strip().splitlines():
        begun += line + "\n"
        trigger = begun.lstrip().startswith("CREATE TRIGGER")
        if line.endswith("END;" if trigger else ";"):
            found.append(begun)
            begun = ""
    return found
