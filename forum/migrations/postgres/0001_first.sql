-- Times are microseconds since 1970, UTC. Ids are made by the program (id.go).
-- reach: 0 public, 1 registered, 2 certified, 3 members of the group reach_of.
-- from_join: 1 when members read only what was said after they joined.

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE members (
  id            BIGINT PRIMARY KEY,
  handle        TEXT   NOT NULL,
  handle_key    TEXT   NOT NULL UNIQUE,
  name          TEXT   NOT NULL,
  title         TEXT   NOT NULL DEFAULT '',
  email         TEXT   NOT NULL,
  email_key     TEXT   NOT NULL UNIQUE,
  password_hash TEXT   NOT NULL,
  standing      BIGINT NOT NULL,
  language      TEXT   NOT NULL DEFAULT 'en',
  zone          TEXT   NOT NULL DEFAULT 'UTC',
  digest_hour   BIGINT NOT NULL DEFAULT 7,
  confirmed_at  BIGINT NOT NULL DEFAULT 0,
  created_at    BIGINT NOT NULL,
  version       BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE registrations (
  member_id        BIGINT PRIMARY KEY REFERENCES members(id),
  business_address TEXT NOT NULL DEFAULT '',
  business_phone   TEXT NOT NULL DEFAULT '',
  other_contact    TEXT NOT NULL DEFAULT ''
);

CREATE TABLE grants (
  member_id  BIGINT NOT NULL REFERENCES members(id),
  role       TEXT   NOT NULL,
  granted_by BIGINT NOT NULL,
  granted_at BIGINT NOT NULL,
  PRIMARY KEY (member_id, role)
);

CREATE TABLE certificates (
  id         BIGINT PRIMARY KEY,
  member_id  BIGINT NOT NULL REFERENCES members(id),
  number     TEXT   NOT NULL UNIQUE,
  from_at    BIGINT NOT NULL,
  until_at   BIGINT NOT NULL,
  decided_by BIGINT NOT NULL,
  decided_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX certificates_member ON certificates (member_id, until_at);

CREATE TABLE sessions (
  hash       TEXT   PRIMARY KEY,
  member_id  BIGINT NOT NULL REFERENCES members(id),
  device     TEXT   NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_member ON sessions (member_id);

CREATE TABLE tokens (
  id         BIGINT PRIMARY KEY,
  purpose    TEXT   NOT NULL,
  member_id  BIGINT NOT NULL,
  address    TEXT   NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX tokens_member ON tokens (member_id, purpose);

CREATE TABLE groups (
  id          BIGINT PRIMARY KEY,
  slug        TEXT   NOT NULL UNIQUE,
  name        TEXT   NOT NULL,
  description TEXT   NOT NULL DEFAULT '',
  visibility  BIGINT NOT NULL,
  joining     BIGINT NOT NULL,
  from_join   BIGINT NOT NULL DEFAULT 0,
  created_at  BIGINT NOT NULL,
  version     BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE memberships (
  group_id  BIGINT NOT NULL REFERENCES groups(id),
  member_id BIGINT NOT NULL REFERENCES members(id),
  role      BIGINT NOT NULL DEFAULT 0,
  standing  BIGINT NOT NULL,
  joined_at BIGINT NOT NULL,
  PRIMARY KEY (group_id, member_id)
);
CREATE INDEX memberships_member ON memberships (member_id, standing);

CREATE TABLE boards (
  id          BIGINT PRIMARY KEY,
  group_id    BIGINT NOT NULL REFERENCES groups(id),
  slug        TEXT   NOT NULL,
  name        TEXT   NOT NULL,
  description TEXT   NOT NULL DEFAULT '',
  posting     BIGINT NOT NULL DEFAULT 0,
  position    BIGINT NOT NULL DEFAULT 0,
  created_at  BIGINT NOT NULL,
  version     BIGINT NOT NULL DEFAULT 1,
  UNIQUE (group_id, slug)
);

CREATE TABLE topics (
  id           BIGINT PRIMARY KEY,
  board_id     BIGINT NOT NULL REFERENCES boards(id),
  author_id    BIGINT NOT NULL REFERENCES members(id),
  title        TEXT   NOT NULL,
  slug         TEXT   NOT NULL,
  reach        BIGINT NOT NULL,
  reach_of     BIGINT NOT NULL DEFAULT 0,
  from_join    BIGINT NOT NULL DEFAULT 0,
  posted_at    BIGINT NOT NULL,
  last_post_at BIGINT NOT NULL,
  last_n       BIGINT NOT NULL DEFAULT 0,
  pinned       BIGINT NOT NULL DEFAULT 0,
  locked_at    BIGINT NOT NULL DEFAULT 0,
  version      BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX topics_board ON topics (board_id, pinned, last_post_at, id);

CREATE TABLE posts (
  id         BIGINT PRIMARY KEY,
  topic_id   BIGINT NOT NULL REFERENCES topics(id),
  n          BIGINT NOT NULL,
  author_id  BIGINT NOT NULL REFERENCES members(id),
  reply_to   BIGINT NOT NULL DEFAULT 0,
  reach      BIGINT NOT NULL,
  reach_of   BIGINT NOT NULL DEFAULT 0,
  from_join  BIGINT NOT NULL DEFAULT 0,
  via        BIGINT NOT NULL DEFAULT 0,
  source     TEXT   NOT NULL,
  trimmed    TEXT   NOT NULL DEFAULT '',
  html       TEXT   NOT NULL,
  plain      TEXT   NOT NULL,
  markup     BIGINT NOT NULL,
  key        TEXT   NOT NULL,
  posted_at  BIGINT NOT NULL,
  version    BIGINT NOT NULL DEFAULT 1,
  UNIQUE (topic_id, n),
  UNIQUE (author_id, key)
);

CREATE TABLE rooms (
  id         BIGINT PRIMARY KEY,
  group_id   BIGINT NOT NULL REFERENCES groups(id),
  slug       TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  purpose    TEXT   NOT NULL DEFAULT '',
  last_seq   BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  UNIQUE (group_id, slug)
);

CREATE TABLE messages (
  id        BIGINT PRIMARY KEY,
  room_id   BIGINT NOT NULL REFERENCES rooms(id),
  seq       BIGINT NOT NULL,
  author_id BIGINT NOT NULL REFERENCES members(id),
  reach     BIGINT NOT NULL,
  reach_of  BIGINT NOT NULL DEFAULT 0,
  from_join BIGINT NOT NULL DEFAULT 0,
  source    TEXT   NOT NULL,
  html      TEXT   NOT NULL,
  plain     TEXT   NOT NULL,
  markup    BIGINT NOT NULL,
  nonce     TEXT   NOT NULL,
  posted_at BIGINT NOT NULL,
  UNIQUE (room_id, seq),
  UNIQUE (author_id, nonce)
);

CREATE TABLE subscriptions (
  member_id BIGINT NOT NULL REFERENCES members(id),
  board_id  BIGINT NOT NULL REFERENCES boards(id),
  mode      BIGINT NOT NULL,
  since_at  BIGINT NOT NULL,
  PRIMARY KEY (board_id, member_id)
);
CREATE INDEX subscriptions_member ON subscriptions (member_id);

CREATE TABLE acknowledgements (
  id        BIGINT PRIMARY KEY,
  member_id BIGINT NOT NULL REFERENCES members(id),
  group_id  BIGINT NOT NULL REFERENCES groups(id),
  door      BIGINT NOT NULL,
  reach     BIGINT NOT NULL,
  readers   BIGINT NOT NULL,
  wording   TEXT   NOT NULL,
  at        BIGINT NOT NULL
);
CREATE INDEX acknowledgements_member ON acknowledgements (member_id, group_id, door);

CREATE TABLE log_entries (
  id        BIGINT PRIMARY KEY,
  at        BIGINT NOT NULL,
  actor_id  BIGINT NOT NULL,
  act       TEXT   NOT NULL,
  object_id BIGINT NOT NULL,
  group_id  BIGINT NOT NULL DEFAULT 0,
  reason    TEXT   NOT NULL DEFAULT '',
  hash      TEXT   NOT NULL
);
CREATE INDEX log_entries_group ON log_entries (group_id, id);
