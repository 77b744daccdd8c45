-- A case is what somebody reported, and the moderators of a group look at, or administrators of the body.
CREATE TABLE cases (
  id         INTEGER PRIMARY KEY,
  kind       INTEGER NOT NULL, -- of what was reported: 0 a post, 1 a message, 2 a member
  ref        INTEGER NOT NULL,
  group_id   INTEGER NOT NULL, -- 0: the body's
  about      INTEGER NOT NULL, -- whose it is, who never looks at it
  opened_at  INTEGER NOT NULL,
  claimed_by INTEGER NOT NULL DEFAULT 0,
  claimed_at INTEGER NOT NULL DEFAULT 0,
  closed_by  INTEGER NOT NULL DEFAULT 0,
  closed_at  INTEGER NOT NULL DEFAULT 0,
  outcome    TEXT    NOT NULL DEFAULT '', -- '': open
  answer     TEXT    NOT NULL DEFAULT ''  -- words to those who reported it
);
CREATE UNIQUE INDEX cases_open ON cases (kind, ref) WHERE closed_at = 0;
CREATE INDEX cases_of ON cases (group_id, closed_at, id);
CREATE TABLE reports (
  id        INTEGER PRIMARY KEY,
  case_id   INTEGER NOT NULL REFERENCES cases(id),
  member_id INTEGER NOT NULL REFERENCES members(id),
  reason    TEXT    NOT NULL,
  words     TEXT    NOT NULL,
  at        INTEGER NOT NULL
);
CREATE UNIQUE INDEX reports_once ON reports (case_id, member_id);
CREATE INDEX reports_by ON reports (member_id, id);
CREATE TABLE case_notes (
  id        INTEGER PRIMARY KEY,
  case_id   INTEGER NOT NULL REFERENCES cases(id),
  member_id INTEGER NOT NULL REFERENCES members(id),
  words     TEXT    NOT NULL,
  at        INTEGER NOT NULL
);
CREATE INDEX case_notes_of ON case_notes (case_id, id);

-- An act of moderators against what somebody wrote, or a person: what their statement of reasons says.
CREATE TABLE acts (
  id        INTEGER PRIMARY KEY,
  kind      TEXT    NOT NULL, -- hide, warn, mute, suspend
  group_id  INTEGER NOT NULL, -- 0: the body's
  member_id INTEGER NOT NULL REFERENCES members(id),
  post_id   INTEGER NOT NULL DEFAULT 0,
  reason    TEXT    NOT NULL,
  words     TEXT    NOT NULL,
  by_member INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  until_at  INTEGER NOT NULL DEFAULT 0, -- 0: until it is lifted
  lifted_at INTEGER NOT NULL DEFAULT 0,
  lifted_by INTEGER NOT NULL DEFAULT 0  -- 0: by the clock
);
CREATE INDEX acts_of ON acts (member_id, id);
CREATE INDEX acts_in ON acts (group_id, kind, lifted_at);
-- What a hidden post was before: for whom, and what its topic was called if it opened it.
CREATE TABLE hidden (
  post_id   INTEGER PRIMARY KEY REFERENCES posts(id),
  act_id    INTEGER NOT NULL REFERENCES acts(id),
  reach     INTEGER NOT NULL,
  reach_of  INTEGER NOT NULL,
  from_join INTEGER NOT NULL,
  posted_at INTEGER NOT NULL,
  topic_id  INTEGER NOT NULL DEFAULT 0, -- 0: it did not open it
  title     TEXT    NOT NULL DEFAULT '',
  slug      TEXT    NOT NULL DEFAULT ''
);
CREATE TABLE objections (
  act_id      INTEGER PRIMARY KEY REFERENCES acts(id),
  member_id   INTEGER NOT NULL REFERENCES members(id),
  words       TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  until_at    INTEGER NOT NULL,
  answered_by INTEGER NOT NULL DEFAULT 0,
  answered_at INTEGER NOT NULL DEFAULT 0,
  taken_back  INTEGER NOT NULL DEFAULT 0,
  answer      TEXT    NOT NULL DEFAULT ''
);
ALTER TABLE memberships ADD COLUMN muted_until INTEGER NOT NULL DEFAULT 0;
