-- What the doors need: held drafts, the ledger of mail, digests, what was read, limits.

ALTER TABLE topics ADD COLUMN mixed BIGINT NOT NULL DEFAULT 0;

CREATE TABLE consents (
  id           BIGINT PRIMARY KEY,
  member_id    BIGINT NOT NULL REFERENCES members(id),
  purpose      TEXT   NOT NULL,
  version      TEXT   NOT NULL,
  given_at     BIGINT NOT NULL,
  withdrawn_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX consents_member ON consents (member_id, purpose);

CREATE TABLE drafts (
  id          BIGINT PRIMARY KEY,
  member_id   BIGINT NOT NULL REFERENCES members(id),
  board_id    BIGINT NOT NULL REFERENCES boards(id),
  topic_id    BIGINT NOT NULL DEFAULT 0,
  reply_to    BIGINT NOT NULL DEFAULT 0,
  title       TEXT   NOT NULL DEFAULT '',
  source      TEXT   NOT NULL,
  trimmed     TEXT   NOT NULL DEFAULT '',
  door        BIGINT NOT NULL,
  key         TEXT   NOT NULL,
  held_at     BIGINT NOT NULL,
  UNIQUE (member_id, key)
);

CREATE TABLE deliveries (
  kind       TEXT   NOT NULL,
  ref        BIGINT NOT NULL,
  member_id  BIGINT NOT NULL REFERENCES members(id),
  state      BIGINT NOT NULL DEFAULT 0,
  attempts   BIGINT NOT NULL DEFAULT 0,
  queued_at  BIGINT NOT NULL,
  due_at     BIGINT NOT NULL,
  handed_at  BIGINT NOT NULL DEFAULT 0,
  sent_at    BIGINT NOT NULL DEFAULT 0,
  trouble    TEXT   NOT NULL DEFAULT '',
  PRIMARY KEY (kind, ref, member_id)
);
CREATE INDEX deliveries_state ON deliveries (state, due_at);
CREATE INDEX deliveries_member ON deliveries (member_id, queued_at);

CREATE TABLE digests (
  id        BIGINT PRIMARY KEY,
  member_id BIGINT NOT NULL REFERENCES members(id),
  mode      BIGINT NOT NULL,
  day       TEXT   NOT NULL,
  from_at   BIGINT NOT NULL,
  to_at     BIGINT NOT NULL,
  UNIQUE (member_id, mode, day)
);

CREATE TABLE reads (
  member_id BIGINT NOT NULL REFERENCES members(id),
  topic_id  BIGINT NOT NULL REFERENCES topics(id),
  n         BIGINT NOT NULL,
  PRIMARY KEY (member_id, topic_id)
);

CREATE TABLE attempts (
  bucket   TEXT   PRIMARY KEY,
  n        BIGINT NOT NULL,
  until_at BIGINT NOT NULL
);

CREATE TABLE received (
  id         BIGINT PRIMARY KEY,
  member_id  BIGINT NOT NULL REFERENCES members(id),
  at         BIGINT NOT NULL,
  message_id TEXT   NOT NULL,
  verdict    TEXT   NOT NULL,
  outcome    TEXT   NOT NULL,
  object_id  BIGINT NOT NULL DEFAULT 0,
  UNIQUE (member_id, message_id)
);
CREATE INDEX posts_author ON posts (author_id, id);
CREATE INDEX topics_last ON topics (last_post_at, id);
CREATE INDEX memberships_group ON memberships (group_id, standing);
