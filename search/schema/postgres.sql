-- Words are folded and cut in Go, which also makes the vector: no text search
-- configuration of the server takes part. Deleted rows keep number and
-- version, see Engine.Delete.
CREATE TABLE IF NOT EXISTS search_document (
    id       bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     text     NOT NULL,
    item     bigint   NOT NULL,
    version  bigint   NOT NULL,
    deleted  boolean  NOT NULL,
    audience text     NOT NULL,
    grp      bigint   NOT NULL,
    board    bigint   NOT NULL,
    topic    bigint   NOT NULL,
    author   bigint   NOT NULL,
    at       bigint   NOT NULL, -- Unix milliseconds
    lang     text     NOT NULL,
    words    tsvector NOT NULL,
    UNIQUE (kind, item)
);

CREATE INDEX IF NOT EXISTS search_document_words ON search_document USING gin (words);
