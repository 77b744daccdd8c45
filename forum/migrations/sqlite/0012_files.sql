-- Files have no audience of their own: their post's is theirs.

CREATE TABLE files (
  id        INTEGER PRIMARY KEY,
  post_id   INTEGER NOT NULL DEFAULT 0,
  author_id INTEGER NOT NULL REFERENCES members(id),
  name      TEXT    NOT NULL,
  format    TEXT    NOT NULL,
  size      INTEGER NOT NULL,
  width     INTEGER NOT NULL,
  height    INTEGER NOT NULL,
  thumb     INTEGER NOT NULL,
  shelf     TEXT    NOT NULL UNIQUE,
  added_at  INTEGER NOT NULL
);
CREATE INDEX files_by_post ON files (post_id);
CREATE INDEX files_by_author ON files (author_id);
ALTER TABLE posts ADD COLUMN files INTEGER NOT NULL DEFAULT 0;
