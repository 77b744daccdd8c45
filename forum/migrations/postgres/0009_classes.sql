-- How confidential a group is, and what was written in it then.
-- class: 0 open, 1 for the group, 2 Chatham House, 3 sealed.

ALTER TABLE groups ADD COLUMN class BIGINT NOT NULL DEFAULT 0;
ALTER TABLE topics ADD COLUMN class BIGINT NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN class BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN class BIGINT NOT NULL DEFAULT 0;
