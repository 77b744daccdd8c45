-- One generation; {} is its number. Words are folded and cut in Go, and become lexemes as they
-- are: no text search configuration of the server takes part. A document's id is its place in
-- time, see placeOf. Deleted rows keep number and version, see Engine.Delete.
CREATE TABLE search_document_{} (
    id       bigint  PRIMARY KEY,
    kind     text    COLLATE "C" NOT NULL,
    item     bigint  NOT NULL,
    version  bigint  NOT NULL,
    deleted  boolean NOT NULL,
    sum      text    NOT NULL,
    audience text    NOT NULL,
    author   bigint  NOT NULL,
    grp      bigint  NOT NULL,
    at       bigint  NOT NULL, -- Unix microseconds
    title    text    NOT NULL,
    body     text    NOT NULL,
    files    text    NOT NULL,
    terms    text    NOT NULL, -- see Doc.marked, and the block
    UNIQUE (kind, item)
);

CREATE INDEX search_lexeme_{} ON search_document_{}
    USING gin (((title || ' ' || body || ' ' || files || ' ' || terms)::tsvector)) WITH (gin_pending_list_limit = 1024);

-- Each word that stands in a document, and one document that holds it.
CREATE TABLE search_word_{} (word text COLLATE "C" PRIMARY KEY, doc bigint NOT NULL);
CREATE INDEX search_word_doc_{} ON search_word_{} (doc);

-- Stretches of time with some thousand documents each: what is common is looked for in the
-- newest ones first.
CREATE TABLE search_block_{} (low bigint PRIMARY KEY, number bigint NOT NULL, documents bigint NOT NULL);

-- Words by spelling, where the extension can be had.
DO $do$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION WHEN OTHERS THEN
    NULL;
END
$do$;
DO $do$
BEGIN
    CREATE INDEX search_spelling_{} ON search_word_{} USING gin (word gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
    NULL;
END
$do$;
