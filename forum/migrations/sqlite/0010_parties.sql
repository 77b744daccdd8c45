-- Names that a member wants to be warned of, as keyed hashes only.

CREATE TABLE parties (
  member_id INTEGER NOT NULL REFERENCES members(id),
  key       TEXT   NOT NULL,
  words     INTEGER NOT NULL,
  added_at  INTEGER NOT NULL,
  PRIMARY KEY (member_id, key)
);
ALTER TABLE groups ADD COLUMN hold_mail INTEGER NOT NULL DEFAULT 0;
