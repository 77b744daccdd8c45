-- What was done in a circle, and to what stood behind a mask, is known by the act and the case, whatever becomes of the message.
ALTER TABLE acts ADD COLUMN apart BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN masked BIGINT NOT NULL DEFAULT 0;
UPDATE cases SET masked = 1 WHERE kind = 1 AND ref IN (SELECT id FROM messages WHERE class = 2) OR kind = 0 AND ref IN (SELECT id FROM posts WHERE class = 2);
UPDATE acts SET masked = 1 WHERE message_id IN (SELECT id FROM messages WHERE class = 2);
