-- One generation; {} is its number. Words are folded and cut in Go; the tokenizer only splits
-- at the spaces in between. A document's id is its place in time, see placeOf, so that what
-- is newest is found first. Deleted rows keep number and version, see Engine.Delete.
CREATE TABLE search_document_{} (
    id       INTEGER PRIMARY KEY,
    kind     TEXT    NOT NULL,
    item     INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    deleted  INTEGER NOT NULL,
    sum      TEXT    NOT NULL,
    audience TEXT    NOT NULL,
    author   INTEGER NOT NULL,
    grp      INTEGER NOT NULL,
    at       INTEGER NOT NULL, -- Unix microseconds
    title    TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    files    TEXT    NOT NULL,
    terms    TEXT    NOT NULL, -- see Doc.marked
    UNIQUE (kind, item)
);

CREATE VIRTUAL TABLE search_fts_{} USING fts5 (
    title, body, files, terms,
    content = 'search_document_{}', content_rowid = 'id',
    tokenize = 'ascii', columnsize = 0
);

-- Deleted words leave the index at once, not at its next merge. It costs two
-- to four milliseconds per edited post, and new posts nothing.
INSERT INTO search_fts_{} (search_fts_{}, rank) VALUES ('secure-delete', 1);

-- Fewer merges: new posts cost less, and a search a little more.
INSERT INTO search_fts_{} (search_fts_{}, rank) VALUES ('automerge', 12);

CREATE TRIGGER search_insert_{} AFTER INSERT ON search_document_{} WHEN new.terms <> '' BEGIN
    INSERT INTO search_fts_{} (rowid, title, body, files, terms) VALUES (new.id, new.title, new.body, new.files, new.terms);
END;

-- Rows are blanked, never deleted, until the generation goes.
CREATE TRIGGER search_update_{} AFTER UPDATE ON search_document_{}
WHEN old.id <> new.id OR old.title <> new.title OR old.body <> new.body OR old.files <> new.files OR old.terms <> new.terms BEGIN
    INSERT INTO search_fts_{} (search_fts_{}, rowid, title, body, files, terms)
        SELECT 'delete', old.id, old.title, old.body, old.files, old.terms WHERE old.terms <> '';
    INSERT INTO search_fts_{} (rowid, title, body, files, terms)
        SELECT new.id, new.title, new.body, new.files, new.terms WHERE new.terms <> '';
END;

-- Each word that stands in a document, and one document that holds it.
CREATE TABLE search_word_{} (word TEXT PRIMARY KEY, doc INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX search_word_doc_{} ON search_word_{} (doc);
