-- Which administrators may look at registrations, from when and until when; and who looked at whose, and why.

CREATE TABLE designations (
  id         BIGINT PRIMARY KEY,
  member_id  BIGINT NOT NULL REFERENCES members(id),
  given_by   BIGINT NOT NULL,
  reason     TEXT NOT NULL,
  from_at    BIGINT NOT NULL,
  until_at   BIGINT NOT NULL,
  ended_at   BIGINT NOT NULL DEFAULT 0,
  ended_by   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX designations_member ON designations (member_id, until_at);

CREATE TABLE looks (
  id         BIGINT PRIMARY KEY,
  member_id  BIGINT NOT NULL REFERENCES members(id),
  by_member  BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  reason     TEXT NOT NULL
);
CREATE INDEX looks_member ON looks (member_id, at);
