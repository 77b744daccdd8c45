-- For whom a message was before it was hidden, as the table hidden has it of posts.
CREATE TABLE hidden_messages (
  message_id BIGINT PRIMARY KEY REFERENCES messages(id),
  act_id     BIGINT NOT NULL REFERENCES acts(id),
  reach      BIGINT NOT NULL,
  reach_of   BIGINT NOT NULL,
  from_join  BIGINT NOT NULL,
  posted_at  BIGINT NOT NULL
);
ALTER TABLE acts ADD COLUMN message_id BIGINT NOT NULL DEFAULT 0;
