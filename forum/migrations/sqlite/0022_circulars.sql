-- Service messages of the body's staff to its members (P10), and which kinds of them a member does not want (P22).

CREATE TABLE circulars (
  id          INTEGER PRIMARY KEY,
  kind        TEXT NOT NULL,
  circle      INTEGER NOT NULL,
  group_id    INTEGER NOT NULL,
  subject     TEXT NOT NULL,
  source      TEXT NOT NULL,
  html        TEXT NOT NULL,
  plain       TEXT NOT NULL,
  markup      INTEGER NOT NULL,
  key         TEXT NOT NULL,
  version     INTEGER NOT NULL DEFAULT 1,
  written_by  INTEGER NOT NULL REFERENCES members(id),
  changed_at  INTEGER NOT NULL,
  sent_by     INTEGER NOT NULL DEFAULT 0,
  sent_at     INTEGER NOT NULL DEFAULT 0,
  people      INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX circulars_key ON circulars (written_by, key);

CREATE TABLE opt_outs (
  id         INTEGER PRIMARY KEY,
  member_id  INTEGER NOT NULL REFERENCES members(id),
  kind       TEXT NOT NULL,
  version    TEXT NOT NULL,
  by_link    INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  ended_at   INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX opt_outs_now ON opt_outs (member_id, kind) WHERE ended_at = 0;
