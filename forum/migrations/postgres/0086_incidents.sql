-- Breaches of the protection of data (P29): what happened, when the authority was told, and whom it concerns.
CREATE TABLE incidents (
  id           BIGINT PRIMARY KEY,
  title        TEXT   NOT NULL,
  words        TEXT   NOT NULL, -- what happened, and to which data
  effects      TEXT   NOT NULL, -- what may come of it
  measures     TEXT   NOT NULL, -- what is done about it
  found_at     BIGINT NOT NULL,
  opened_by    BIGINT NOT NULL,
  opened_at    BIGINT NOT NULL,
  version      BIGINT NOT NULL DEFAULT 1,
  authority_at BIGINT NOT NULL DEFAULT 0, -- it was told then
  authority    TEXT   NOT NULL DEFAULT '', -- under which number, or why it is not told
  untold       BIGINT NOT NULL DEFAULT 0, -- 1: it is not told, for a reason
  reminded     BIGINT NOT NULL DEFAULT 0, -- 1: a day before the clock ends; 2: it has ended
  sent_at      BIGINT NOT NULL DEFAULT 0,
  sent_by      BIGINT NOT NULL DEFAULT 0,
  closed_at    BIGINT NOT NULL DEFAULT 0,
  picks        TEXT   NOT NULL DEFAULT '', -- the queries by which whom it concerns was picked, one on a line
  key          TEXT   NOT NULL UNIQUE
);
CREATE TABLE incident_people (
  incident_id BIGINT NOT NULL REFERENCES incidents(id),
  member_id   BIGINT NOT NULL,
  picked_at   BIGINT NOT NULL,
  PRIMARY KEY (incident_id, member_id)
);
CREATE TABLE incident_notices (
  incident_id BIGINT NOT NULL REFERENCES incidents(id),
  language    TEXT   NOT NULL,
  subject     TEXT   NOT NULL,
  words       TEXT   NOT NULL,
  changed_by  BIGINT NOT NULL,
  changed_at  BIGINT NOT NULL,
  PRIMARY KEY (incident_id, language)
);
