-- Files have no audience of their own: their post's is theirs.

CREATE TABLE files (
  id        BIGINT PRIMARY KEY,
  post_id   BIGINT NOT NULL DEFAULT 0,
  author_id BIGINT NOT NULL REFERENCES members(id),
  name      TEXT    NOT NULL,
  format    TEXT    NOT NULL,
  size      BIGINT NOT NULL,
  width     BIGINT NOT NULL,
  height    BIGINT NOT NULL,
  thumb     BIGINT NOT NULL,
  shelf     TEXT    NOT NULL UNIQUE,
  added_at  BIGINT NOT NULL
);
CREATE INDEX files_by_post ON files (post_id);
CREATE INDEX files_by_author ON files (author_id);
ALTER TABLE posts ADD COLUMN files BIGINT NOT NULL DEFAULT 0;
