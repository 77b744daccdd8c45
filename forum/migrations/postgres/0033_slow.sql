ALTER TABLE topics ADD COLUMN slow BIGINT NOT NULL DEFAULT 0; -- seconds between two posts of one member; 0: off
ALTER TABLE groups ADD COLUMN frozen_at BIGINT NOT NULL DEFAULT 0; -- nobody but moderators posts or says anything; 0: not
ALTER TABLE groups ADD COLUMN frozen_why TEXT NOT NULL DEFAULT '';
