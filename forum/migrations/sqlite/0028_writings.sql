-- What a member has begun to write on the web and not posted. kind: what ref is, "board" (a topic for it), "topic" (an
-- answer), "post" (its change).
CREATE TABLE writings (
  member_id  INTEGER NOT NULL REFERENCES members(id),
  kind       TEXT    NOT NULL,
  ref        INTEGER NOT NULL,
  title      TEXT    NOT NULL,
  source     TEXT    NOT NULL,
  reply_to   INTEGER NOT NULL,
  files      TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (member_id, kind, ref)
);
