-- Names that a member wants to be warned of, as keyed hashes only.

CREATE TABLE parties (
  member_id BIGINT NOT NULL REFERENCES members(id),
  key       TEXT   NOT NULL,
  words     BIGINT NOT NULL,
  added_at  BIGINT NOT NULL,
  PRIMARY KEY (member_id, key)
);
ALTER TABLE groups ADD COLUMN hold_mail BIGINT NOT NULL DEFAULT 0;
