-- For whom a message was before it was hidden, as the table hidden has it of posts.
CREATE TABLE hidden_messages (
  message_id INTEGER PRIMARY KEY REFERENCES messages(id),
  act_id     INTEGER NOT NULL REFERENCES acts(id),
  reach      INTEGER NOT NULL,
  reach_of   INTEGER NOT NULL,
  from_join  INTEGER NOT NULL,
  posted_at  INTEGER NOT NULL
);
ALTER TABLE acts ADD COLUMN message_id INTEGER NOT NULL DEFAULT 0;
