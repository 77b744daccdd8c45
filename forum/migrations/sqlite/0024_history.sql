-- What a member's registration said before they changed it (P8).
CREATE TABLE earlier_details (
  id        INTEGER PRIMARY KEY,
  member_id INTEGER NOT NULL REFERENCES members(id),
  field     TEXT   NOT NULL, -- as the form calls it
  was       TEXT   NOT NULL,
  until_at  INTEGER NOT NULL
);
CREATE INDEX earlier_details_of ON earlier_details (member_id, id);

-- To whom a certificate was granted, as they were called then: its public page shows no later name.
ALTER TABLE certificates ADD COLUMN holder TEXT NOT NULL DEFAULT '';
ALTER TABLE certificates ADD COLUMN holder_title TEXT NOT NULL DEFAULT '';
UPDATE certificates SET holder = (SELECT m.name FROM members m WHERE m.id = member_id), holder_title = (SELECT m.title FROM members m WHERE m.id = member_id);
