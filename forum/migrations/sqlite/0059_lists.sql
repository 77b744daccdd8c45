-- What the owners of a group say about its mail, and mails of people who are no members, which wait for its moderators.
CREATE TABLE lists (
  group_id  INTEGER PRIMARY KEY REFERENCES groups(id),
  strangers INTEGER NOT NULL DEFAULT 0,
  to_author INTEGER NOT NULL DEFAULT 0,
  footer    TEXT    NOT NULL DEFAULT '',
  welcome   TEXT    NOT NULL DEFAULT '',
  goodbye   TEXT    NOT NULL DEFAULT ''
);
CREATE TABLE strangers (
  id       INTEGER PRIMARY KEY,
  group_id INTEGER NOT NULL REFERENCES groups(id),
  board_id INTEGER NOT NULL REFERENCES boards(id),
  address  TEXT    NOT NULL,
  key      TEXT    NOT NULL UNIQUE,
  title    TEXT    NOT NULL,
  source   TEXT    NOT NULL,
  at       INTEGER NOT NULL
);
CREATE INDEX strangers_group ON strangers (group_id, at);
