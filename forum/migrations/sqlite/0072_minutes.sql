-- Minutes: messages of a room that are to become a post, once those who said them agree.
CREATE TABLE minutes (
  id        INTEGER PRIMARY KEY,
  room_id   INTEGER NOT NULL REFERENCES rooms(id),
  board_id  INTEGER NOT NULL REFERENCES boards(id),
  member_id INTEGER NOT NULL REFERENCES members(id),
  title     TEXT NOT NULL,
  made_at   INTEGER NOT NULL,
  ended_at  INTEGER NOT NULL DEFAULT 0,
  topic_id  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX minutes_member ON minutes (member_id);
CREATE TABLE minute_items (
  minutes_id INTEGER NOT NULL REFERENCES minutes(id) ON DELETE CASCADE,
  message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  member_id  INTEGER NOT NULL REFERENCES members(id),
  edited_at  INTEGER NOT NULL,
  told       TEXT NOT NULL DEFAULT '',
  answer     INTEGER NOT NULL DEFAULT 0,
  answered_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (minutes_id, message_id)
);
CREATE INDEX minute_items_member ON minute_items (member_id);
CREATE INDEX minute_items_message ON minute_items (message_id);
