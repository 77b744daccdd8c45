-- What a group's owners want looked at before others read it.
ALTER TABLE groups ADD COLUMN vet_first BIGINT NOT NULL DEFAULT 0; -- so many posts of a newcomer
ALTER TABLE groups ADD COLUMN vet_all BIGINT NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN watched TEXT NOT NULL DEFAULT ''; -- words and domains, one a line
ALTER TABLE memberships ADD COLUMN vetted_until BIGINT NOT NULL DEFAULT 0;
-- A post that waits for the moderators of a group: with the audience its writer was told. What comes back to its
-- writer becomes a draft of the same number.
CREATE TABLE waiting (
  id         BIGINT PRIMARY KEY,
  member_id  BIGINT NOT NULL REFERENCES members(id),
  group_id   BIGINT NOT NULL,
  board_id   BIGINT NOT NULL,
  topic_id   BIGINT NOT NULL, -- 0: a new topic
  reply_to   BIGINT NOT NULL,
  title      TEXT    NOT NULL,
  source     TEXT    NOT NULL,
  trimmed    TEXT    NOT NULL,
  door       BIGINT NOT NULL,
  key        TEXT    NOT NULL,
  reach      BIGINT NOT NULL,
  reach_of   BIGINT NOT NULL,
  from_join  BIGINT NOT NULL,
  told       TEXT    NOT NULL, -- the wording of who reads it
  class      BIGINT NOT NULL,
  why        TEXT    NOT NULL, -- first, all, member, watched
  at         BIGINT NOT NULL,
  claimed_by BIGINT NOT NULL DEFAULT 0,
  claimed_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX waiting_key ON waiting (member_id, key);
CREATE INDEX waiting_in ON waiting (group_id, id);
ALTER TABLE files ADD COLUMN waiting_id BIGINT NOT NULL DEFAULT 0; -- what waits, or the draft, that it is for
CREATE INDEX files_waiting ON files (waiting_id);
