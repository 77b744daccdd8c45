-- The mark of the form in which a topic was scheduled: the same form twice is one topic.
ALTER TABLE scheduled ADD COLUMN key TEXT NOT NULL DEFAULT '';
UPDATE scheduled SET key = 'before:' || id;
CREATE UNIQUE INDEX scheduled_key ON scheduled (member_id, key);
