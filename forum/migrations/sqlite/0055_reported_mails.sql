-- A mail that was reported, for as long as its case stays: which it was, and nothing of what it said.
CREATE TABLE reported_mails (
  id        INTEGER PRIMARY KEY,
  kind      TEXT    NOT NULL, -- as in deliveries, with ref
  ref       INTEGER NOT NULL,
  member_id INTEGER NOT NULL REFERENCES members(id), -- to whom it came, who reported it
  queued_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX reported_mails_once ON reported_mails (kind, ref, member_id);
