-- A special notice goes at once to everybody who gets anything of its board by mail, and stands in no digest. That is so of its first
-- post, wherever it is put; the topic only says so.
ALTER TABLE posts ADD COLUMN special BIGINT NOT NULL DEFAULT 0;
ALTER TABLE topics ADD COLUMN special BIGINT NOT NULL DEFAULT 0;
ALTER TABLE scheduled ADD COLUMN special BIGINT NOT NULL DEFAULT 0;
-- Mails of a board tell a member only that something new is there, where they chose so.
ALTER TABLE subscriptions ADD COLUMN notice BIGINT NOT NULL DEFAULT 0;
