-- What moderators change of others' posts, and what is taken out of a history.
ALTER TABLE posts ADD COLUMN tended INTEGER NOT NULL DEFAULT 0; -- 1: its words as they stand are by moderators
ALTER TABLE revisions ADD COLUMN act_id INTEGER NOT NULL DEFAULT 0; -- by which it was replaced; 0: by its author
ALTER TABLE revisions ADD COLUMN redacted_at INTEGER NOT NULL DEFAULT 0;
-- What moderators ask administrators to erase for good.
CREATE TABLE erasures (
  id         INTEGER PRIMARY KEY,
  post_id    INTEGER NOT NULL,
  group_id   INTEGER NOT NULL,
  asked_by   INTEGER NOT NULL REFERENCES members(id),
  asked_at   INTEGER NOT NULL,
  reason     TEXT    NOT NULL,
  words      TEXT    NOT NULL,
  decided_by INTEGER NOT NULL DEFAULT 0,
  decided_at INTEGER NOT NULL DEFAULT 0,
  erased     INTEGER NOT NULL DEFAULT 0,
  answer     TEXT    NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX erasures_open ON erasures (post_id) WHERE decided_at = 0;
