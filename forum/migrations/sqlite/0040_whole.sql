-- A topic is mixed when a post has another audience than the topic or is older than its opening, or when its numbers have
-- gaps; no longer merely because its group shows members what was said after they joined. people: how many voices are in it;
-- said: how many of its posts were not taken back.
ALTER TABLE topics ADD COLUMN people INTEGER NOT NULL DEFAULT 0;
ALTER TABLE topics ADD COLUMN said INTEGER NOT NULL DEFAULT 0;
UPDATE topics SET people = (SELECT count(DISTINCT CASE WHEN p.class = 2 THEN CAST(p.author_id AS TEXT) || '/' || CAST(p.mask_of AS TEXT) ELSE CAST(p.author_id AS TEXT) END) FROM posts p WHERE p.topic_id = topics.id),
  said = (SELECT count(*) FROM posts p WHERE p.topic_id = topics.id AND p.erased_at = 0),
  mixed = CASE WHEN last_n <> (SELECT count(*) FROM posts p WHERE p.topic_id = topics.id) OR EXISTS (SELECT 1 FROM posts p WHERE p.topic_id = topics.id
    AND (p.reach <> topics.reach OR p.reach_of <> topics.reach_of OR p.from_join <> topics.from_join OR p.posted_at < topics.posted_at)) THEN 1 ELSE 0 END;

DROP INDEX topics_board;
DROP INDEX topics_last;
CREATE INDEX topics_recent ON topics (board_id, last_post_at, id, last_n, reach, reach_of, from_join, posted_at) WHERE mixed = 0 AND merged_into = 0 AND pinned = 0;
CREATE INDEX topics_unanswered ON topics (board_id, last_post_at, id) WHERE mixed = 0 AND merged_into = 0 AND pinned = 0 AND said = 1;
CREATE INDEX topics_mixed ON topics (board_id, last_post_at) WHERE mixed = 1;
CREATE INDEX topics_pinned ON topics (board_id) WHERE pinned = 1;
CREATE INDEX topics_of_board ON topics (board_id);
CREATE INDEX topics_author ON topics (author_id);
CREATE INDEX posts_spoke ON posts (topic_id, author_id);

-- What the clock looks for each minute.
CREATE INDEX memberships_invited ON memberships (member_id) WHERE standing = 2;
CREATE INDEX members_unconfirmed ON members (created_at) WHERE standing = 0;
CREATE INDEX notices_age ON notices (made_at);

-- Whoever asks what is new looks here once for each topic: the row stands in the key.
CREATE TABLE reads_by_key (
  member_id INTEGER NOT NULL REFERENCES members(id),
  topic_id  INTEGER NOT NULL REFERENCES topics(id),
  n         INTEGER NOT NULL,
  was       INTEGER NOT NULL DEFAULT 0,
  marked_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (member_id, topic_id)
) WITHOUT ROWID;
INSERT INTO reads_by_key SELECT member_id, topic_id, n, was, marked_at FROM reads;
DROP TABLE reads;
ALTER TABLE reads_by_key RENAME TO reads;
