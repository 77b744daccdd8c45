-- Topics that are posted later, at a time. post_at: 0 when it was not posted at its time, for the reason in why: it is a draft.

CREATE TABLE scheduled (
  id           BIGINT NOT NULL PRIMARY KEY,
  member_id    BIGINT NOT NULL REFERENCES members(id),
  board_id     BIGINT NOT NULL REFERENCES boards(id),
  title        TEXT    NOT NULL,
  source       TEXT    NOT NULL,
  files        TEXT    NOT NULL,
  tags         TEXT    NOT NULL,
  poll_options TEXT    NOT NULL,
  poll_many    BIGINT NOT NULL,
  poll_secret  BIGINT NOT NULL,
  poll_until   TEXT    NOT NULL,
  told         TEXT    NOT NULL,
  post_at      BIGINT NOT NULL,
  why          TEXT    NOT NULL DEFAULT '',
  changed_at   BIGINT NOT NULL
);
CREATE INDEX scheduled_member ON scheduled (member_id);
CREATE INDEX scheduled_due ON scheduled (post_at) WHERE post_at > 0;
