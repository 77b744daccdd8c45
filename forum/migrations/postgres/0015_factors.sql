-- Second factors, steps of logging in, and computers that stay logged in.

ALTER TABLE sessions ADD COLUMN strong BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN computer_id BIGINT NOT NULL DEFAULT 0;

CREATE TABLE authenticators (
  member_id BIGINT PRIMARY KEY REFERENCES members(id),
  secret    TEXT    NOT NULL,
  step      BIGINT NOT NULL,
  added_at  BIGINT NOT NULL,
  used_at   BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
  member_id BIGINT NOT NULL REFERENCES members(id),
  hash      TEXT    NOT NULL,
  made_at   BIGINT NOT NULL,
  used_at   BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (member_id, hash)
);

CREATE TABLE passkeys (
  id         BIGINT PRIMARY KEY,
  member_id  BIGINT NOT NULL REFERENCES members(id),
  name       TEXT    NOT NULL,
  key        TEXT    NOT NULL UNIQUE,
  credential TEXT    NOT NULL,
  added_at   BIGINT NOT NULL,
  used_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX passkeys_member ON passkeys (member_id);

CREATE TABLE login_steps (
  hash       TEXT    PRIMARY KEY,
  member_id  BIGINT NOT NULL REFERENCES members(id),
  tries      BIGINT NOT NULL DEFAULT 0,
  expires_at BIGINT NOT NULL
);
CREATE INDEX login_steps_member ON login_steps (member_id);

CREATE TABLE computers (
  id         BIGINT PRIMARY KEY,
  member_id  BIGINT NOT NULL REFERENCES members(id),
  hash       TEXT    NOT NULL,
  device     TEXT    NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX computers_member ON computers (member_id);
