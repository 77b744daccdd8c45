-- Times are microseconds since 1970, UTC. Ids are made by the program (id.go).
-- reach: 0 public, 1 registered, 2 certified, 3 members of the group reach_of.
-- from_join: 1 when members read only what was said after they joined.

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE members (
  id            INTEGER PRIMARY KEY,
  handle        TEXT   NOT NULL,
  handle_key    TEXT   NOT NULL UNIQUE,
  name          TEXT   NOT NULL,
  title         TEXT   NOT NULL DEFAULT '',
  email         TEXT   NOT NULL,
  email_key     TEXT   NOT NULL UNIQUE,
  password_hash TEXT   NOT NULL,
  standing      INTEGER NOT NULL,
  language      TEXT   NOT NULL DEFAULT 'en',
  zone          TEXT   NOT NULL DEFAULT 'UTC',
  digest_hour   INTEGER NOT NULL DEFAULT 7,
  confirmed_at  INTEGER NOT NULL DEFAULT 0,
  created_at    INTEGER NOT NULL,
  version       INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE registrations (
  member_id        INTEGER PRIMARY KEY REFERENCES members(id),
  business_address TEXT NOT NULL DEFAULT '',
  business_phone   TEXT NOT NULL DEFAULT '',
  other_contact    TEXT NOT NULL DEFAULT ''
);

CREATE TABLE grants (
  member_id  INTEGER NOT NULL REFERENCES members(id),
  role       TEXT   NOT NULL,
  granted_by INTEGER NOT NULL,
  granted_at INTEGER NOT NULL,
  PRIMARY KEY (member_id, role)
);

CREATE TABLE certificates (
  id         INTEGER PRIMARY KEY,
  member_id  INTEGER NOT NULL REFERENCES members(id),
  number     TEXT   NOT NULL UNIQUE,
  from_at    INTEGER NOT NULL,
  until_at   INTEGER NOT NULL,
  decided_by INTEGER NOT NULL,
  decided_at INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX certificates_member ON certificates (member_id, until_at);

CREATE TABLE sessions (
  hash       TEXT   PRIMARY KEY,
  member_id  INTEGER NOT NULL REFERENCES members(id),
  device     TEXT   NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX sessions_member ON sessions (member_id);

CREATE TABLE tokens (
  id         INTEGER PRIMARY KEY,
  purpose    TEXT   NOT NULL,
  member_id  INTEGER NOT NULL,
  address    TEXT   NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX tokens_member ON tokens (member_id, purpose);

CREATE TABLE groups (
  id          INTEGER PRIMARY KEY,
  slug        TEXT   NOT NULL UNIQUE,
  name        TEXT   NOT NULL,
  description TEXT   NOT NULL DEFAULT '',
  visibility  INTEGER NOT NULL,
  joining     INTEGER NOT NULL,
  from_join   INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  version     INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE memberships (
  group_id  INTEGER NOT NULL REFERENCES groups(id),
  member_id INTEGER NOT NULL REFERENCES members(id),
  role      INTEGER NOT NULL DEFAULT 0,
  standing  INTEGER NOT NULL,
  joined_at INTEGER NOT NULL,
  PRIMARY KEY (group_id, member_id)
);
CREATE INDEX memberships_member ON memberships (member_id, standing);

CREATE TABLE boards (
  id          INTEGER PRIMARY KEY,
  group_id    INTEGER NOT NULL REFERENCES groups(id),
  slug        TEXT   NOT NULL,
  name        TEXT   NOT NULL,
  description TEXT   NOT NULL DEFAULT '',
  posting     INTEGER NOT NULL DEFAULT 0,
  position    INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  version     INTEGER NOT NULL DEFAULT 1,
  UNIQUE (group_id, slug)
);

CREATE TABLE topics (
  id           INTEGER PRIMARY KEY,
  board_id     INTEGER NOT NULL REFERENCES boards(id),
  author_id    INTEGER NOT NULL REFERENCES members(id),
  title        TEXT   NOT NULL,
  slug         TEXT   NOT NULL,
  reach        INTEGER NOT NULL,
  reach_of     INTEGER NOT NULL DEFAULT 0,
  from_join    INTEGER NOT NULL DEFAULT 0,
  posted_at    INTEGER NOT NULL,
  last_post_at INTEGER NOT NULL,
  last_n       INTEGER NOT NULL DEFAULT 0,
  pinned       INTEGER NOT NULL DEFAULT 0,
  locked_at    INTEGER NOT NULL DEFAULT 0,
  version      INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX topics_board ON topics (board_id, pinned, last_post_at, id);

CREATE TABLE posts (
  id         INTEGER PRIMARY KEY,
  topic_id   INTEGER NOT NULL REFERENCES topics(id),
  n          INTEGER NOT NULL,
  author_id  INTEGER NOT NULL REFERENCES members(id),
  reply_to   INTEGER NOT NULL DEFAULT 0,
  reach      INTEGER NOT NULL,
  reach_of   INTEGER NOT NULL DEFAULT 0,
  from_join  INTEGER NOT NULL DEFAULT 0,
  via        INTEGER NOT NULL DEFAULT 0,
  source     TEXT   NOT NULL,
  trimmed    TEXT   NOT NULL DEFAULT '',
  html       TEXT   NOT NULL,
  plain      TEXT   NOT NULL,
  markup     INTEGER NOT NULL,
  key        TEXT   NOT NULL,
  posted_at  INTEGER NOT NULL,
  version    INTEGER NOT NULL DEFAULT 1,
  UNIQUE (topic_id, n),
  UNIQUE (author_id, key)
);

CREATE TABLE rooms (
  id         INTEGER PRIMARY KEY,
  group_id   INTEGER NOT NULL REFERENCES groups(id),
  slug       TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  purpose    TEXT   NOT NULL DEFAULT '',
  last_seq   INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  UNIQUE (group_id, slug)
);

CREATE TABLE messages (
  id        INTEGER PRIMARY KEY,
  room_id   INTEGER NOT NULL REFERENCES rooms(id),
  seq       INTEGER NOT NULL,
  author_id INTEGER NOT NULL REFERENCES members(id),
  reach     INTEGER NOT NULL,
  reach_of  INTEGER NOT NULL DEFAULT 0,
  from_join INTEGER NOT NULL DEFAULT 0,
  source    TEXT   NOT NULL,
  html      TEXT   NOT NULL,
  plain     TEXT   NOT NULL,
  markup    INTEGER NOT NULL,
  nonce     TEXT   NOT NULL,
  posted_at INTEGER NOT NULL,
  UNIQUE (room_id, seq),
  UNIQUE (author_id, nonce)
);

CREATE TABLE subscriptions (
  member_id INTEGER NOT NULL REFERENCES members(id),
  board_id  INTEGER NOT NULL REFERENCES boards(id),
  mode      INTEGER NOT NULL,
  since_at  INTEGER NOT NULL,
  PRIMARY KEY (board_id, member_id)
);
CREATE INDEX subscriptions_member ON subscriptions (member_id);

CREATE TABLE acknowledgements (
  id        INTEGER PRIMARY KEY,
  member_id INTEGER NOT NULL REFERENCES members(id),
  group_id  INTEGER NOT NULL REFERENCES groups(id),
  door      INTEGER NOT NULL,
  reach     INTEGER NOT NULL,
  readers   INTEGER NOT NULL,
  wording   TEXT   NOT NULL,
  at        INTEGER NOT NULL
);
CREATE INDEX acknowledgements_member ON acknowledgements (member_id, group_id, door);

CREATE TABLE log_entries (
  id        INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  actor_id  INTEGER NOT NULL,
  act       TEXT   NOT NULL,
  object_id INTEGER NOT NULL,
  group_id  INTEGER NOT NULL DEFAULT 0,
  reason    TEXT   NOT NULL DEFAULT '',
  hash      TEXT   NOT NULL
);
CREATE INDEX log_entries_group ON log_entries (group_id, id);
