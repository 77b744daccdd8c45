-- Service messages of the body's staff to its members (P10), and which kinds of them a member does not want (P22).

CREATE TABLE circulars (
  id          BIGINT PRIMARY KEY,
  kind        TEXT NOT NULL,
  circle      BIGINT NOT NULL,
  group_id    BIGINT NOT NULL,
  subject     TEXT NOT NULL,
  source      TEXT NOT NULL,
  html        TEXT NOT NULL,
  plain       TEXT NOT NULL,
  markup      BIGINT NOT NULL,
  key         TEXT NOT NULL,
  version     BIGINT NOT NULL DEFAULT 1,
  written_by  BIGINT NOT NULL REFERENCES members(id),
  changed_at  BIGINT NOT NULL,
  sent_by     BIGINT NOT NULL DEFAULT 0,
  sent_at     BIGINT NOT NULL DEFAULT 0,
  people      BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX circulars_key ON circulars (written_by, key);

CREATE TABLE opt_outs (
  id         BIGINT PRIMARY KEY,
  member_id  BIGINT NOT NULL REFERENCES members(id),
  kind       TEXT NOT NULL,
  version    TEXT NOT NULL,
  by_link    BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  ended_at   BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX opt_outs_now ON opt_outs (member_id, kind) WHERE ended_at = 0;
