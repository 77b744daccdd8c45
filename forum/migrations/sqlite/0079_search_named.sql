-- The kept search for which a member was told; 0: another reason, or it is kept no longer.
ALTER TABLE notices ADD COLUMN search_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE room_notices ADD COLUMN search_id BIGINT NOT NULL DEFAULT 0;
