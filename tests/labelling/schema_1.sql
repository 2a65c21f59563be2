PRAGMA application_id = 1397443633;
BEGIN TRANSACTION;
CREATE TABLE annotator (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    token_hash BLOB UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'annotator', 'import'))
) STRICT;
INSERT INTO "annotator" VALUES(1,'owner',NULL,'owner');
INSERT INTO "annotator" VALUES(2,'file',NULL,'import');
INSERT INTO "annotator" VALUES(3,'Kim',X'CFBC8C9B8695FA4CD989A7D63DD336EBFC782A7EFDD317CE3AA0EF1BEB723BBA','annotator');
CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    round INTEGER REFERENCES round,
    kind TEXT NOT NULL CHECK (kind IN ('strategy', 'audit', 'cold', 'manual'))
) STRICT;
INSERT INTO "batch" VALUES(1,NULL,'cold');
INSERT INTO "batch" VALUES(2,NULL,'audit');
INSERT INTO "batch" VALUES(3,1,'strategy');
INSERT INTO "batch" VALUES(4,1,'audit');
CREATE TABLE counter (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    n INTEGER NOT NULL CHECK (n > 0),
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
INSERT INTO "counter" VALUES('annotator','1',1);
INSERT INTO "counter" VALUES('annotator','2',1);
INSERT INTO "counter" VALUES('answers','import',1);
INSERT INTO "counter" VALUES('answers','label',1);
INSERT INTO "counter" VALUES('class','a',2);
INSERT INTO "counter" VALUES('items','1',1);
INSERT INTO "counter" VALUES('items','import',1);
CREATE TABLE current (
    item INTEGER NOT NULL REFERENCES item,
    annotator INTEGER NOT NULL REFERENCES annotator,
    event INTEGER NOT NULL UNIQUE REFERENCES event,
    kind TEXT NOT NULL,
    value TEXT,
    PRIMARY KEY (item, annotator)
) STRICT, WITHOUT ROWID;
INSERT INTO "current" VALUES(1,2,1,'import','a');
INSERT INTO "current" VALUES(2,1,3,'label','a');
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
INSERT INTO "event" VALUES(1,'298da97a-ae58-4b6f-9043-0b2db07f4e81',1,2,'import','a',NULL,NULL,1700000001.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(2,'387b1340-8099-4e76-bbcb-0d676b373fe4',2,1,'label','b',NULL,NULL,1700000006.0,2.0,3,1,'Margin',NULL,'a','{"a": 0.7, "b": 0.3}');
INSERT INTO "event" VALUES(3,'879e8c82-a7ab-43ed-b4a9-bed5eb45e073',2,1,'label','a',NULL,NULL,1700000007.0,NULL,3,1,'Margin',NULL,'a','{"a": 0.7, "b": 0.3}');
INSERT INTO "event" VALUES(4,'8e9025c2-ce79-46c7-aa32-8c7cb3af6c89',3,1,'skip',NULL,'unclear',NULL,1700000008.0,NULL,4,1,'Margin',1.0,NULL,NULL);
INSERT INTO "event" VALUES(5,'8919a51f-5c16-432c-8b6e-77edbc733ec8',3,1,'undo',NULL,NULL,4,1700000009.0,NULL,4,1,'Margin',1.0,NULL,NULL);
CREATE TABLE item (
    id INTEGER PRIMARY KEY,
    reserve INTEGER NOT NULL CHECK (reserve IN (0, 1)),
    digest BLOB NOT NULL,
    occurrence INTEGER NOT NULL,
    UNIQUE (digest, occurrence)
) STRICT;
INSERT INTO "item" VALUES(1,0,X'3A9C92F6F804B1E66818D909F2062577',0);
INSERT INTO "item" VALUES(2,0,X'0C5F3DED93603B97CF4047425D6D7B4B',0);
INSERT INTO "item" VALUES(3,1,X'4BD9B7BC60ACF1F5AC81112749B43A7F',0);
INSERT INTO "item" VALUES(4,0,X'581216653586C02C66AD5FB1140862A4',0);
INSERT INTO "item" VALUES(5,0,X'C554E90C80B19477987D4A74657E54D1',0);
CREATE TABLE item_row (
    source INTEGER NOT NULL REFERENCES source,
    row INTEGER NOT NULL,
    item INTEGER NOT NULL REFERENCES item,
    byte_offset INTEGER,
    name TEXT,
    content BLOB,
    PRIMARY KEY (source, row)
) STRICT, WITHOUT ROWID;
INSERT INTO "item_row" VALUES(1,0,1,11,NULL,NULL);
INSERT INTO "item_row" VALUES(1,1,2,17,NULL,NULL);
INSERT INTO "item_row" VALUES(1,2,3,22,NULL,NULL);
INSERT INTO "item_row" VALUES(1,3,4,29,NULL,NULL);
INSERT INTO "item_row" VALUES(1,4,5,35,NULL,NULL);
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
INSERT INTO "lease" VALUES(1,3,0,1,'page',1700000309.0);
CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    schema_version INTEGER NOT NULL,
    store_uuid TEXT NOT NULL,
    task TEXT NOT NULL CHECK (task IN ('classification', 'regression')),
    settings TEXT NOT NULL CHECK (json_valid(settings))
) STRICT;
INSERT INTO "meta" VALUES(1,1,'ecd3846c-e834-4819-9460-a9ca7b0b7e35','classification','{"label": "label", "id": null, "missing": ["", "NaN", "nan"], "classes": ["a", "b"], "overlap": 1, "audit_reserve": 0.25, "seed": 3}');
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
INSERT INTO "queue" VALUES(3,0,4,-1,1.0,NULL,NULL);
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
INSERT INTO "round" VALUES(1,1700000003.0,1700000004.0,'done','Margin','{"n": 1}',0,1,1,'{"seconds": 1.0}',NULL);
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    columns TEXT NOT NULL CHECK (json_valid(columns)),
    n_rows INTEGER NOT NULL
) STRICT;
INSERT INTO "source" VALUES(1,'rows.csv',41,1795725953651451933,'798259f2b6c6bff05ac7268ee9da6c97c69cf2ef28fd833cc48144010576d119','["text", "label"]',5);
CREATE INDEX item_row_item ON item_row (item, source);
CREATE INDEX queue_rank ON queue (rank);
CREATE INDEX event_item ON event (item);
CREATE INDEX event_annotator ON event (annotator);
CREATE TRIGGER event_is_not_changed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER event_is_not_deleted BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER event_is_not_replaced BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event WHERE uuid = NEW.uuid OR id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'events are never replaced'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('event',5);
COMMIT;
