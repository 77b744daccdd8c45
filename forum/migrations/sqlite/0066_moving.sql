-- What was taken out of the archive of another list: by a hash of each mail's Message-ID, the post that was made of it, so that
-- the same mail is one post and answers find it. Without a post: a mail that answers named and that was not there, or the subject
-- of a topic.
CREATE TABLE imported (
  board_id INTEGER NOT NULL REFERENCES boards(id),
  key      TEXT    NOT NULL,
  topic_id INTEGER NOT NULL,
  post_id  INTEGER NOT NULL DEFAULT 0,
  at       INTEGER NOT NULL,
  PRIMARY KEY (board_id, key)
);
-- Addresses under which posts stood before they came here.
CREATE TABLE old_urls (
  path    TEXT    PRIMARY KEY,
  post_id INTEGER NOT NULL
);
-- How who is invited from another list got its mail there.
ALTER TABLE invitations ADD COLUMN mode INTEGER NOT NULL DEFAULT 0;
