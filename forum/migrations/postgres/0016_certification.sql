-- From an application to a certificate. state: 0 being filled in, 1 handed in, 2 more is asked
-- for, 3 decided by one and waiting for a second, 4 certified, 5 refused, 6 withdrawn,
-- 7 let lapse.

CREATE TABLE programmes (
  id         BIGINT PRIMARY KEY,
  name       TEXT    NOT NULL,
  added_at   BIGINT NOT NULL,
  retired_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE applications (
  id             BIGINT PRIMARY KEY,
  member_id      BIGINT NOT NULL REFERENCES members(id),
  state          BIGINT NOT NULL DEFAULT 0,
  programme_id   BIGINT NOT NULL DEFAULT 0,
  completed      TEXT    NOT NULL DEFAULT '', -- YYYY-MM, of the programme
  hours          BIGINT NOT NULL DEFAULT 0,
  mediations     BIGINT NOT NULL DEFAULT 0,
  areas          TEXT    NOT NULL DEFAULT '',
  languages      TEXT    NOT NULL DEFAULT '',
  place          TEXT    NOT NULL DEFAULT '',
  conduct        TEXT    NOT NULL DEFAULT '', -- version of the code that was declared
  declared_at    BIGINT NOT NULL DEFAULT 0,
  started_at     BIGINT NOT NULL,
  handed_in_at   BIGINT NOT NULL DEFAULT 0,
  open_parts     TEXT    NOT NULL DEFAULT '', -- that more is asked of
  claimed_by     BIGINT NOT NULL DEFAULT 0,
  claimed_at     BIGINT NOT NULL DEFAULT 0,
  checked        TEXT    NOT NULL DEFAULT '',
  outcome        BIGINT NOT NULL DEFAULT 0, -- the state it is decided to have
  reasons        TEXT    NOT NULL DEFAULT '',
  grant_until    BIGINT NOT NULL DEFAULT 0,
  decided_by     BIGINT NOT NULL DEFAULT 0,
  decided_at     BIGINT NOT NULL DEFAULT 0,
  confirmed_by   BIGINT NOT NULL DEFAULT 0,
  closed_at      BIGINT NOT NULL DEFAULT 0,
  certificate_id BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX applications_open ON applications (member_id) WHERE state <= 3;
CREATE INDEX applications_state ON applications (state, handed_in_at);
CREATE INDEX applications_member ON applications (member_id, id);

-- What was done with an application. inside: for reviewers only.
CREATE TABLE application_steps (
  id             BIGINT PRIMARY KEY,
  application_id BIGINT NOT NULL REFERENCES applications(id),
  member_id      BIGINT NOT NULL,
  act            TEXT    NOT NULL,
  words          TEXT    NOT NULL DEFAULT '',
  inside         BIGINT NOT NULL DEFAULT 0,
  at             BIGINT NOT NULL
);
CREATE INDEX application_steps_of ON application_steps (application_id, id);

CREATE TABLE evidence (
  id             BIGINT PRIMARY KEY,
  application_id BIGINT NOT NULL REFERENCES applications(id),
  member_id      BIGINT NOT NULL REFERENCES members(id),
  name           TEXT    NOT NULL,
  format         TEXT    NOT NULL,
  size           BIGINT NOT NULL,
  shelf          TEXT    NOT NULL UNIQUE,
  added_at       BIGINT NOT NULL
);
CREATE INDEX evidence_of ON evidence (application_id);

CREATE TABLE feedbacks (
  id             BIGINT PRIMARY KEY,
  application_id BIGINT NOT NULL REFERENCES applications(id),
  member_id      BIGINT NOT NULL DEFAULT 0, -- whose the address was, if a member's
  name           TEXT    NOT NULL,
  address        TEXT    NOT NULL,
  address_key    TEXT    NOT NULL,
  asked_at       BIGINT NOT NULL,
  written_at     BIGINT NOT NULL DEFAULT 0,
  declined_at    BIGINT NOT NULL DEFAULT 0,
  cancelled_at   BIGINT NOT NULL DEFAULT 0,
  words          TEXT    NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX feedbacks_standing ON feedbacks (application_id) WHERE declined_at = 0 AND cancelled_at = 0;

-- open_until_at: the end with its days of grace, when the doors close. reminded: the last
-- reminder, in days before the end; 100: none yet. listed: what the public page shows.
ALTER TABLE certificates ADD COLUMN open_until_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE certificates ADD COLUMN suspended_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE certificates ADD COLUMN suspended_why TEXT NOT NULL DEFAULT '';
ALTER TABLE certificates ADD COLUMN reminded BIGINT NOT NULL DEFAULT 100;
ALTER TABLE certificates ADD COLUMN listed TEXT NOT NULL DEFAULT '';
UPDATE certificates SET open_until_at = until_at;
UPDATE certificates SET reminded = 0 WHERE ended_at > 0;
DROP INDEX certificates_ended;
CREATE INDEX certificates_ended ON certificates (ended_at, open_until_at);
DROP INDEX certificates_member;
CREATE INDEX certificates_member ON certificates (member_id, open_until_at);

-- Who looked at an application is asked of the log.
CREATE INDEX log_entries_object ON log_entries (object_id, act);
