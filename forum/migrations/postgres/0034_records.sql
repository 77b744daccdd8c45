-- What a group's moderators note about a member, for each other.
CREATE TABLE member_notes (
  id        BIGINT PRIMARY KEY,
  group_id  BIGINT NOT NULL,
  about     BIGINT NOT NULL REFERENCES members(id),
  member_id BIGINT NOT NULL REFERENCES members(id), -- who wrote it
  words     TEXT    NOT NULL,
  at        BIGINT NOT NULL
);
CREATE INDEX member_notes_of ON member_notes (group_id, about, id);
-- Words that a group's moderators use again and again.
CREATE TABLE canned (
  id       BIGINT PRIMARY KEY,
  group_id BIGINT NOT NULL,
  title    TEXT    NOT NULL,
  words    TEXT    NOT NULL
);
CREATE INDEX canned_in ON canned (group_id, title);
ALTER TABLE acts ADD COLUMN masked BIGINT NOT NULL DEFAULT 0; -- against what somebody wrote behind a mask: nobody is told of whom
