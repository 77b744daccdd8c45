-- From when on who gave a reason was told that the members of the group read it.
INSERT INTO settings (name, value) SELECT 'told-of-log', CAST(CAST(extract(epoch FROM now()) * 1000000 AS BIGINT) AS TEXT) WHERE EXISTS (SELECT 1 FROM members);
-- How much moderators and administrators did in a year.
CREATE TABLE figures (
  year         BIGINT PRIMARY KEY,
  numbers      TEXT    NOT NULL, -- name to number, as JSON
  made_at      BIGINT NOT NULL,
  published_at BIGINT NOT NULL DEFAULT 0,
  published_by BIGINT NOT NULL DEFAULT 0
);
