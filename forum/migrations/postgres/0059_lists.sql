-- What the owners of a group say about its mail, and mails of people who are no members, which wait for its moderators.
CREATE TABLE lists (
  group_id  BIGINT PRIMARY KEY REFERENCES groups(id),
  strangers BIGINT NOT NULL DEFAULT 0,
  to_author BIGINT NOT NULL DEFAULT 0,
  footer    TEXT    NOT NULL DEFAULT '',
  welcome   TEXT    NOT NULL DEFAULT '',
  goodbye   TEXT    NOT NULL DEFAULT ''
);
CREATE TABLE strangers (
  id       BIGINT PRIMARY KEY,
  group_id BIGINT NOT NULL REFERENCES groups(id),
  board_id BIGINT NOT NULL REFERENCES boards(id),
  address  TEXT    NOT NULL,
  key      TEXT    NOT NULL UNIQUE,
  title    TEXT    NOT NULL,
  source   TEXT    NOT NULL,
  at       BIGINT NOT NULL
);
CREATE INDEX strangers_group ON strangers (group_id, at);
