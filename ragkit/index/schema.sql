-- The one truth of an index. Rows of documents and chunks live while added <= sequence < removed;
-- the two columns are also the change log from which lexical/ and dense.faiss catch up.
CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE documents (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL,
    title      TEXT NOT NULL,
    language   TEXT NOT NULL,
    metadata   TEXT NOT NULL,
    warnings   TEXT NOT NULL,
    characters INTEGER NOT NULL,
    added      INTEGER NOT NULL,
    removed    INTEGER,
    text       TEXT NOT NULL
);
CREATE UNIQUE INDEX live_documents ON documents (id) WHERE removed IS NULL;
CREATE INDEX documents_by_removed ON documents (removed) WHERE removed IS NOT NULL;

CREATE TABLE sources (
    source      TEXT PRIMARY KEY,
    document_id TEXT NOT NULL,
    size        INTEGER NOT NULL,
    mtime_ns    INTEGER NOT NULL,
    checked_ns  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sources_of_document ON sources (document_id, source);

CREATE TABLE pages (
    document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    start    INTEGER NOT NULL,
    "end"    INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    label    TEXT NOT NULL,
    width    REAL NOT NULL,
    height   REAL NOT NULL,
    runs     BLOB NOT NULL,
    PRIMARY KEY (document, number)
) WITHOUT ROWID;

CREATE TABLE vectors (
    number INTEGER PRIMARY KEY,
    key    BLOB NOT NULL UNIQUE,
    vector BLOB NOT NULL
);

CREATE TABLE chunks (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL,
    document     INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    document_id  TEXT NOT NULL,
    start        INTEGER NOT NULL,
    "end"        INTEGER NOT NULL,
    heading      TEXT NOT NULL,
    parent_start INTEGER,
    parent_end   INTEGER,
    metadata     TEXT NOT NULL,
    vector       INTEGER NOT NULL REFERENCES vectors (number),
    length       INTEGER NOT NULL,
    added        INTEGER NOT NULL,
    removed      INTEGER,
    terms        TEXT NOT NULL, -- each between two spaces of its own
    text         TEXT NOT NULL
);
CREATE INDEX chunks_of_document ON chunks (document, removed);
CREATE INDEX chunks_by_added ON chunks (added);
CREATE INDEX chunks_by_removed ON chunks (removed) WHERE removed IS NOT NULL;
CREATE INDEX chunks_by_vector ON chunks (vector);
