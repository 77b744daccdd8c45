-- Doors that two people open together for a while: who wrote something under the Chatham
-- House rule (kind 0), and a group for somebody of the staff (kind 1), whose membership
-- before that is kept to go back to.

CREATE TABLE openings (
  id            INTEGER PRIMARY KEY,
  kind          INTEGER NOT NULL,
  group_id      INTEGER NOT NULL DEFAULT 0, -- kind 1: once it is agreed
  address       TEXT    NOT NULL DEFAULT '', -- kind 1: what the asker typed
  ref_kind      INTEGER NOT NULL DEFAULT 0, -- kind 0: 0 a post, 1 a message
  ref           INTEGER NOT NULL DEFAULT 0,
  reason        TEXT    NOT NULL,
  hours         INTEGER NOT NULL,
  asked_by      INTEGER NOT NULL REFERENCES members(id),
  asked_at      INTEGER NOT NULL,
  agreed_by     INTEGER NOT NULL DEFAULT 0,
  agreed_at     INTEGER NOT NULL DEFAULT 0,
  refused_at    INTEGER NOT NULL DEFAULT 0,
  until_at      INTEGER NOT NULL DEFAULT 0,
  ended_at      INTEGER NOT NULL DEFAULT 0,
  was_standing  INTEGER NOT NULL DEFAULT 0,
  was_role      INTEGER NOT NULL DEFAULT 0,
  was_joined_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX openings_group ON openings (group_id, kind, id);
CREATE INDEX openings_ref ON openings (ref, kind);
CREATE UNIQUE INDEX openings_running ON openings (group_id, asked_by) WHERE kind = 1 AND agreed_at > 0 AND ended_at = 0;

-- Who wrote before this was told that nobody opens anything.
INSERT INTO settings (name, value) SELECT 'told-of-openings', CAST(CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) AS TEXT) WHERE EXISTS (SELECT 1 FROM members);
