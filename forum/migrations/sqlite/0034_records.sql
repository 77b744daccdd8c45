-- What a group's moderators note about a member, for each other.
CREATE TABLE member_notes (
  id        INTEGER PRIMARY KEY,
  group_id  INTEGER NOT NULL,
  about     INTEGER NOT NULL REFERENCES members(id),
  member_id INTEGER NOT NULL REFERENCES members(id), -- who wrote it
  words     TEXT    NOT NULL,
  at        INTEGER NOT NULL
);
CREATE INDEX member_notes_of ON member_notes (group_id, about, id);
-- Words that a group's moderators use again and again.
CREATE TABLE canned (
  id       INTEGER PRIMARY KEY,
  group_id INTEGER NOT NULL,
  title    TEXT    NOT NULL,
  words    TEXT    NOT NULL
);
CREATE INDEX canned_in ON canned (group_id, title);
ALTER TABLE acts ADD COLUMN masked INTEGER NOT NULL DEFAULT 0; -- against what somebody wrote behind a mask: nobody is told of whom
