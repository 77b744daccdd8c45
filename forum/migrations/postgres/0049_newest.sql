-- The newest topics of a board, for its feed.
CREATE INDEX topics_posted ON topics (board_id, posted_at, id);
