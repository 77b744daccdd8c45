-- What a member has begun to write on the web and not posted. kind: what ref is, "board" (a topic for it), "topic" (an
-- answer), "post" (its change).
CREATE TABLE writings (
  member_id  BIGINT NOT NULL REFERENCES members(id),
  kind       TEXT    NOT NULL,
  ref        BIGINT NOT NULL,
  title      TEXT    NOT NULL,
  source     TEXT    NOT NULL,
  reply_to   BIGINT NOT NULL,
  files      TEXT    NOT NULL,
  version    BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (member_id, kind, ref)
);
