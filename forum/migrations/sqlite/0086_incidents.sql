-- Breaches of the protection of data (P29): what happened, when the authority was told, and whom it concerns.
CREATE TABLE incidents (
  id           INTEGER PRIMARY KEY,
  title        TEXT   NOT NULL,
  words        TEXT   NOT NULL, -- what happened, and to which data
  effects      TEXT   NOT NULL, -- what may come of it
  measures     TEXT   NOT NULL, -- what is done about it
  found_at     INTEGER NOT NULL,
  opened_by    INTEGER NOT NULL,
  opened_at    INTEGER NOT NULL,
  version      INTEGER NOT NULL DEFAULT 1,
  authority_at INTEGER NOT NULL DEFAULT 0, -- it was told then
  authority    TEXT   NOT NULL DEFAULT '', -- under which number, or why it is not told
  untold       INTEGER NOT NULL DEFAULT 0, -- 1: it is not told, for a reason
  reminded     INTEGER NOT NULL DEFAULT 0, -- 1: a day before the clock ends; 2: it has ended
  sent_at      INTEGER NOT NULL DEFAULT 0,
  sent_by      INTEGER NOT NULL DEFAULT 0,
  closed_at    INTEGER NOT NULL DEFAULT 0,
  picks        TEXT   NOT NULL DEFAULT '', -- the queries by which whom it concerns was picked, one on a line
  key          TEXT   NOT NULL UNIQUE
);
CREATE TABLE incident_people (
  incident_id INTEGER NOT NULL REFERENCES incidents(id),
  member_id   INTEGER NOT NULL,
  picked_at   INTEGER NOT NULL,
  PRIMARY KEY (incident_id, member_id)
);
CREATE TABLE incident_notices (
  incident_id INTEGER NOT NULL REFERENCES incidents(id),
  language    TEXT   NOT NULL,
  subject     TEXT   NOT NULL,
  words       TEXT   NOT NULL,
  changed_by  INTEGER NOT NULL,
  changed_at  INTEGER NOT NULL,
  PRIMARY KEY (incident_id, language)
);
