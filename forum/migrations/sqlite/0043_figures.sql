-- From when on who gave a reason was told that the members of the group read it.
INSERT INTO settings (name, value) SELECT 'told-of-log', CAST(CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) AS TEXT) WHERE EXISTS (SELECT 1 FROM members);
-- How much moderators and administrators did in a year.
CREATE TABLE figures (
  year         INTEGER PRIMARY KEY,
  numbers      TEXT    NOT NULL, -- name to number, as JSON
  made_at      INTEGER NOT NULL,
  published_at INTEGER NOT NULL DEFAULT 0,
  published_by INTEGER NOT NULL DEFAULT 0
);
