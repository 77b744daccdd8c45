-- A notice to the moderators of a group that something new waits: one in a while, whatever comes.
CREATE TABLE queue_notices (
  id       INTEGER PRIMARY KEY,
  group_id INTEGER NOT NULL,
  due_at   INTEGER NOT NULL
);
CREATE INDEX queue_notices_of ON queue_notices (group_id, due_at);
-- What mail about queues a moderator wants; without a row: notices, and a summary each day.
CREATE TABLE queue_mail (
  member_id INTEGER PRIMARY KEY REFERENCES members(id),
  notices   INTEGER NOT NULL,
  summary   TEXT    NOT NULL, -- daily, weekly, never
  day       TEXT    NOT NULL DEFAULT '' -- the period of the last summary
);
ALTER TABLE objections ADD COLUMN reminded INTEGER NOT NULL DEFAULT 0;
