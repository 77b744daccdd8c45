-- Words are folded and cut in Go; the tokenizer only splits at the spaces in
-- between. Deleted rows keep number and version, see Engine.Delete.
CREATE TABLE IF NOT EXISTS search_document (
    id       INTEGER PRIMARY KEY,
    kind     TEXT    NOT NULL,
    item     INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    deleted  INTEGER NOT NULL,
    audience TEXT    NOT NULL,
    grp      INTEGER NOT NULL,
    board    INTEGER NOT NULL,
    topic    INTEGER NOT NULL,
    author   INTEGER NOT NULL,
    at       INTEGER NOT NULL, -- Unix milliseconds
    lang     TEXT    NOT NULL,
    title    TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    UNIQUE (kind, item)
);

CREATE VIRTUAL TABLE IF NOT EXISTS search_fts USING fts5 (
    title, body,
    content = 'search_document', content_rowid = 'id',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co'",
    prefix = '2 3'
);

-- Deleted words leave the index at once, not at its next merge. It costs two
-- to four milliseconds per edited post, and new posts nothing.
INSERT INTO search_fts (search_fts, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER IF NOT EXISTS search_document_insert AFTER INSERT ON search_document BEGIN
    INSERT INTO search_fts (rowid, title, body) VALUES (new.id, new.title, new.body);
END;

-- Rows are blanked, never deleted, but by Reset, which empties the index too.
CREATE TRIGGER IF NOT EXISTS search_document_update AFTER UPDATE OF title, body ON search_document
WHEN old.title <> new.title OR old.body <> new.body BEGIN
    INSERT INTO search_fts (search_fts, rowid, title, body) VALUES ('delete', old.id, old.title, old.body);
    INSERT INTO search_fts (rowid, title, body) VALUES (new.id, new.title, new.body);
END;
