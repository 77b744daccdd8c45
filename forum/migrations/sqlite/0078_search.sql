-- What the search engine holds of these is old: the same thing is noted once, under the number of the last time. Owed: only an engine that is away has not heard of it.
CREATE TABLE search_marks (
    stamp INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    item BIGINT NOT NULL,
    at BIGINT NOT NULL,
    owed BIGINT NOT NULL DEFAULT 0,
    UNIQUE (kind, item)
);
CREATE INDEX search_marks_owed ON search_marks (owed, stamp);

-- What a member looked for lately, and what they keep to look for again; query is the address of the page of what is found.
CREATE TABLE searches (
    id BIGINT PRIMARY KEY,
    member_id BIGINT NOT NULL REFERENCES members (id),
    query TEXT NOT NULL,
    name TEXT NOT NULL,
    kept BIGINT NOT NULL,
    tells BIGINT NOT NULL DEFAULT 0,
    used_at BIGINT NOT NULL,
    looked_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX searches_query ON searches (member_id, kept, query);
CREATE INDEX searches_tell ON searches (looked_at) WHERE tells <> 0;
ALTER TABLE members ADD COLUMN no_recent BIGINT NOT NULL DEFAULT 0;
-- Who chose what they are told of before there was this reason is told of it.
UPDATE news_choices SET in_app = in_app | 256, by_mail = by_mail | 256;

-- How far the search engine has heard of what was said in a room, and of what changed of it.
ALTER TABLE rooms ADD COLUMN searched_seq BIGINT NOT NULL DEFAULT 0;
