-- Which administrators may look at registrations, from when and until when; and who looked at whose, and why.

CREATE TABLE designations (
  id         INTEGER PRIMARY KEY,
  member_id  INTEGER NOT NULL REFERENCES members(id),
  given_by   INTEGER NOT NULL,
  reason     TEXT NOT NULL,
  from_at    INTEGER NOT NULL,
  until_at   INTEGER NOT NULL,
  ended_at   INTEGER NOT NULL DEFAULT 0,
  ended_by   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX designations_member ON designations (member_id, until_at);

CREATE TABLE looks (
  id         INTEGER PRIMARY KEY,
  member_id  INTEGER NOT NULL REFERENCES members(id),
  by_member  INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  reason     TEXT NOT NULL
);
CREATE INDEX looks_member ON looks (member_id, at);
