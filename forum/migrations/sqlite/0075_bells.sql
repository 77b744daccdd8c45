-- What somebody wants of a member in rooms, or did for them there: an invitation to a talk, a seat in a circle, a word for minutes.
CREATE TABLE bells (
  member_id INTEGER NOT NULL REFERENCES members(id),
  why       INTEGER NOT NULL,
  ref       INTEGER NOT NULL,
  made_at   INTEGER NOT NULL,
  read_at   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (member_id, why, ref)
);
