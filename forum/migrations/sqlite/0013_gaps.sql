-- That a post is there may be known to those who may not read it, where its author was told so.

ALTER TABLE groups ADD COLUMN gaps INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN gap INTEGER NOT NULL DEFAULT 0;
CREATE INDEX posts_gaps ON posts (topic_id) WHERE gap = 1;
