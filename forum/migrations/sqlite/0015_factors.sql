-- Second factors, steps of logging in, and computers that stay logged in.

ALTER TABLE sessions ADD COLUMN strong INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN computer_id INTEGER NOT NULL DEFAULT 0;

CREATE TABLE authenticators (
  member_id INTEGER PRIMARY KEY REFERENCES members(id),
  secret    TEXT    NOT NULL,
  step      INTEGER NOT NULL,
  added_at  INTEGER NOT NULL,
  used_at   INTEGER NOT NULL
);

CREATE TABLE recovery_codes (
  member_id INTEGER NOT NULL REFERENCES members(id),
  hash      TEXT    NOT NULL,
  made_at   INTEGER NOT NULL,
  used_at   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (member_id, hash)
);

CREATE TABLE passkeys (
  id         INTEGER PRIMARY KEY,
  member_id  INTEGER NOT NULL REFERENCES members(id),
  name       TEXT    NOT NULL,
  key        TEXT    NOT NULL UNIQUE,
  credential TEXT    NOT NULL,
  added_at   INTEGER NOT NULL,
  used_at    INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX passkeys_member ON passkeys (member_id);

CREATE TABLE login_steps (
  hash       TEXT    PRIMARY KEY,
  member_id  INTEGER NOT NULL REFERENCES members(id),
  tries      INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER NOT NULL
);
CREATE INDEX login_steps_member ON login_steps (member_id);

CREATE TABLE computers (
  id         INTEGER PRIMARY KEY,
  member_id  INTEGER NOT NULL REFERENCES members(id),
  hash       TEXT    NOT NULL,
  device     TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX computers_member ON computers (member_id);
