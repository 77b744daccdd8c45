-- What a group's owners want looked at before others read it.
ALTER TABLE groups ADD COLUMN vet_first INTEGER NOT NULL DEFAULT 0; -- so many posts of a newcomer
ALTER TABLE groups ADD COLUMN vet_all INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN watched TEXT NOT NULL DEFAULT ''; -- words and domains, one a line
ALTER TABLE memberships ADD COLUMN vetted_until INTEGER NOT NULL DEFAULT 0;
-- A post that waits for the moderators of a group: with the audience its writer was told. What comes back to its
-- writer becomes a draft of the same number.
CREATE TABLE waiting (
  id         INTEGER PRIMARY KEY,
  member_id  INTEGER NOT NULL REFERENCES members(id),
  group_id   INTEGER NOT NULL,
  board_id   INTEGER NOT NULL,
  topic_id   INTEGER NOT NULL, -- 0: a new topic
  reply_to   INTEGER NOT NULL,
  title      TEXT    NOT NULL,
  source     TEXT    NOT NULL,
  trimmed    TEXT    NOT NULL,
  door       INTEGER NOT NULL,
  key        TEXT    NOT NULL,
  reach      INTEGER NOT NULL,
  reach_of   INTEGER NOT NULL,
  from_join  INTEGER NOT NULL,
  told       TEXT    NOT NULL, -- the wording of who reads it
  class      INTEGER NOT NULL,
  why        TEXT    NOT NULL, -- first, all, member, watched
  at         INTEGER NOT NULL,
  claimed_by INTEGER NOT NULL DEFAULT 0,
  claimed_at INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX waiting_key ON waiting (member_id, key);
CREATE INDEX waiting_in ON waiting (group_id, id);
ALTER TABLE files ADD COLUMN waiting_id INTEGER NOT NULL DEFAULT 0; -- what waits, or the draft, that it is for
CREATE INDEX files_waiting ON files (waiting_id);
