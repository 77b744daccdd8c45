-- What the doors need: held drafts, the ledger of mail, digests, what was read, limits.

ALTER TABLE topics ADD COLUMN mixed INTEGER NOT NULL DEFAULT 0;

CREATE TABLE consents (
  id           INTEGER PRIMARY KEY,
  member_id    INTEGER NOT NULL REFERENCES members(id),
  purpose      TEXT   NOT NULL,
  version      TEXT   NOT NULL,
  given_at     INTEGER NOT NULL,
  withdrawn_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX consents_member ON consents (member_id, purpose);

CREATE TABLE drafts (
  id          INTEGER PRIMARY KEY,
  member_id   INTEGER NOT NULL REFERENCES members(id),
  board_id    INTEGER NOT NULL REFERENCES boards(id),
  topic_id    INTEGER NOT NULL DEFAULT 0,
  reply_to    INTEGER NOT NULL DEFAULT 0,
  title       TEXT   NOT NULL DEFAULT '',
  source      TEXT   NOT NULL,
  trimmed     TEXT   NOT NULL DEFAULT '',
  door        INTEGER NOT NULL,
  key         TEXT   NOT NULL,
  held_at     INTEGER NOT NULL,
  UNIQUE (member_id, key)
);

CREATE TABLE deliveries (
  kind       TEXT   NOT NULL,
  ref        INTEGER NOT NULL,
  member_id  INTEGER NOT NULL REFERENCES members(id),
  state      INTEGER NOT NULL DEFAULT 0,
  attempts   INTEGER NOT NULL DEFAULT 0,
  queued_at  INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,
  handed_at  INTEGER NOT NULL DEFAULT 0,
  sent_at    INTEGER NOT NULL DEFAULT 0,
  trouble    TEXT   NOT NULL DEFAULT '',
  PRIMARY KEY (kind, ref, member_id)
);
CREATE INDEX deliveries_state ON deliveries (state, due_at);
CREATE INDEX deliveries_member ON deliveries (member_id, queued_at);

CREATE TABLE digests (
  id        INTEGER PRIMARY KEY,
  member_id INTEGER NOT NULL REFERENCES members(id),
  mode      INTEGER NOT NULL,
  day       TEXT   NOT NULL,
  from_at   INTEGER NOT NULL,
  to_at     INTEGER NOT NULL,
  UNIQUE (member_id, mode, day)
);

CREATE TABLE reads (
  member_id INTEGER NOT NULL REFERENCES members(id),
  topic_id  INTEGER NOT NULL REFERENCES topics(id),
  n         INTEGER NOT NULL,
  PRIMARY KEY (member_id, topic_id)
);

CREATE TABLE attempts (
  bucket   TEXT   PRIMARY KEY,
  n        INTEGER NOT NULL,
  until_at INTEGER NOT NULL
);

CREATE TABLE received (
  id         INTEGER PRIMARY KEY,
  member_id  INTEGER NOT NULL REFERENCES members(id),
  at         INTEGER NOT NULL,
  message_id TEXT   NOT NULL,
  verdict    TEXT   NOT NULL,
  outcome    TEXT   NOT NULL,
  object_id  INTEGER NOT NULL DEFAULT 0,
  UNIQUE (member_id, message_id)
);
CREATE INDEX posts_author ON posts (author_id, id);
CREATE INDEX topics_last ON topics (last_post_at, id);
CREATE INDEX memberships_group ON memberships (group_id, standing);
