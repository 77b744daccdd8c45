-- Topics that are posted later, at a time. post_at: 0 when it was not posted at its time, for the reason in why: it is a draft.

CREATE TABLE scheduled (
  id           INTEGER NOT NULL PRIMARY KEY,
  member_id    INTEGER NOT NULL REFERENCES members(id),
  board_id     INTEGER NOT NULL REFERENCES boards(id),
  title        TEXT    NOT NULL,
  source       TEXT    NOT NULL,
  files        TEXT    NOT NULL,
  tags         TEXT    NOT NULL,
  poll_options TEXT    NOT NULL,
  poll_many    INTEGER NOT NULL,
  poll_secret  INTEGER NOT NULL,
  poll_until   TEXT    NOT NULL,
  told         TEXT    NOT NULL,
  post_at      INTEGER NOT NULL,
  why          TEXT    NOT NULL DEFAULT '',
  changed_at   INTEGER NOT NULL
);
CREATE INDEX scheduled_member ON scheduled (member_id);
CREATE INDEX scheduled_due ON scheduled (post_at) WHERE post_at > 0;
