-- Where a message stands that was changed, taken back, hidden or shown again: at its own place as it is now, and at changed_seq of its room, so
-- that whoever was away learns of it in order. 0: it is as it was said.
ALTER TABLE messages ADD COLUMN changed_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN edited_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN erased_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX messages_changed ON messages (room_id, changed_seq) WHERE changed_seq > 0;
