-- In which circle was said what a case is about: whatever becomes of the message, only who is in it looks at the case.
ALTER TABLE cases ADD COLUMN circle BIGINT NOT NULL DEFAULT 0;
UPDATE cases SET circle = coalesce((SELECT r.id FROM messages c JOIN rooms r ON r.id = c.room_id WHERE c.id = cases.ref AND r.circle = 1), 0) WHERE kind = 1;
