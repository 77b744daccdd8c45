-- What moderators change of others' posts, and what is taken out of a history.
ALTER TABLE posts ADD COLUMN tended BIGINT NOT NULL DEFAULT 0; -- 1: its words as they stand are by moderators
ALTER TABLE revisions ADD COLUMN act_id BIGINT NOT NULL DEFAULT 0; -- by which it was replaced; 0: by its author
ALTER TABLE revisions ADD COLUMN redacted_at BIGINT NOT NULL DEFAULT 0;
-- What moderators ask administrators to erase for good.
CREATE TABLE erasures (
  id         BIGINT PRIMARY KEY,
  post_id    BIGINT NOT NULL,
  group_id   BIGINT NOT NULL,
  asked_by   BIGINT NOT NULL REFERENCES members(id),
  asked_at   BIGINT NOT NULL,
  reason     TEXT    NOT NULL,
  words      TEXT    NOT NULL,
  decided_by BIGINT NOT NULL DEFAULT 0,
  decided_at BIGINT NOT NULL DEFAULT 0,
  erased     BIGINT NOT NULL DEFAULT 0,
  answer     TEXT    NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX erasures_open ON erasures (post_id) WHERE decided_at = 0;
