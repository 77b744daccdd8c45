-- A talk: a hidden group of two to eight with one room and nobody above its members. 0: an ordinary group; 1: it goes on; 2: nobody
-- says anything there any more. talk_key is the mark of the form that began it, under a hash.
ALTER TABLE groups ADD COLUMN talk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN talk_key TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX groups_talk_key ON groups (talk_key) WHERE talk_key <> '';
-- Who does not want to be invited to talks at all.
ALTER TABLE members ADD COLUMN no_talks INTEGER NOT NULL DEFAULT 0;
-- Whom a member does not want to talk with.
CREATE TABLE blocks (
  member_id  INTEGER NOT NULL REFERENCES members(id),
  blocked_id INTEGER NOT NULL REFERENCES members(id),
  since_at   INTEGER NOT NULL,
  PRIMARY KEY (member_id, blocked_id)
);
-- What who reports a message of a talk hands over of it: copies, since nobody of the staff reads there.
CREATE TABLE report_words (
  report_id  INTEGER NOT NULL REFERENCES reports(id),
  message_id INTEGER NOT NULL,
  author_id  INTEGER NOT NULL REFERENCES members(id),
  words      TEXT NOT NULL,
  said_at    INTEGER NOT NULL,
  PRIMARY KEY (report_id, message_id)
);
-- Who chose of what they are told is told of talks.
UPDATE news_choices SET in_app = in_app + 128;
