-- What somebody wants of a member in rooms, or did for them there: an invitation to a talk, a seat in a circle, a word for minutes.
CREATE TABLE bells (
  member_id BIGINT NOT NULL REFERENCES members(id),
  why       BIGINT NOT NULL,
  ref       BIGINT NOT NULL,
  made_at   BIGINT NOT NULL,
  read_at   BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (member_id, why, ref)
);
