-- What an authority asks to be given by law (P24): about one member, decided by two.
CREATE TABLE legal_requests (
  id           INTEGER PRIMARY KEY,
  authority    TEXT   NOT NULL,
  basis        TEXT   NOT NULL, -- in law
  reference    TEXT   NOT NULL, -- of theirs
  words        TEXT   NOT NULL, -- what they ask for
  received_at  INTEGER NOT NULL,
  member_id    INTEGER NOT NULL,
  parts        TEXT   NOT NULL, -- what of theirs, space between
  from_at      INTEGER NOT NULL,
  until_at     INTEGER NOT NULL,
  opened_by    INTEGER NOT NULL,
  opened_at    INTEGER NOT NULL,
  outcome      TEXT   NOT NULL DEFAULT '', -- comply, refuse; "": not proposed
  reasons      TEXT   NOT NULL DEFAULT '',
  proposed_by  INTEGER NOT NULL DEFAULT 0,
  proposed_at  INTEGER NOT NULL DEFAULT 0,
  agreed_by    INTEGER NOT NULL DEFAULT 0,
  agreed_at    INTEGER NOT NULL DEFAULT 0,
  silent_until INTEGER NOT NULL, -- until then the law forbids to tell the member; 0: it does not
  silent_why   TEXT   NOT NULL,
  told_at      INTEGER NOT NULL DEFAULT 0,
  bundled_at   INTEGER NOT NULL DEFAULT 0,
  bundled_by   INTEGER NOT NULL DEFAULT 0,
  manifest     TEXT   NOT NULL DEFAULT '', -- hash of the last bundle's
  closed_at    INTEGER NOT NULL DEFAULT 0,
  key          TEXT   NOT NULL UNIQUE
);
CREATE INDEX legal_requests_member ON legal_requests (member_id, closed_at);
