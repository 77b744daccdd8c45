-- Files hang on messages, too: post_id is -1 then. A message that became part of minutes says which post.
ALTER TABLE files ADD COLUMN message_id INTEGER NOT NULL DEFAULT 0;
CREATE INDEX files_by_message ON files (message_id) WHERE message_id > 0;
ALTER TABLE messages ADD COLUMN files INTEGER NOT NULL DEFAULT 0;
