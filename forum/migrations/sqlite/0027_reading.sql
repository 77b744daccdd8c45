-- What one member reads and is told of: whom a post mentions, how much somebody wants to hear of a place, notices,
-- posts kept for oneself, and whom a member ignores. level: 1 every post, 2 answers and mentions, 3 new topics, 4 muted;
-- a row names a topic or a board, the other is 0. A notice is once for each post and person.

CREATE TABLE mentions (
  post_id   INTEGER NOT NULL REFERENCES posts(id),
  member_id INTEGER NOT NULL REFERENCES members(id),
  PRIMARY KEY (post_id, member_id)
);

CREATE TABLE levels (
  member_id INTEGER NOT NULL REFERENCES members(id),
  topic_id  INTEGER NOT NULL,
  board_id  INTEGER NOT NULL,
  level     INTEGER NOT NULL,
  since_at  INTEGER NOT NULL,
  PRIMARY KEY (member_id, topic_id, board_id)
);
CREATE INDEX levels_place ON levels (topic_id, board_id);

CREATE TABLE notices (
  member_id INTEGER NOT NULL REFERENCES members(id),
  post_id   INTEGER NOT NULL REFERENCES posts(id),
  why       INTEGER NOT NULL,
  made_at   INTEGER NOT NULL,
  read_at   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (member_id, post_id)
);
CREATE INDEX notices_made ON notices (member_id, made_at);
CREATE INDEX notices_unread ON notices (member_id) WHERE read_at = 0;

CREATE TABLE bookmarks (
  member_id   INTEGER NOT NULL REFERENCES members(id),
  post_id     INTEGER NOT NULL REFERENCES posts(id),
  note        TEXT    NOT NULL DEFAULT '',
  kept_at     INTEGER NOT NULL,
  remind_at   INTEGER NOT NULL DEFAULT 0,
  reminded_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (member_id, post_id)
);
CREATE INDEX bookmarks_due ON bookmarks (remind_at) WHERE remind_at > 0 AND reminded_at = 0;

CREATE TABLE ignores (
  member_id  INTEGER NOT NULL REFERENCES members(id),
  ignored_id INTEGER NOT NULL REFERENCES members(id),
  since_at   INTEGER NOT NULL,
  PRIMARY KEY (member_id, ignored_id)
);

-- What had been read before all was marked as read at one stroke, so that it can be undone.
ALTER TABLE reads ADD COLUMN was INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reads ADD COLUMN marked_at INTEGER NOT NULL DEFAULT 0;
