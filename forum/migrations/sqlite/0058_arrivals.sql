-- Mails that came, and what became of them. raw is the mail itself, packed; NULL: not kept, or not any more.
CREATE TABLE arrivals (
  id        INTEGER PRIMARY KEY,
  member_id INTEGER NOT NULL DEFAULT 0,
  key       TEXT    NOT NULL,
  group_id  INTEGER NOT NULL DEFAULT 0,
  at        INTEGER NOT NULL,
  fate      TEXT    NOT NULL,
  why       TEXT    NOT NULL DEFAULT '',
  verdict   TEXT    NOT NULL DEFAULT '',
  raw       BLOB,
  UNIQUE (member_id, key)
);
CREATE INDEX arrivals_at ON arrivals (at);
CREATE INDEX arrivals_group ON arrivals (group_id, at);
CREATE INDEX arrivals_held ON arrivals (member_id) WHERE fate = 'held';
